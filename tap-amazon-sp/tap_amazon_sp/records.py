"""What Amazon's answers look like as records: names of the field, exact amounts, UTC instants."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tap_amazon_sp.instants import moment, spelled

Json = dict[str, Any]


def decimal_text(value: Any) -> str | None:
    """Give an amount as plain decimal text, digit for digit; None when there is none."""
    if value is None or value == "":
        return None
    amount = value if isinstance(value, Decimal) else Decimal(str(value))
    if not amount.is_finite():
        raise ValueError(f"{value!r} is not an amount")
    return format(amount, "f")


def instant_text(value: Any) -> str | None:
    """Give an API's instant in UTC, fractions kept; None when there is none."""
    return spelled(moment(value)) if value else None


def marketplace(given: Json) -> Json:
    """Read one participation of the Sellers API (v1)."""
    place, participation = given.get("marketplace") or {}, given.get("participation") or {}
    return {
        "marketplace_id": place["id"],
        "name": place.get("name"),
        "country_code": place.get("countryCode"),
        "currency": place.get("defaultCurrencyCode"),
        "language": place.get("defaultLanguageCode"),
        "domain": place.get("domainName"),
        "is_participating": participation.get("isParticipating"),
        "has_suspended_listings": participation.get("hasSuspendedListings"),
    }


def event_group(given: Json) -> Json:
    """Read one financial event group (Finances v0)."""
    original = given.get("OriginalTotal") or {}
    converted = given.get("ConvertedTotal") or {}
    beginning = given.get("BeginningBalance") or {}
    return {
        "group_id": given["FinancialEventGroupId"],
        "processing_status": given.get("ProcessingStatus"),
        "fund_transfer_status": given.get("FundTransferStatus"),
        "currency": original.get("CurrencyCode") or beginning.get("CurrencyCode"),
        "original_total": decimal_text(original.get("CurrencyAmount")),
        "converted_currency": converted.get("CurrencyCode"),
        "converted_total": decimal_text(converted.get("CurrencyAmount")),
        "beginning_balance": decimal_text(beginning.get("CurrencyAmount")),
        "fund_transfer_date": instant_text(given.get("FundTransferDate")),
        "trace_id": given.get("TraceId"),
        "account_tail": given.get("AccountTail"),
        "start": instant_text(given["FinancialEventGroupStart"]),
        "end": instant_text(given.get("FinancialEventGroupEnd")),
    }


def stock(given: Json, marketplace_id: str) -> Json:
    """Read one inventory summary of one marketplace (FBA Inventory v1).

    What the key needs is never null: without a condition or label it is the empty text.
    """
    details = given.get("inventoryDetails") or {}
    reserved = details.get("reservedQuantity") or {}
    unfulfillable = details.get("unfulfillableQuantity") or {}
    researching = details.get("researchingQuantity") or {}
    return {
        "marketplace_id": marketplace_id,
        "seller_sku": given.get("sellerSku") or "",
        "condition": given.get("condition") or "",
        "fnsku": given.get("fnSku") or "",
        "asin": given.get("asin"),
        "product_name": given.get("productName"),
        "total_quantity": given.get("totalQuantity"),
        "fulfillable_quantity": details.get("fulfillableQuantity"),
        "reserved_quantity": reserved.get("totalReservedQuantity"),
        "unfulfillable_quantity": unfulfillable.get("totalUnfulfillableQuantity"),
        "researching_quantity": researching.get("totalResearchingQuantity"),
        "inbound_working_quantity": details.get("inboundWorkingQuantity"),
        "inbound_shipped_quantity": details.get("inboundShippedQuantity"),
        "inbound_receiving_quantity": details.get("inboundReceivingQuantity"),
        "last_updated": instant_text(given.get("lastUpdatedTime")),
    }


