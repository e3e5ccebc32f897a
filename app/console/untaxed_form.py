"""The part of the configuration form about lines without a tax code: a choice for each sort of line and destination."""

from dataclasses import dataclass

from starlette.datastructures import FormData

from app.domain.model.currencies import with_currency
from app.domain.model.untaxed_lines import DESTINATIONS, SORTS, UntaxedCodes, UntaxedLines
from app.services.choices import Choices
from app.services.untaxed import UntaxedChoice, UntaxedCode, is_asked, untaxed_choices, untaxed_codes
from app.storage.people.untaxed import UntaxedSales

SORTS_CALLED = {
    "products": "Products",
    "free_text": "Free text",
    "shipping": "Shipping",
    "discounts": "Discounts on a whole order",
}


@dataclass(frozen=True, slots=True)
class UntaxedField:
    """One select: its name, what is chosen ("" for nothing), what fits, and what is known of such lines."""

    name: str
    at: str
    label: str
    chosen: str
    proposed: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UntaxedRow:
    """The selects of one sort: shipped within the country, and abroad."""

    called: str
    fields: tuple[UntaxedField, ...]


@dataclass(frozen=True, slots=True)
class UntaxedForm:
    """All of them, and the codes that they offer; without rows where nothing is asked."""

    rows: tuple[UntaxedRow, ...]
    codes: tuple[UntaxedCode, ...]


def untaxed_form(shown: UntaxedLines, choices: Choices, counted: list[UntaxedSales]) -> UntaxedForm:
    """The selects, filled with what is chosen."""
    codes = untaxed_codes(choices)
    wanted = untaxed_choices(choices, counted)
    rows = [
        UntaxedRow(SORTS_CALLED[sort], tuple(_field(each, shown, codes) for each in wanted if each.sort == sort))
        for sort in SORTS
    ]
    return UntaxedForm(tuple(row for row in rows if row.fields), tuple(codes))


def untaxed_wish(form: FormData, before: UntaxedLines, choices: Choices) -> UntaxedLines:
    """What the form says; a page from before there were these fields changes nothing, and what nobody is asked about any more
    (tax was switched off) is chosen by nobody."""
    if not is_asked(choices):
        return UntaxedLines()
    if not any(name.startswith("untaxed:") for name in form):
        return before
    chosen = {
        destination: UntaxedCodes(
            **{sort: str(form.get(f"untaxed:{destination}:{sort}", "")).strip() for sort in SORTS}
        )
        for destination in DESTINATIONS
    }
    return UntaxedLines(chosen["home"], chosen["abroad"])


def _field(choice: UntaxedChoice, shown: UntaxedLines, codes: list[UntaxedCode]) -> UntaxedField:
    where = "" if choice.destination == "home" else ", shipped abroad"
    proposed = next((code.name for code in codes if code.id == choice.proposed), "")
    return UntaxedField(
        name=f"untaxed:{choice.destination}:{choice.sort}",
        at=f"untaxed_lines.{choice.destination}.{choice.sort}",
        label=f"{SORTS_CALLED[choice.sort]}{where}",
        chosen=shown.at(choice.destination).by_sort()[choice.sort],
        proposed=proposed,
        told=tuple(_hint(each) for each in choice.counted),
    )


def _hint(counted: UntaxedSales) -> str:
    sales = f"{counted.sales} {'sale' if counted.sales == 1 else 'sales'} of the last year"
    amount = with_currency(counted.amount, counted.currency)
    waiting = f"; {counted.waiting} {'waits' if counted.waiting == 1 else 'wait'} for this" if counted.waiting else ""
    return f"{sales} with such lines, {amount}{waiting}."
