"""Facts 2.1, 2.2 and 2.4: rate limits, sizes, media types and idempotency keys."""

from __future__ import annotations

import threading

import pytest
from xero_caller import Answer, Caller

LIMIT_HEADERS = ("X-DayLimit-Remaining", "X-MinLimit-Remaining", "X-AppMinLimit-Remaining")


def test_every_answer_says_what_remains_of_the_limits(xero: Caller) -> None:
    xero.org.limits.per_minute = 60
    assert [xero.get("Organisation").headers[name] for name in LIMIT_HEADERS] == [
        "4999",
        "58",
        "9997",
    ]


def test_call_61_within_a_minute_is_refused_with_an_empty_body(xero: Caller) -> None:
    xero.org.limits.per_minute = 60
    for _ in range(60):
        assert xero.get("Organisation").status == 200
    xero.org.clock.advance(seconds=20)
    answer = xero.get("Organisation")
    assert (answer.status, answer.body) == (429, b"")
    assert answer.headers["X-Rate-Limit-Problem"] == "minute"
    assert answer.headers["Retry-After"] == "40"
    assert answer.headers["X-MinLimit-Remaining"] == "0"
    xero.org.clock.advance(seconds=40)
    assert xero.get("Organisation").status == 200


def test_the_day_limit_names_the_seconds_to_the_next_day(xero: Caller) -> None:
    xero.org.limits.per_day = 2
    xero.get("Organisation")
    xero.get("Organisation")
    answer = xero.get("Organisation")
    assert answer.status == 429
    assert answer.headers["X-Rate-Limit-Problem"] == "day"
    assert answer.headers["Retry-After"] == str(12 * 3600)
    assert answer.headers["X-DayLimit-Remaining"] == "0"
    xero.org.clock.advance(hours=12)
    xero.sign_in()
    assert xero.get("Organisation").status == 200


def test_a_sixth_call_at_once_is_refused(xero: Caller) -> None:
    xero.sign_in()
    xero.org.faults.hang("late", path="*/Organisation", times=None)
    held = [in_background(xero, lambda each: each.get("Organisation")) for _ in range(5)]
    assert xero.org.faults.wait_until_hanging(5)
    answer = xero.get("Accounts")
    assert (answer.status, answer.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert "Retry-After" not in answer.headers
    xero.org.faults.release()
    assert [answer.status for answer in map(joined, held)] == [200] * 5
    assert xero.get("Accounts").status == 200


def test_a_limited_write_was_not_done_and_its_key_is_free(xero: Caller) -> None:
    body = {"Contacts": [{"Name": "A"}]}
    xero.sign_in()
    xero.org.limits.per_minute = 0
    assert xero.call("PUT", "Contacts", body, Idempotency_Key="k").status == 429
    xero.org.limits.per_minute = 60
    assert xero.call("PUT", "Contacts", body, Idempotency_Key="k").status == 200


def test_a_request_above_three_and_a_half_megabytes_is_refused(xero: Caller) -> None:
    large = b'{"Contacts": [{"Name": "' + b"x" * 3_500_000 + b'"}]}'
    assert xero.call("PUT", "Contacts", large).status == 413


def test_a_call_that_does_not_ask_for_json_is_told_so(xero: Caller) -> None:
    assert xero.get("Organisation", {"Accept": "*/*"}).status == 501
    body = {"Contacts": [{"Name": "A"}]}
    answer = xero.call("PUT", "Contacts", body, Content_Type="application/x-www-form-urlencoded")
    assert answer.status == 400


def test_the_same_key_and_request_gives_the_first_answer_again(xero: Caller) -> None:
    body = {"Contacts": [{"Name": "A"}]}
    first = xero.call("PUT", "Contacts", body, Idempotency_Key="k")
    again = xero.call("PUT", "Contacts", body, Idempotency_Key="k")
    assert again.body == first.body
    assert len(xero.org.contacts) == 1


def test_errors_are_remembered_too(xero: Caller) -> None:
    body = {"ManualJournals": [{"Narration": ""}]}
    first = xero.call("PUT", "ManualJournals", body, Idempotency_Key="k")
    assert first.status == 400
    again = xero.call("PUT", "ManualJournals", body, Idempotency_Key="k")
    assert (again.status, again.body) == (400, first.body)


def test_a_key_lives_six_minutes_from_the_first_call(xero: Caller) -> None:
    body = {"Payments": [{"Amount": 1}]}
    xero.call("PUT", "Contacts", {"Contacts": [{"Name": "A"}]}, Idempotency_Key="k")
    xero.org.clock.advance(minutes=5, seconds=59)
    assert xero.call("PUT", "Payments", body, Idempotency_Key="k").json["Status"] == 400
    xero.org.clock.advance(seconds=1)
    answer = xero.call("PUT", "Payments", body, Idempotency_Key="k")
    assert answer.json["Type"] == "ValidationException"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [("PUT", "Contacts", "B"), ("POST", "Contacts", "A"), ("PUT", "Contacts?unitdp=4", "A")],
)
def test_a_key_with_another_method_address_or_body_is_refused(
    xero: Caller, method: str, path: str, name: str
) -> None:
    xero.call("PUT", "Contacts", {"Contacts": [{"Name": "A"}]}, Idempotency_Key="k")
    answer = xero.call(method, path, {"Contacts": [{"Name": name}]}, Idempotency_Key="k")
    assert answer.status == 400
    assert answer.json["Detail"] == "Idempotency Key 'k' is used with a different request"


@pytest.mark.parametrize("key", ["", "k" * 129])
def test_a_key_has_1_to_128_characters(xero: Caller, key: str) -> None:
    answer = xero.call("PUT", "Contacts", {"Contacts": [{"Name": "A"}]}, Idempotency_Key=key)
    assert answer.status == 400
    assert len(xero.org.contacts) == 0


def test_a_duplicate_waits_for_the_first_and_gets_its_answer(xero: Caller) -> None:
    xero.sign_in()
    xero.org.faults.hang("late", method="PUT")

    def write(caller: Caller) -> Answer:
        body = {"Contacts": [{"Name": "A"}]}
        return caller.call("PUT", "Contacts", body, Idempotency_Key="k")

    first = in_background(xero, write)
    assert xero.org.faults.wait_until_hanging()
    second = in_background(xero, write)
    xero.org.faults.release()
    assert joined(first).body == joined(second).body
    assert len(xero.org.contacts) == 1


Background = tuple[threading.Thread, list[Answer]]


def in_background(xero: Caller, work: object) -> Background:
    answers: list[Answer] = []

    def run() -> None:
        assert callable(work)
        other = Caller(f"http://{xero.host}", xero.org)
        other.token = xero.token
        answers.append(work(other))
        other.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


def joined(background: Background) -> Answer:
    thread, answers = background
    thread.join(30)
    return answers[0]
