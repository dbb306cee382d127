"""Notifications of the Selling Partner API as records: what happened, to which order or report.

Amazon writes the names of an older kind (ORDER_CHANGE, TRANSACTION_UPDATE) with a capital and
those of a newer one (REPORT_PROCESSING_FINISHED) without; here either is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tap_amazon_sp.records import Json, decimal_text, instant_text

FIELDS = (
    *("notification_id", "notification_type", "event_time", "publish_time", "subscription_id"),
    *("seller_id", "marketplace_id", "order_id", "order_status", "change_type", "report_id"),
    *("report_type", "report_document_id", "processing_status", "transaction_type"),
    *("posted_date", "currency", "total_amount", "message_id", "fault"),
)


class NotUnderstood(Exception):
    """A message that is no notification we know how to follow."""


def read(body: str, message_id: str) -> Json:
    """Read one message; raise NotUnderstood with the reason.

    Buyers' data in it, such as a postal code, is not taken over.
    """
    try:
        given = json.loads(body, parse_float=Decimal)
    except ValueError:
        raise NotUnderstood("it is not JSON") from None
    if not isinstance(given, dict):
        raise NotUnderstood("it is not a JSON object")
    kind = part(given, "notificationType")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise NotUnderstood(f"notifications of type {str(kind)[:60]!r} are not read here")
    payload, of_kind = _KINDS[kind]
    about = part(part(given, "payload"), payload)
    about_message = part(given, "notificationMetadata")
    notification_id = part(about_message, "notificationId")
    if not isinstance(about, dict) or not isinstance(notification_id, str):
        raise NotUnderstood(f"its {payload} or notificationId is missing")
    try:
        found = {
            "event_time": instant_text(part(given, "eventTime")),
            "publish_time": instant_text(part(about_message, "publishTime")),
            **of_kind(about),
        }
    except (ArithmeticError, TypeError, ValueError) as fault:
        raise NotUnderstood(f"a value in it cannot be read: {fault}") from None
    return {
        **dict.fromkeys(FIELDS),
        "notification_id": notification_id,
        "notification_type": kind,
        "subscription_id": part(about_message, "subscriptionId"),
        "message_id": message_id,
        **found,
    }


def unread(message_id: str, reason: str) -> Json:
    """Give the record of a message that was not understood; its text is left in the queue."""
    return {
        **dict.fromkeys(FIELDS),
        "notification_id": f"message-{message_id}",
        "message_id": message_id,
        "fault": f"Message {message_id} of the queue is not understood: {reason}.",
    }


def part(given: Any, name: str) -> Any:
    """Give a member by its name, whichever way its first letter is written."""
    if not isinstance(given, dict):
        return None
    return given.get(name, given.get(name[:1].upper() + name[1:]))


def _order_change(about: Json) -> Json:
    summary = part(about, "summary")
    if not isinstance(part(about, "amazonOrderId"), str):
        raise TypeError("there is no AmazonOrderId")
    return {
        "seller_id": part(about, "sellerId"),
        "order_id": part(about, "amazonOrderId"),
        "change_type": part(about, "orderChangeType"),
        "order_status": part(summary, "orderStatus"),
        "marketplace_id": part(summary, "marketplaceId"),
    }


def _report_finished(about: Json) -> Json:
    if not isinstance(part(about, "reportId"), str):
        raise TypeError("there is no reportId")
    return {
        "seller_id": part(about, "sellerId"),
        "report_id": part(about, "reportId"),
        "report_type": part(about, "reportType"),
        "report_document_id": part(about, "reportDocumentId"),
        "processing_status": part(about, "processingStatus"),
    }


def _transaction_update(about: Json) -> Json:
    seller, total = part(about, "sellingPartnerMetadata"), part(about, "totalAmount")
    related = {
        str(part(each, "relatedIdentifierName")).replace("_", "").lower(): part(
            each, "relatedIdentifierValue"
        )
        for each in part(about, "relatedIdentifiers") or []
    }
    return {
        "seller_id": part(seller, "sellingPartnerId"),
        "marketplace_id": part(seller, "marketplaceId"),
        "order_id": related.get("orderid"),
        "transaction_type": part(about, "transactionType"),
        "posted_date": instant_text(part(about, "postedDate")),
        "currency": part(total, "currencyCode"),
        "total_amount": decimal_text(part(total, "currencyAmount")),
    }


_KINDS: dict[str, tuple[str, Callable[[Json], Json]]] = {
    "ORDER_CHANGE": ("orderChangeNotification", _order_change),
    "REPORT_PROCESSING_FINISHED": ("reportProcessingFinishedNotification", _report_finished),
    "TRANSACTION_UPDATE": ("transactionUpdateNotification", _transaction_update),
}
