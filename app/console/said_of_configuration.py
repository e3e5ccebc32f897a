"""What was changed of a configuration, from what to what: the audit has both as they were stored, with the names of that day."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.console import readable
from app.console.reasons_form import CALLED as REASONS
from app.domain.model.records import Side

Names = Mapping[str, str]
"""What ids were called: "account:57", "method:8", "tax_code:5", "item:12", "class:3", "location:2"."""

OPENINGS = {
    "undecided": "not decided",
    "create": "an invoice of its own is made",
    "bring_in": "what was open is brought in",
    "match": "it is in QuickBooks already",
    "left_out": "it stays in Oncord",
}
"""What was said of a sale from before the start date."""
_NOT_DECIDED = "not decided"
FIELDS = {
    "start_date": "start date",
    "payment_methods": "payment method",
    "unmapped_methods_account": "account for payments by a method that nobody has mapped",
    "goodwill_account": "account of refunds that are goodwill",
    "pay_back_account": "account that cancelled sales are paid back from",
    "tax_codes": "tax code",
    "untaxed_lines": "lines without a tax code",
    "opening_receivables": "sales owed before the start date",
    "items": "items",
    "vouchers_redeemed": "vouchers that are redeemed",
    "documents": "new invoices",
    "document_numbers": "document numbers",
    "removals": "invoice of a sale that is deleted",
    "conflict_winner": "goes on where both sides changed",
    "contact_winner": "goes on of a person whom QuickBooks knew",
    "hold_questions_days": "days before people are asked about persons",
    "lodged_until": "last day that was lodged",
    "gst_basis": "GST is reported by",
    "gst_period": "GST is reported every",
    "home_currency": "home currency",
    "country": "country",
    "multi_currency": "several currencies",
    "charges_tax": "charges tax",
}
"""What each part of a configuration is called."""
_PARTS = {
    "mode": "lines become",
    "item_id": "the one item",
    "income_account_id": "income account of new ones",
    "shipping_item_id": "shipping",
    "opening_item_id": "what was owed before",
    "discount_item_id": "discounts",
    "voucher_item_id": "vouchers",
    "voucher_clearing_item_id": "vouchers that are redeemed by a payment",
    "rounding_item_id": "rounding",
    "class_id": "class",
    "location_id": "location",
    "payment_links": "paying online",
    "home": "within the country",
    "abroad": "abroad",
    **{f"reason_items.{reason}": called.lower() for reason, called in REASONS.items()},
}
_VALUES = {
    "undecided": _NOT_DECIDED,
    "left_out": "stay in Oncord",
    "create": "an invoice of its own date each",
    "bring_in": "what was open is brought in",
    "match": "joined to their invoices",
    "single": "one item",
    "line": "off what is owed, by a line",
    "payment": "into a clearing account",
    "either": "as the shop redeems each",
    "delete": "deleted",
    "void": "voided",
    "cash": "what is paid",
    "accrual": "what is invoiced",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "lines": "the items of its lines",
    **{side.value: side.called for side in Side},
}
_NAMED = {
    "unmapped_methods_account": "account",
    "goodwill_account": "account",
    "pay_back_account": "account",
    "untaxed_lines": "tax_code",
    "documents.class_id": "class",
    "documents.location_id": "location",
    "items.income_account_id": "account",
}
"""Whose names the ids of a field are, where it is not an item."""


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any], names: Names) -> list[str]:
    """A phrase for each part that became another one; of the first configuration its start date alone."""
    if before is None:
        return [f"for the first time, from {readable.day(after['start_date'])} on"]
    here, there = _flat(before, names), _flat(after, names)
    phrases = []
    for name in dict.fromkeys((*here, *there)):
        was, becomes = (found.get(name, _NOT_DECIDED) for found in (here, there))
        if was != becomes:
            phrases.append(f"{name} from {was} to {becomes}")
    return phrases


def _flat(configuration: Mapping[str, Any], names: Names) -> dict[str, str]:
    """Each part by what it is called, with its value in words."""
    found: dict[str, str] = {}
    for name, value in configuration.items():
        called = FIELDS.get(name, readable.field(name))
        if name == "payment_methods":
            found |= {f"{called} {key}": words for key, words in _methods(value, names)}
        elif name == "tax_codes":
            found |= {f"{called} {each['code']}": _code(each, names) for each in value}
        elif isinstance(value, Mapping):
            for path, inner in _inner(value):
                part = ", ".join(_PARTS.get(each, each.replace("_", " ")) for each in _steps(path))
                found[f"{called}, {part}"] = _said(f"{name}.{path}", name, inner, names)
        else:
            found[called] = _said(name, name, value, names)
    return found


def _inner(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _inner(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}", inner


def _steps(path: str) -> list[str]:
    return [path] if path.startswith("reason_items.") else path.split(".")


def _methods(methods: Any, names: Names) -> Iterator[tuple[str, str]]:
    for each in methods:
        currency = f" in {each['currency']}" if each.get("currency") else ""
        account = each.get("deposit_account_id")
        words = (
            _name("account", account, names)
            if account
            else ("not synchronised" if each.get("left_out") else _NOT_DECIDED)
        )
        yield (
            f"{_name('method', each['id'], names)}{currency}",
            f"{words}, preferred" if each.get("preferred") else words,
        )


def _code(code: Mapping[str, Any], names: Names) -> str:
    if code.get("quickbooks_id"):
        return _name("tax_code", code["quickbooks_id"], names)
    return "not synchronised" if code.get("left_out") else _NOT_DECIDED


def _said(path: str, name: str, value: Any, names: Names) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, ""):
        return _NOT_DECIDED if name in ("untaxed_lines", "lodged_until") else "none"
    if name in ("start_date", "lodged_until"):
        return readable.day(str(value))
    if path == "items.mode":
        return "one item" if value == "single" else "an item per product"
    if str(value) in _VALUES:
        return _VALUES[str(value)]
    kind = _NAMED.get(path) or _NAMED.get(name) or ("item" if name == "items" else "")
    return _name(kind, str(value), names) if kind else str(value)


def _name(kind: str, found: Any, names: Names) -> str:
    """What an id was called; of before names were kept with a change, what it is of."""
    return names.get(f"{kind}:{found}") or f"{'an' if kind in ('account', 'item') else 'a'} {kind.replace('_', ' ')}"
