"""Faults on demand: what reaches the books, and what the caller gets to see of it."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any

import pytest
from xero_caller import Answer, Caller, Json

from simulators.faults import Faults
from simulators.wsgi import Request, Response

CONTACT = {"Contacts": [{"Name": "A"}]}


def names(xero: Caller) -> list[str]:
    return [each["Name"] for each in xero.org.contacts]


def held_write(
    xero: Caller, body: Json, **headers: str
) -> tuple[threading.Thread, list[Answer | str]]:
    answers: list[Answer | str] = []

    def run() -> None:
        other = Caller(f"http://{xero.host}", xero.org)
        other.token = xero.token
        try:
            answers.append(other.call("PUT", "Contacts", body, None, **headers))
        except (http.client.HTTPException, ConnectionError) as error:
            answers.append(type(error).__name__)
        other.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


def control(xero: Caller, method: str, path: str, body: Any = None) -> Answer:
    return xero.send(method, f"/__control__/{path}", json.dumps(body) if body else b"")


def test_a_refusal_on_the_way_does_nothing_and_passes(xero: Caller) -> None:
    xero.org.faults.respond(503, times=2)
    xero.token = "unread"
    assert [xero.call("PUT", "Contacts", CONTACT).status for _ in range(2)] == [503, 503]
    xero.token = ""
    assert xero.call("PUT", "Contacts", CONTACT).status == 200
    assert [call.status for call in xero.org.calls] == [503, 503, 200, 200]


def test_a_limit_can_be_reported_at_will(xero: Caller) -> None:
    headers = {"X-Rate-Limit-Problem": "minute", "Retry-After": "7"}
    xero.org.faults.respond(429, headers=headers, method="PUT")
    answer = xero.call("PUT", "Contacts", CONTACT)
    assert (answer.status, answer.headers["Retry-After"], answer.body) == (429, "7", b"")
    assert names(xero) == []


def test_an_error_after_commit_is_remembered_with_its_key(xero: Caller) -> None:
    xero.org.faults.error_after_commit(method="PUT", path="*/Contacts")
    for _ in range(2):
        assert xero.call("PUT", "Contacts", CONTACT, Idempotency_Key="k").status == 500
    assert names(xero) == ["A"]


def test_a_dropped_answer_leaves_the_write_done_and_its_answer_with_the_key(
    xero: Caller,
) -> None:
    xero.sign_in()
    xero.org.faults.drop_response(method="PUT")
    with pytest.raises(http.client.RemoteDisconnected):
        xero.call("PUT", "Contacts", CONTACT, Idempotency_Key="k")
    assert names(xero) == ["A"]
    assert xero.org.calls[-1].status is None
    assert xero.call("PUT", "Contacts", CONTACT, Idempotency_Key="k").status == 200
    assert names(xero) == ["A"]


def test_half_an_answer_is_cut_short(xero: Caller) -> None:
    xero.sign_in()
    xero.org.faults.truncate(20, path="*/Organisation")
    with pytest.raises(http.client.IncompleteRead) as caught:
        xero.get("Organisation")
    assert len(caught.value.partial) == 20


@pytest.mark.parametrize(
    ("commit", "while_held", "after", "answer"),
    [
        ("committed", ["A"], ["A"], 200),
        ("late", [], ["A"], 200),
        ("never", [], [], "RemoteDisconnected"),
    ],
)
def test_a_held_write_is_done_before_the_wait_after_it_or_never(
    xero: Caller, commit: str, while_held: list[str], after: list[str], answer: Any
) -> None:
    xero.sign_in()
    control(xero, "POST", "faults", {"kind": "hang", "method": "PUT", "commit": commit})
    thread, answers = held_write(xero, CONTACT)
    assert control(xero, "GET", "faults?hanging=1&timeout=30").json == {"hanging": 1}
    assert names(xero) == while_held
    assert control(xero, "POST", "release").json == {"released": 1}
    thread.join(30)
    assert [each.status if isinstance(each, Answer) else each for each in answers] == [answer]
    assert names(xero) == after


def test_a_key_whose_first_call_came_to_nothing_is_free(xero: Caller) -> None:
    xero.sign_in()
    xero.org.faults.hang("never", method="PUT")
    thread, answers = held_write(xero, CONTACT, Idempotency_Key="k")
    assert xero.org.faults.wait_until_hanging()
    xero.org.faults.release()
    thread.join(30)
    assert answers == ["RemoteDisconnected"]
    assert xero.call("PUT", "Contacts", CONTACT, Idempotency_Key="k").status == 200


def test_a_fault_waits_for_the_nth_request_of_its_method_and_path(xero: Caller) -> None:
    xero.org.faults.respond(500, method="PUT,POST", path="*/Contacts", nth=2)
    statuses = [xero.get("Contacts").status]
    statuses += [
        xero.call("PUT", "Contacts", {"Contacts": [{"Name": each}]}).status for each in "ABC"
    ]
    statuses.append(xero.get("Contacts").status)
    assert statuses == [200, 200, 500, 200, 200]
    assert names(xero) == ["A", "C"]


def test_the_oldest_fault_that_is_due_wins() -> None:
    faults = Faults()
    faults.respond(500, times=None)
    faults.respond(503)
    request = Request.of("GET", "/x")
    assert faults.around(request, lambda: Response(200)).status == 500
    faults.clear()
    assert faults.around(request, lambda: Response(200)).status == 200


def test_nobody_hangs_for_ever_in_a_wait(xero: Caller) -> None:
    assert control(xero, "GET", "faults?hanging=1&timeout=0").status == 408


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"kind": "hang", "colour": "red"}),
        ("clock", {"seconds": -1}),
        ("clock", {}),
        ("lock-dates", {"Date": "2026-01-01"}),
        ("lock-dates", {"PeriodLockDate": "soon"}),
    ],
)
def test_the_control_desk_refuses_what_makes_no_sense(xero: Caller, path: str, body: Json) -> None:
    answer = control(xero, "POST", path, body or {"none": 1})
    assert answer.status == 400
    assert answer.json["error"]


def test_the_control_desk_shows_the_calls_without_their_secrets(xero: Caller) -> None:
    xero.call("PUT", "Contacts", CONTACT)
    token, write = control(xero, "GET", "calls").json["calls"]
    assert (token["method"], token["path"]) == ("POST", "/connect/token")
    assert json.loads(write["body"]) == CONTACT
    assert write["status"] == 200
    assert "authorization" not in {name.lower() for name in write["headers"]}
    assert len(control(xero, "GET", "calls?since=1").json["calls"]) == 1
    assert control(xero, "DELETE", "calls").status == 204
    assert xero.org.calls == []


def test_the_clock_is_moved_from_outside(xero: Caller) -> None:
    answer = control(xero, "POST", "clock", {"seconds": 60})
    assert answer.json == {"now": "2026-05-10T12:01:00+00:00"}


def test_faults_are_forgotten_on_demand(xero: Caller) -> None:
    assert control(xero, "POST", "faults", [{"kind": "respond", "status": 503}] * 2).json == {
        "added": 2
    }
    assert control(xero, "DELETE", "faults").status == 204
    assert xero.get("Organisation").status == 200
