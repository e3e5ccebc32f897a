"""What may be chosen for lines without a tax code: the company's codes of 0 %, what each means, and what is proposed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from app.domain.model.untaxed_lines import DESTINATIONS, SORTS, Destination, Sort, UntaxedLines
from app.services.choices import Choices
from app.services.ports import Option, ServiceContainer
from app.services.sites import require_connection
from app.storage.people.untaxed import UntaxedSales, untaxed_sales

COUNTED = timedelta(days=365)
"""How far back sales are counted that carry such lines."""
_LABELS = {
    "gstfree": "G1 and G3 of the BAS",
    "gstfreeexports": "G1 and G2 of the BAS",
    "inputtaxed": "G1 and G4 of the BAS",
    "outofscope": "on no label of the BAS",
}
"""Where Australia's codes without tax stand on the BAS, by their names without blanks and hyphens (docs/quickbooks.md 9.12)."""


@dataclass(frozen=True, slots=True)
class UntaxedCode:
    """A QuickBooks tax code of 0 %, and where its sales stand ("" where that is not known)."""

    id: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class UntaxedChoice:
    """One choice that is to be made: for a sort of line and a destination. Nothing is preselected; `proposed` is a code's id."""

    sort: Sort
    destination: Destination
    proposed: str
    counted: tuple[UntaxedSales, ...]


def is_asked(choices: Choices) -> bool:
    """Whether lines without a code need a choice: not in the United States (NON), nor where the company charges no tax."""
    facts = choices.company.facts
    return facts.country != "US" and "sales_tax" in facts.features


def untaxed_codes(choices: Choices) -> list[UntaxedCode]:
    """The codes that a line without tax can have."""
    if not is_asked(choices):
        return []
    australian = choices.company.facts.country == "AU"
    return [
        UntaxedCode(code.id, code.name, _LABELS.get(_bare(code.name), "") if australian else "")
        for code in choices.company.tax_codes
        if is_zero(code)
    ]


def is_zero(code: Option) -> bool:
    """Whether a tax code makes no tax."""
    return bool(code.rate) and not Decimal(code.rate)


def untaxed_choices(choices: Choices, counted: Sequence[UntaxedSales]) -> list[UntaxedChoice]:
    """What is to be chosen. For what is shipped abroad the one code for exports is proposed, and nothing for the rest."""
    if not is_asked(choices):
        return []
    exports = [code.id for code in untaxed_codes(choices) if "export" in _bare(code.name)]
    export = exports[0] if len(exports) == 1 else ""
    return [
        UntaxedChoice(
            sort,
            destination,
            export if destination == "abroad" else "",
            tuple(each for each in counted if (each.sort, each.destination) == (sort, destination)),
        )
        for destination in DESTINATIONS
        for sort in SORTS
    ]


async def counted_untaxed(container: ServiceContainer, connection_id: str, choices: Choices) -> list[UntaxedSales]:
    """How many sales of the last year carry such lines, and how many wait."""
    if not is_asked(choices):
        return []
    since = (container.clock.now() - COUNTED).date()
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await untaxed_sales(tx, connection_id, choices.company.facts.country, since)


def untaxed_faults(chosen: UntaxedLines, choices: Choices) -> dict[str, str]:
    """What is wrong with what was chosen, by field (`untaxed_lines.home.products`)."""
    offered = {code.id: code for code in choices.company.tax_codes}
    wrong: dict[str, str] = {}
    for destination in DESTINATIONS:
        for sort, code in chosen.at(destination).by_sort().items():
            if code:
                wrong[f"untaxed_lines.{destination}.{sort}"] = _fault(code, offered.get(code), choices)
    return {field: sentence for field, sentence in wrong.items() if sentence}


def _fault(code: str, option: Option | None, choices: Choices) -> str:
    if choices.company.facts.country == "US":
        return "In the United States a line without tax is NON: leave this out."
    if "sales_tax" not in choices.company.facts.features:
        return "The company charges no tax, so that its lines have no tax code: leave this out."
    if option is None:
        return "The company has no such active tax code."
    if not is_zero(option):
        return f"{option.name} is {option.rate} %. Choose a code of 0 % for a line without tax."
    return ""


def _bare(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
