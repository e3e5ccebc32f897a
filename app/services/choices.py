"""What may be chosen for a connection, read live from both sides, and a configuration to start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from app.at_once import at_once
from app.domain.model.configuration import (
    Configuration,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
    default_contact_winners,
)
from app.domain.model.exchange import SideFacts
from app.domain.model.gst_periods import GstPeriod, last_end
from app.domain.model.records import Side
from app.domain.model.waiting import tax_code_or_currency
from app.errors import Conflict, OutsideError, Unauthorised, Unavailable
from app.services.double_income import A_DAY, Entries, entries_of
from app.services.ports import CompanyChoices, Option, ServiceContainer
from app.services.sites import require_connection, shop_of
from app.storage.connections.connections import Connection
from app.storage.people import undecided
from app.storage.people.undecided import Held, Waiting
from app.zones import zone_named

LIVE = timedelta(seconds=10)
"""A reading of QuickBooks as fresh as this counts as live: reads cost money (law 9)."""
RECENT = timedelta(seconds=90)
"""Good enough to know which rows a form had, and never to judge a choice by."""
NOW = timedelta(0)
"""What is stored is judged by what the company is at this moment: saving is rare, a wrong currency is not cheap."""


@dataclass(frozen=True, slots=True)
class ShopChoice:
    """Something of Oncord that may be mapped: a payment method (by id) or a tax code (by code)."""

    id: str
    name: str
    kind: str = ""
    rate: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """Both sides' choices at one moment."""

    payment_methods: tuple[ShopChoice, ...]
    tax_codes: tuple[ShopChoice, ...]
    company: CompanyChoices
    shop_facts: SideFacts
    entries: Entries | None = None
    """What the shop sold of late, and what else is in the books; None where nobody has looked."""

    @property
    def closed_until(self) -> date | None:
        """Up to when the books are closed."""
        text = self.company.facts.closed_until
        return date.fromisoformat(text) if text else None

    def last_filed_end(self, period: GstPeriod) -> date | None:
        """The last day of the period whose return was filed last, as it seems; None where QuickBooks or a person has not said."""
        filed = self.company.last_filed_on
        return last_end(period, filed, self.company.facts.country) if filed else None


async def read_choices(
    container: ServiceContainer, connection_id: str, *, max_age: timedelta = LIVE
) -> tuple[Connection, Choices]:
    """Ask both sides.

    Raises `Conflict` where QuickBooks is not connected, `Unavailable` where a side does not answer.
    """
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
    if connection.connected_at is None:
        raise Conflict(
            "not-connected",
            "Connect this site to QuickBooks first; what may be chosen is read from the company.",
        )
    if connection.state == "reconnect_required":
        raise Conflict("reconnect-required", "QuickBooks no longer accepts this connection. Connect it again first.")
    shop, company = shop_of(container, connection), container.company(connection.id, connection.realm_id)
    try:
        async with at_once() as ask:
            methods, codes = ask(shop.payment_methods()), ask(shop.tax_codes())
            facts, offered = ask(shop.facts()), ask(company.choices(max_age=max_age))
        return connection, Choices(
            payment_methods=tuple(map(_method, methods.result())),
            tax_codes=tuple(map(_tax_code, codes.result())),
            company=offered.result(),
            shop_facts=facts.result(),
        )
    except OutsideError as error:
        raise _unavailable(error) from error


async def with_entries(
    container: ServiceContainer, connection: Connection, choices: Choices, *, warned_for: timedelta = A_DAY
) -> Choices:
    """The same with what else is entered in the books, for whoever reads what is worth a second look (`entries_of`)."""
    home = choices.company.facts.currency
    return replace(choices, entries=await entries_of(container, connection, home, warned_for=warned_for))


