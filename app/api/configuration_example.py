"""A configuration as the API's pages show it."""

from typing import Any

CONFIGURATION_EXAMPLE: dict[str, Any] = {
    "start_date": "2026-11-22",
    "payment_methods": [
        {"id": "1", "choice": "account", "deposit_account_id": "35", "preferred": True, "currency": ""},
        {"id": "2", "choice": "none", "deposit_account_id": None, "preferred": False, "currency": ""},
        {"id": "3", "choice": "undecided", "deposit_account_id": None, "preferred": False, "currency": ""},
    ],
    "unmapped_methods_account_id": None,
    "goodwill_account_id": None,
    "pay_back_account_id": None,
    "tax_codes": [{"code": "GST", "choice": "code", "quickbooks_id": "6", "rate": "10"}],
    "opening_receivables": "undecided",
    "untaxed_lines": {
        "home": {"products": "4", "free_text": None, "shipping": "4", "discounts": "4"},
        "abroad": {"products": "9", "free_text": None, "shipping": None, "discounts": None},
    },
    "items": {
        "mode": "single",
        "item_id": "1",
        "opening_item_id": "",
        "income_account_id": "79",
        "shipping_item_id": "",
        "discount_item_id": "",
        "voucher_item_id": "",
        "voucher_clearing_item_id": "",
        "reason_items": {"bad_debt": "44", "return": "lines"},
        "rounding_item_id": "",
    },
    "vouchers_redeemed": "line",
    "documents": {"class_id": "", "location_id": "", "payment_links": False},
    "document_numbers": "oncord",
    "removals": "delete",
    "conflict_winner": {"contact": "oncord", "item": "oncord", "sale": "quickbooks", "receipt": "quickbooks"},
    "contact_winner": {
        "name": "quickbooks",
        "email": "oncord",
        "phone": "oncord",
        "mobile": "oncord",
        "fax": "oncord",
        "website": "oncord",
        "billing_address": "quickbooks",
        "shipping_address": "oncord",
        "tax_number": "quickbooks",
    },
    "hold_questions_days": 1,
    "lodged_until": "2026-09-30",
    "gst_basis": "accrual",
    "gst_period": "quarterly",
    "auto_sync": True,
}
