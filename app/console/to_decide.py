"""What each part of the configuration form comes to in a line, and whether something is to be decided there: the parts where nothing is
are folded on a phone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.console.reasons_form import ReasonField
from app.console.untaxed_form import UntaxedForm
from app.domain.model.configuration import Configuration
from app.services.choices import Choices

_OWED_BEFORE = {
    "undecided": "not decided",
    "create": "an invoice of its own date for each",
    "bring_in": "an opening balance on the start date",
    "match": "joined to the invoices that are there",
    "left_out": "they stay in Oncord",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the form: what it comes to, and whether a person has something to decide there."""

    gist: str
    open: bool = False


def parts_of(
    shown: Configuration,
    choices: Choices,
    untaxed: UntaxedForm,
    reasons: Collection[ReasonField],
    *,
    waiting: bool,
    held: bool,
    errors: Mapping[str, str],
) -> dict[str, Part]:
    """By the part's id. `waiting`, `held`: receipts wait for a method's account, documents for a tax code's choice."""
    parts = {
        "payment_methods": _methods(shown, waiting=waiting),
        "tax_codes": _tax_codes(shown, choices, held=held),
        "untaxed": _untaxed(untaxed),
        "items": _items(shown),
        "adjustments": Part(
            f"{sum(bool(each.chosen) for each in reasons)} of {len(reasons)} reasons have an item of their own"
        ),
        "numbers": Part(
            ("The sale's number" if shown.document_numbers == "oncord" else "QuickBooks' own numbers")
            + f"; a deleted sale's invoice is {'voided' if shown.removals == 'void' else 'deleted'}"
        ),
        "locked_periods": _locked(shown),
        "owed_before": Part(
            f"What was open then: {_OWED_BEFORE.get(shown.opening_receivables, 'as it was chosen')}",
            shown.opening_receivables == "undecided",
        ),
    }
    return {name: Part(part.gist, open=True) for name, part in parts.items()} if errors else parts


def _methods(shown: Configuration, *, waiting: bool) -> Part:
    own = [method for method in shown.payment_methods if not method.currency]
    open_ones = [method for method in own if method.choice == "undecided"]
    if open_ones and not shown.unmapped_methods_account:
        return Part(f"{len(open_ones)} of {len(own)} not decided: such receipts wait", open=True)
    return Part(f"{len(own)} methods, each with its choice", waiting)


def _tax_codes(shown: Configuration, choices: Choices, *, held: bool) -> Part:
    decided = {code.code for code in shown.tax_codes if code.choice != "undecided"}
    missing = [code for code in choices.tax_codes if code.id not in decided]
    if missing:
        return Part(f"{len(missing)} of {len(choices.tax_codes)} not decided: such sales wait", open=True)
    return Part(f"{len(choices.tax_codes)} codes, each with its choice", held)


def _untaxed(untaxed: UntaxedForm) -> Part:
    fields = [field for row in untaxed.rows for field in row.fields]
    missing = [field for field in fields if not field.chosen]
    return Part(
        f"{len(missing)} of {len(fields)} not decided: such sales wait" if missing else "Each with its code",
        any(field.told for field in missing),
    )


def _items(shown: Configuration) -> Part:
    single = shown.items.mode == "single"
    return Part(
        "One item for every sale line" if single else "An item per product",
        not (shown.items.item_id if single else shown.items.income_account_id),
    )


def _locked(shown: Configuration) -> Part:
    lodged = f"Lodged up to {shown.lodged_until:%-d %b %Y}" if shown.lodged_until else "No return entered"
    missing = "undecided" in (shown.gst_basis, shown.gst_period)
    return Part(f"{lodged}{'; how GST is reported is not decided' if missing else ''}", missing)