def order(given: Json, *, include_pii: bool = False) -> Json:
    """Read one order of the Orders API (2026-01-01) with its items.

    Buyer and recipient are null unless `include_pii`, whatever Amazon sent.
    """
    channel = given.get("salesChannel") or {}
    fulfillment = given.get("fulfillment") or {}
    proceeds = given.get("proceeds") or {}
    packages = [_package(package) for package in given.get("packages") or []]
    return {
        "order_id": given["orderId"],
        "source": "api",
        "not_known": [],
        "purchased": instant_text(given.get("createdTime")),
        "last_updated": instant_text(given["lastUpdatedTime"]),
        "status": fulfillment.get("fulfillmentStatus"),
        "fulfilled_by": fulfillment.get("fulfilledBy"),
        "channel": channel.get("channelName"),
        "marketplace_id": channel.get("marketplaceId"),
        "marketplace_name": channel.get("marketplaceName"),
        "programs": list(given.get("programs") or []),
        "currency": _currency(given),
        "grand_total": _money(proceeds.get("grandTotal")),
        "breakdowns": [
            {
                "type": part.get("type"),
                "status": part.get("status"),
                "subtotal": _money(part.get("subtotal")),
            }
            for part in proceeds.get("breakdowns") or []
        ],
        "shipped": max((p["shipped"] for p in packages if p["shipped"]), key=moment, default=None),
        "associated_orders": [
            {"order_id": other.get("orderId"), "association": other.get("associationType")}
            for other in given.get("associatedOrders") or []
        ],
        "items": [_item(item) for item in given["orderItems"]],
        "packages": packages,
        "buyer": _buyer(given.get("buyer")) if include_pii else None,
        "recipient": _recipient(given.get("recipient")) if include_pii else None,
    }


def _item(given: Json) -> Json:
    product = given.get("product") or {}
    proceeds = given.get("proceeds") or {}
    tax, promotion = given.get("tax") or {}, given.get("promotion") or {}
    return {
        "order_item_id": given["orderItemId"],
        "sku": product.get("sellerSku"),
        "asin": product.get("asin"),
        "title": product.get("title"),
        "quantity_ordered": given.get("quantityOrdered"),
        "quantity_shipped": (given.get("fulfillment") or {}).get("quantityFulfilled"),
        "unit_price": _money((product.get("price") or {}).get("unitPrice")),
        "proceeds_total": _money(proceeds.get("proceedsTotal")),
        "breakdowns": [
            {
                "type": part.get("type"),
                "subtotal": _money(part.get("subtotal")),
                "details": [
                    {"subtype": detail.get("subtype"), "amount": _money(detail.get("value"))}
                    for detail in part.get("detailedBreakdowns") or []
                ],
            }
            for part in proceeds.get("breakdowns") or []
        ],
        "tax_models": [c["model"] for c in tax.get("taxCollections") or [] if c.get("model")],
        "promotion_ids": [
            used["promotionId"]
            for used in promotion.get("breakdowns") or []
            if used.get("promotionId")
        ],
    }


def _package(given: Json) -> Json:
    return {
        "package_id": given.get("packageReferenceId"),
        "shipped": instant_text(given.get("shipTime")),
        "status": (given.get("packageStatus") or {}).get("status"),
    }


def _currency(given: Json) -> str | None:
    """Give an order's currency: of its total, else of the first item that has an amount."""
    amounts = [(given.get("proceeds") or {}).get("grandTotal")]
    for item in given["orderItems"]:
        amounts.append((item.get("proceeds") or {}).get("proceedsTotal"))
        amounts.append(((item.get("product") or {}).get("price") or {}).get("unitPrice"))
    return next((a["currencyCode"] for a in amounts if a and a.get("currencyCode")), None)


def _money(given: Json | None) -> str | None:
    return decimal_text(given.get("amount")) if given else None


def _buyer(given: Json | None) -> Json | None:
    return given and {
        "name": given.get("buyerName"),
        "email": given.get("buyerEmail"),
        "company": given.get("buyerCompanyName"),
        "purchase_order": given.get("buyerPurchaseOrderNumber"),
    }


def _recipient(given: Json | None) -> Json | None:
    address = (given or {}).get("deliveryAddress")
    return address and {
        "name": address.get("name"),
        "company": address.get("companyName"),
        "line_1": address.get("addressLine1"),
        "line_2": address.get("addressLine2"),
        "line_3": address.get("addressLine3"),
        "city": address.get("city"),
        "district": address.get("districtOrCounty"),
        "region": address.get("stateOrRegion"),
        "municipality": address.get("municipality"),
        "postal_code": address.get("postalCode"),
        "country_code": address.get("countryCode"),
        "phone": address.get("phone"),
        "kind": address.get("addressType"),
    }
