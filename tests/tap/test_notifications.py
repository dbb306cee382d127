"""Notifications against a real SQS service: moto's server, not a stand-in for boto3."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from amazon_tap import Deliver, Json, Tap, settled
from moto.server import ThreadedMotoServer

from simulators.amazon_sp import Seller

SEARCH = "/orders/2026-01-01/orders"
REPORTS = "/reports/2021-06-30/reports"
Send = Callable[..., None]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of an SQS service on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-real-aws-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture
def sqs(service: str, aws: None) -> Any:  # noqa: ARG001 - the credentials must be set first
    return boto3.client("sqs", endpoint_url=service)


@pytest.fixture
def queue(sqs: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty queue whose messages come again at once."""
    name = f"queue-{abs(hash(request.node.name))}"
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def send(sqs: Any, queue: str) -> Send:
    def put(body: Json | str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        sqs.send_message(QueueUrl=queue, MessageBody=text)

    return put


@pytest.fixture
def waiting(sqs: Any, queue: str) -> Callable[[], int]:
    def count() -> int:
        asked = sqs.get_queue_attributes(
            QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])

    return count


def order_change(order_id: str, number: int = 1) -> Json:
    return {
        "NotificationVersion": "1.0",
        "NotificationType": "ORDER_CHANGE",
        "PayloadVersion": "1.0",
        "EventTime": "2026-11-20T11:40:00.109Z",
        "Payload": {
            "OrderChangeNotification": {
                "NotificationLevel": "OrderLevel",
                "SellerId": "A2DEMOSELLER01",
                "AmazonOrderId": order_id,
                "OrderChangeType": "OrderStatusChange",
                "Summary": {
                    "MarketplaceId": "A1F83G8C2ARO7P",
                    "OrderStatus": "Shipped",
                    "DestinationPostalCode": "EX1 1EX",
                },
            }
        },
        "NotificationMetadata": {
            "ApplicationId": "app",
            "SubscriptionId": "subscription",
            "PublishTime": "2026-11-20T11:40:01.000Z",
            "NotificationId": f"change-{order_id}-{number}",
        },
    }


def report_finished(report_id: str, status: str = "DONE", **more: str) -> Json:
    return {
        "notificationVersion": "2020-09-04",
        "notificationType": "REPORT_PROCESSING_FINISHED",
        "eventTime": "2026-11-20T11:40:00.109Z",
        "payload": {
            "reportProcessingFinishedNotification": {
                "sellerId": "A2DEMOSELLER01",
                "reportId": report_id,
                "reportType": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
                "processingStatus": status,
                "reportDocumentId": f"amzn1.spdoc.1.4.eu.{report_id}",
                **more,
            }
        },
        "notificationMetadata": {
            "subscriptionId": "subscription",
            "publishTime": "2026-11-20T11:40:01.000Z",
            "notificationId": f"report-{report_id}",
        },
    }


def paths(seller: Seller) -> list[str]:
    return [call.path for call in seller.calls if not call.path.startswith("/auth")]


def searched(at: str = "2026-11-20T11:00:00Z") -> Json:
    """STATE of a seller all of whose orders and reports were asked for an hour ago."""
    return {
        "bookmarks": {
            "orders": {"replication_key": "last_updated", "replication_key_value": at},
            "settlements": {
                "replication_key": "created",
                "replication_key_value": "2026-11-01T00:00:00Z",
                "listed": at,
            },
        }
    }


def test_a_changed_order_is_read_alone_and_as_orders_are(
    tap: Tap, seller: Seller, queue: str, send: Send
) -> None:
    first, second, *_ = seller.orders
    for message in (order_change(first), order_change(first, 2), order_change(second)):
        send(message)
    ran = tap("notifications", "orders", sqs_queue_url=queue, state=searched())
    assert ran.error is None
    assert [each["order_id"] for each in ran.records("orders")] == [first, second]
    assert paths(seller) == [f"{SEARCH}/{first}", f"{SEARCH}/{second}"]
    seller.calls.clear()
    polled = {o["order_id"]: o for o in tap("orders", start_date="2026-08-20").records("orders")}
    assert ran.records("orders") == [polled[first], polled[second]]
    (schema,) = (m for m in ran.messages if m["type"] == "SCHEMA" and m["stream"] == "orders")
    assert schema["key_properties"] == ["order_id"]


