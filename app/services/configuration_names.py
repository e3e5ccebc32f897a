"""What the ids in a configuration are called on the day that it is stored, so that the audit of last year still reads well."""

from collections.abc import Iterator

from app.domain.model.configuration import Configuration
from app.services.choices import Choices
from app.storage.connections.configuration import configuration_to_json


def names_of(choices: Choices, *configurations: Configuration | None) -> dict[str, str]:
    """The names of what some configurations speak of, by sort and id: "account:57", "method:8", "tax_code:5", "item:12", "class:3",
    "location:2"."""
    spoken_of = {text for each in configurations if each is not None for text in _texts(configuration_to_json(each))}
    return {f"{sort}:{found}": name for sort, found, name in _all(choices) if found in spoken_of and name}


def _all(choices: Choices) -> Iterator[tuple[str, str, str]]:
    company = choices.company
    yield from (("account", *each) for each in company.inactive_accounts.items())
    yield from (("method", each.id, each.name) for each in choices.payment_methods)
    for sort, options in (
        ("account", (*company.deposit_accounts, *company.income_accounts, *company.expense_accounts)),
        ("tax_code", company.tax_codes),
        ("item", (*company.items, *company.opening_items)),
        ("class", company.classes),
        ("location", company.locations),
    ):
        yield from ((sort, each.id, each.name) for each in options)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