async def undecided_receipts(container: ServiceContainer, connection_id: str) -> list[Waiting]:
    """What waits because nobody has decided about its payment method, by method and currency."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await undecided.waiting(tx, connection_id)


async def undecided_codes(container: ServiceContainer, connection_id: str) -> list[Held]:
    """What waits in Oncord for a tax code that nobody has decided about, or a currency that the company does not keep."""
    found = await _waiting_for_a_choice(container, connection_id)
    return [each for each in found if each.side is Side.ONCORD and tax_code_or_currency(each.waits_for) is not None]


async def documents_of_codes(
    container: ServiceContainer, connection_id: str
) -> Mapping[tuple[Side, str], Sequence[Held]]:
    """What waits for each tax code, by the side whose documents wait and by the code there; one entry a currency."""
    found: dict[tuple[Side, str], list[Held]] = {}
    for each in await _waiting_for_a_choice(container, connection_id):
        asked = tax_code_or_currency(each.waits_for)
        if asked is not None and asked[0] == "tax_code":
            found.setdefault((each.side, asked[1]), []).append(each)
    return found


async def _waiting_for_a_choice(container: ServiceContainer, connection_id: str) -> list[Held]:
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await undecided.held(tx, connection_id)


def suggestion(connection: Connection, choices: Choices) -> Configuration:
    """A configuration that a person may start from: obvious tax codes mapped, and nothing decided about money (law 13)."""
    connected = connection.connected_at or connection.created_at
    start = connected.astimezone(zone_named(choices.shop_facts.time_zone)).date()
    if choices.closed_until:
        start = max(start, choices.closed_until + timedelta(days=1))
    facts = choices.company.facts
    methods = (MappedMethod(id=method.id) for method in choices.payment_methods if method.active)
    codes = (_mapped(code, choices.company.tax_codes) for code in choices.tax_codes if code.active)
    return Configuration(
        start_date=start,
        payment_methods=tuple(methods),
        tax_codes=tuple(codes),
        items=_items(choices.company),
        vouchers_redeemed="line",
        contact_winner=default_contact_winners(),
        home_currency=facts.currency,
        country=facts.country,
        multi_currency=facts.multi_currency,
        charges_tax="sales_tax" in facts.features,
    )


def same_rate(one: str, other: str) -> bool:
    """Whether two rates in percent are equal, or one of them is not known."""
    try:
        return not one or not other or Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _mapped(code: ShopChoice, offered: tuple[Option, ...]) -> MappedTaxCode:
    twin = _twin(code, offered)
    return MappedTaxCode(code=code.id, quickbooks_id=twin.id if twin else "", rate=code.rate)


def _twin(code: ShopChoice, offered: tuple[Option, ...]) -> Option | None:
    """The tax code that obviously is the same: of the same name, and not of another rate."""
    names = {_bare(code.id), _bare(code.name)}
    return next((o for o in offered if _bare(o.name) in names and same_rate(code.rate, o.rate)), None)


def _bare(name: str) -> str:
    """A name without case, blanks and hyphens: "GST free" is QuickBooks' "GST-free"."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _items(company: CompanyChoices) -> ItemPolicy:
    named = {item.name.casefold(): item for item in company.items}
    item = named.get("sales") or named.get("services") or next(iter(company.items), None)
    account = next(iter(company.income_accounts), None)
    rounding = named.get("rounding")
    return ItemPolicy(
        item_id=item.id if item else "",
        income_account_id=account.id if account else "",
        rounding_item_id=rounding.id if rounding else "",
    )


def _method(document: dict[str, Any]) -> ShopChoice:
    return ShopChoice(
        id=str(document.get("id", "")),
        name=str(document.get("title", "")),
        kind=str(document.get("type", "")),
        active=document.get("active", True) is not False,
    )


def _tax_code(document: dict[str, Any]) -> ShopChoice:
    rate = document.get("rate")
    return ShopChoice(
        id=str(document.get("code", "")),
        name=str(document.get("name", "")),
        rate="" if rate is None else str(rate),
        active=document.get("active", True) is not False,
    )


def _unavailable(error: OutsideError) -> Conflict | Unavailable:
    if isinstance(error, Unauthorised):
        return Conflict("reconnect-required", str(error))
    return Unavailable("choices-unavailable", f"What may be chosen could not be read just now. {error}")