def test_notifications_are_records_without_buyers_data(tap: Tap, queue: str, send: Send) -> None:
    send(order_change("202-1234567-1234567"))
    send(report_finished("77", "CANCELLED"))
    ran = tap("notifications", sqs_queue_url=queue)
    change, report = sorted(ran.records("notifications"), key=lambda each: each["notification_id"])
    assert change["order_id"] == "202-1234567-1234567"
    assert change["order_status"] == "Shipped"
    assert (report["report_id"], report["processing_status"]) == ("77", "CANCELLED")
    assert "EX1 1EX" not in json.dumps(ran.messages)


def test_a_message_is_deleted_once_the_state_that_names_it_has_come_back(
    tap: Tap, seller: Seller, queue: str, send: Send, waiting: Callable[[], int]
) -> None:
    order_id = next(iter(seller.orders))
    send(order_change(order_id))
    first = tap("notifications", "orders", sqs_queue_url=queue, state=searched())
    assert waiting() == 1, "what was written may not be kept yet"
    lost = tap("notifications", "orders", sqs_queue_url=queue, state=searched())
    assert lost.records("orders") == first.records("orders"), "the target lost it: it comes again"
    assert waiting() == 1
    kept = tap("notifications", "orders", sqs_queue_url=queue, state=first.state)
    assert kept.records("orders") == []
    assert kept.records("notifications") == []
    assert waiting() == 0
    assert kept.state["bookmarks"]["notifications"]["followed"] == {}


def test_a_run_that_fails_names_nothing_as_followed(
    tap: Tap, seller: Seller, queue: str, send: Send
) -> None:
    order_id = next(iter(seller.orders))
    send(order_change(order_id))
    seller.faults.respond(400, b"", path=f"{SEARCH}/*")
    ran = tap("notifications", "orders", sqs_queue_url=queue, state=searched())
    assert ran.error is not None
    assert "followed" not in ran.state["bookmarks"].get("notifications", {})
    again = tap("notifications", "orders", sqs_queue_url=queue, state=ran.state)
    assert [each["order_id"] for each in again.records("orders")] == [order_id]


def test_an_order_that_amazon_does_not_know_waits_in_the_queue(
    tap: Tap,
    queue: str,
    send: Send,
    waiting: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    send(order_change("999-0000000-0000000"))
    ran = tap("notifications", "orders", sqs_queue_url=queue, state=searched())
    assert ran.error is None
    assert ran.state["bookmarks"]["notifications"]["followed"] == {}
    assert "Order 999-0000000-0000000 waits in the queue" in caplog.text
    tap("notifications", "orders", sqs_queue_url=queue, state=ran.state)
    assert waiting() == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no json", "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        ({"NotificationType": "FEED_PROCESSING_FINISHED"}, "'FEED_PROCESSING_FINISHED' are not"),
        ({"NotificationType": ["x"]}, "are not read here"),
        ({"NotificationType": "ORDER_CHANGE", "Payload": {}}, "is missing"),
        (
            {**order_change("x"), "Payload": {"OrderChangeNotification": {"SellerId": "A"}}},
            "there is no AmazonOrderId",
        ),
        ({**order_change("202-1-1"), "EventTime": "soon"}, "is not an ISO 8601 instant"),
    ],
    ids=["text", "list", "type", "odd type", "payload", "order id", "time"],
)
def test_what_is_not_understood_is_named_and_stays(
    tap: Tap,
    queue: str,
    send: Send,
    waiting: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
    body: Json | str,
    reason: str,
) -> None:
    send(body)
    first = tap("notifications", sqs_queue_url=queue)
    second = tap("notifications", sqs_queue_url=queue, state=first.state)
    assert (first.error, second.error) == (None, None)
    (record,) = second.records("notifications")
    assert reason in record["fault"]
    assert "has come 3 times" in record["fault"] or "has come 4 times" in record["fault"]
    assert record["fault"] in caplog.text
    assert "no dead-letter queue" in caplog.text
    assert waiting() == 1


