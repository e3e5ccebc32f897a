"""The part of the configuration form about adjustments: which item each reason has."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from app.domain.model.configuration import BAD_DEBT, OWN_ITEMS, REASONS
from app.services.choices import Choices
from app.services.ports import Option
from app.services.special_items import bad_debt_items

CALLED = {
    BAD_DEBT: "A bad debt is written off",
    "return": "Goods come back",
    "price": "Some of the price is given back",
    "goodwill": "Goodwill",
    "other": "Other reasons",
}
"""What each reason of an adjustment is called."""


@dataclass(frozen=True, slots=True)
class ReasonField:
    """One select: its reason, what is chosen ("" for nothing), and what is offered."""

    reason: str
    called: str
    chosen: str
    items: tuple[Option, ...]


def reasons_form(shown: Mapping[str, str], choices: Choices) -> list[ReasonField]:
    """The selects: of the reasons that the contract names, and of those that somebody has chosen for over the API."""
    of_its_lines = Option(OWN_ITEMS, "The items of what it takes back")
    return [
        ReasonField(
            reason,
            CALLED.get(reason, reason),
            shown.get(reason, ""),
            bad_debt_items(choices.company) if reason == BAD_DEBT else (of_its_lines, *choices.company.items),
        )
        for reason in dict.fromkeys((*REASONS, *shown))
    ]


def reasons_wish(form: FormData, before: Mapping[str, str]) -> dict[str, str]:
    """What the form says; a page from before there were these fields changes nothing."""
    said = {
        name.removeprefix("reason:"): str(value).strip() for name, value in form.items() if name.startswith("reason:")
    }
    return {reason: item for reason, item in said.items() if item} if said else dict(before)
