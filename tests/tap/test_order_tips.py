from __future__ import annotations

from tap_amazon_sp.records import order


def test_a_delivery_tip_is_kept_with_its_status_since_no_item_has_it() -> None:
    given = {
        "orderId": "026-1111111-1111111",
        "createdTime": "2026-06-01T08:00:00Z",
        "lastUpdatedTime": "2026-06-01T08:00:00Z",
        "salesChannel": {"channelName": "AMAZON"},
        "orderItems": [],
        "proceeds": {
            "grandTotal": {"amount": "12.00", "currencyCode": "GBP"},
            "breakdowns": [
                {
                    "type": "DELIVERY_TIP",
                    "status": "PENDING",
                    "subtotal": {"amount": "2.00", "currencyCode": "GBP"},
                }
            ],
        },
    }
    assert order(given)["breakdowns"] == [
        {"type": "DELIVERY_TIP", "status": "PENDING", "subtotal": "2.00"}
    ]