def test_with_a_redrive_policy_it_ends_in_the_dead_letter_queue(
    tap: Tap, sqs: Any, queue: str, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    dead = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 4}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(policy)})
    send("no json")
    for _ in range(4):
        tap("notifications", sqs_queue_url=queue)
    assert "no dead-letter queue" not in caplog.text
    (message,) = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert message["Body"] == "no json"


def test_a_finished_settlement_report_is_read_without_listing(
    empty_tap: Tap, empty_seller: Seller, deliver: Deliver, queue: str, send: Send
) -> None:
    deliver("70", settled("70000", "1.00"), created="2026-11-15T00:00:00Z")
    deliver("80", settled("80000", "2.00"), created="2026-11-20T11:30:00Z")
    send(report_finished("80"))
    send(report_finished("81", "FATAL"))
    send(report_finished("82", reportType="GET_MERCHANT_LISTINGS_ALL_DATA"))
    streams = ("notifications", "settlements", "settlement_rows")
    ran = empty_tap(*streams, sqs_queue_url=queue, state=searched())
    assert [each["settlement_id"] for each in ran.records("settlements")] == ["80000"]
    assert [each["amount"] for each in ran.records("settlement_rows")] == ["2.00"]
    assert REPORTS not in paths(empty_seller)
    assert ran.bookmark("settlements") == "2026-11-01T00:00:00Z", "70 is not read yet"
    empty_seller.clock.advance(days=1)
    daily = empty_tap(*streams, sqs_queue_url=queue, state=ran.state)
    found = [each["settlement_id"] for each in daily.records("settlements")]
    assert found == ["70000", "80000"]
    assert daily.bookmark("settlements") == "2026-11-20T11:30:00Z"


def test_once_a_day_everything_is_asked_for_all_the_same(
    tap: Tap, seller: Seller, queue: str
) -> None:
    streams = ("notifications", "orders", "settlements")
    ran = tap(*streams, sqs_queue_url=queue, state=searched())
    assert paths(seller) == []
    seller.clock.advance(days=1)
    again = tap(*streams, sqs_queue_url=queue, state=ran.state)
    assert {SEARCH, REPORTS} <= set(paths(seller))
    seller.calls.clear()
    tap(*streams, sqs_queue_url=queue, state=again.state)
    assert paths(seller) == []


def test_more_than_ten_messages_are_read_in_one_run(
    tap: Tap, sqs: Any, queue: str, send: Send
) -> None:
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "30"})
    for number in range(25):
        send(order_change("202-1234567-1234567", number))
    found = tap("notifications", sqs_queue_url=queue).records("notifications")
    assert len({each["notification_id"] for each in found}) == 25


def test_without_a_queue_there_is_nothing_and_no_cost(tap: Tap) -> None:
    ran = tap("notifications")
    assert ran.error is None
    assert ran.records("notifications") == []


@pytest.mark.usefixtures("aws")
def test_a_queue_that_refuses_is_one_line_that_says_what_to_do(tap: Tap, service: str) -> None:
    ran = tap("notifications", sqs_queue_url=f"{service}/123456789012/none")
    assert ran.error is not None
    told = str(ran.error)
    assert "sqs:ReceiveMessage" in told
    assert "not-a-real-aws-secret" not in told
    gone = tap("notifications", sqs_queue_url="http://127.0.0.1:9/1/none")
    assert "cannot be reached" in str(gone.error)
