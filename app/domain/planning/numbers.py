"""What a pair is called on each side, where it has another number on either: a fact, so that who looks for the one finds the
other. Numbers and references of an adopted pair stay as each side has them, and a long number may be cut in QuickBooks."""

from app.domain.model.records import Receipt, Record, Sale


def numbers_apart(oncord: Record | None, quickbooks: Record | None) -> str:
    """A sentence that names both numbers (of money: references) of a pair; "" where they are the same, or one has none."""
    if isinstance(oncord, Sale) and isinstance(quickbooks, Sale):
        return _named("number", oncord.number, quickbooks.number)
    if isinstance(oncord, Receipt) and isinstance(quickbooks, Receipt):
        return _named("reference", oncord.reference, quickbooks.reference)
    return ""


def _named(noun: str, in_oncord: str, in_quickbooks: str) -> str:
    if not in_oncord or not in_quickbooks or in_oncord == in_quickbooks:
        return ""
    return f"Its {noun} is {in_oncord} in Oncord and {in_quickbooks} in QuickBooks."
