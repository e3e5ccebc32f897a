"""Whether something else puts the shop's sales into QuickBooks, and whether the shop's next numbers are taken there.

Pure but for `entries_of`, which reads a little of both sides: what the shop sold of late, and one page of QuickBooks' sales receipts and of
the invoices with the next numbers (two metered reads a day at most, and only where a person looks; docs/decisions/the-adviser.md).
"""

import asyncio
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app import log
from app.domain.guards.read_budget import Budget, Pace
from app.domain.matching.document_numbers import form, numbers_agree, telling
from app.domain.matching.documents import days_apart
from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.records import Sale, is_void
from app.errors import OutsideError
from app.services.ports import BookedSale, LateSales, ServiceContainer
from app.services.sites import shop_of
from app.storage.connections.connections import Connection
from app.storage.runs import meter

_log = log.get(__name__)

WEEKS = dt.timedelta(weeks=6)
"""So far back it is looked."""
A_DAY = dt.timedelta(days=1)
PATIENCE_SECONDS = 3.0
"""So long a page waits for what the shop sold."""
A_MINUTE = dt.timedelta(minutes=1)
"""So long a person is shown again what they were warned of."""
AGAIN_AFTER = dt.timedelta(minutes=10)
"""So long after a shop that did not answer it is asked again."""
NEAR_DAYS = 3
"""So far apart the same sale may be dated on both sides."""
FEWEST = 3
"""So many sales receipts of the shop's totals and days are no chance, where they are half of all."""
NEXT = 50
"""So many of the numbers that the shop will give next are looked for."""
EXAMPLES = 3
_SERIES = re.compile(r"^(.*?)(\d{1,9})$")


@dataclass(frozen=True, slots=True)
class Entries:
    """What the shop sold of late, and what QuickBooks holds beside it: its sales receipts, and invoices with the shop's next `numbers`.
    `home`: the company's currency."""

    sales: Sequence[Sale]
    receipts: Sequence[BookedSale]
    numbers: Sequence[str] = ()
    taken: Sequence[BookedSale] = ()
    home: str = ""


@dataclass(frozen=True, slots=True)
class Twice:
    """A sales receipt, and the sales of the shop that it says: one, or all of a day."""

    receipt: BookedSale
    sales: tuple[Sale, ...]


async def entries_of(
    container: ServiceContainer, connection: Connection, home: str, *, warned_for: dt.timedelta = A_DAY
) -> Entries | None:
    """What both sides say of late sales; None where nobody can say just now, or the month's reads are short (law 9).

    It is read once a day; what somebody would be warned of anew once that is `warned_for` old, since they may have mended it.
    """
    found = await _entries(container, connection, home, A_DAY)
    if found is None or warned_for >= A_DAY or not any(told(found)):
        return found
    return await _entries(container, connection, home, warned_for)


async def _entries(
    container: ServiceContainer, connection: Connection, home: str, max_age: dt.timedelta
) -> Entries | None:
    now = container.clock.now()
    if connection.connected_at is None or connection.state == "reconnect_required":
        return None
    async with container.database.transaction(connection.id) as tx:
        used = await meter.used_this_month(tx, now.date())
    if Budget(container.allowed.monthly_reads).pace(used, now.date()) is not Pace.FREE:
        return None
    since = now - WEEKS
    late = await _late_sales(container, connection, now, max_age)
    if late.sales is None:
        return None
    numbers = next_numbers(late.sales) if late.whole else []
    try:
        company = container.company(connection.id, connection.realm_id)
        receipts, taken = await company.other_entries(since.date(), numbers, max_age=max_age)
    except OutsideError as error:
        _log.warning("what else enters sales could not be looked for", error=repr(error))
        return None
    recent = [sale for sale in late.sales if _counts(sale, since.date())]
    return Entries(recent, receipts, tuple(numbers), taken, home)


async def _late_sales(
    container: ServiceContainer, connection: Connection, now: dt.datetime, max_age: dt.timedelta
) -> LateSales:
    """What the shop sold of late, read no longer ago than `max_age`; a page waits a few seconds for it, and not again at once where that was in vain."""
    late = container.late_sales.get(connection.id)
    if late is not None and late.address != connection.oncord_api_url:
        late = None
    if late is not None and now - late.at < (AGAIN_AFTER if late.sales is None else max_age):
        return late
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            sales, whole = await shop_of(container, connection).recent_sales(now - WEEKS)
        late = LateSales(connection.oncord_api_url, now, sales, whole)
    except (OutsideError, TimeoutError) as error:
        _log.warning("what the shop sold of late could not be read", error=repr(error))
        late = LateSales(connection.oncord_api_url, now, None)
    container.late_sales[connection.id] = late
    return late


def _counts(sale: Sale, since: dt.date) -> bool:
    known = sale.date is not None and sale.date >= since
    return known and sale.type == "sale" and sale.status != "draft" and not is_void(sale) and bool(sale.money.total)


def double_income(entries: Entries) -> tuple[str, str] | None:
    """What is found of sales that something else enters, and what to do; None where nothing looks so."""
    found = entered_twice(entries)
    if not found:
        return None
    total = sum((each.receipt.total for each in found if each.receipt.currency in ("", entries.home)), Decimal(0))
    days = sorted(each.receipt.date for each in found if each.receipt.date is not None)
    sales = sum(len(each.sales) for each in found)
    examples = "; ".join(_example(each, entries.home) for each in found[:EXAMPLES])
    several = len(found) != 1
    return (
        f"QuickBooks has {len(found)} sales receipt{'s' if several else ''} from {day_in_words(days[0])} to {day_in_words(days[-1])},"
        f" {with_currency(total, entries.home)} together, with the totals and days of {sales} sale{'s' if sales != 1 else ''} of the shop:"
        f" {examples}. Something else seems to put the shop's sales into QuickBooks, so that each of them would be income twice.",
        "Find out what makes them (another app, a feed, somebody by hand) and stop it before the first synchronisation. Start on the day after"
        " the last of them, or delete in QuickBooks those that are dated on the start date or later.",
    )


def entered_twice(entries: Entries) -> list[Twice]:
    """The sales receipts that say what the shop says, where they are too many for chance: the same number, or the same totals on the same
    days of at least three, and of half of one side's."""
    free = defaultdict[tuple[str, Decimal], list[Sale]](list)
    for sale in entries.sales:
        free[sale.money.currency, sale.money.total].append(sale)
    single = [twice for receipt in entries.receipts if (twice := _of_one(receipt, free, entries.home)) is not None]
    taken = {id(sale) for twice in single for sale in twice.sales}
    of_days = _days(sale for sale in entries.sales if id(sale) not in taken)
    others = [receipt for receipt in entries.receipts if all(twice.receipt is not receipt for twice in single)]
    whole = [twice for receipt in others if (twice := _of_a_day(receipt, of_days, entries.home)) is not None]
    found = sorted([*single, *whole], key=lambda twice: (twice.receipt.date or dt.date.min, twice.receipt.number))
    numbered = [twice for twice in found if _same_number(twice)]
    fewer = min(len(entries.sales), len(entries.receipts))
    enough = len(found) >= FEWEST and 2 * sum(max(1, len(twice.sales)) for twice in found) >= fewer
    return found if enough else numbered


def _of_one(receipt: BookedSale, free: dict[tuple[str, Decimal], list[Sale]], home: str) -> Twice | None:
    """The sale of the shop that a receipt says, which no other one is taken for then."""
    near = [
        sale
        for sale in free.get((receipt.currency or home, receipt.total), ())
        if days_apart(sale.date, receipt.date) <= NEAR_DAYS
    ]
    if not near:
        return None
    sale = min(near, key=lambda s: (not numbers_agree(s.number, receipt.number), days_apart(s.date, receipt.date)))
    free[receipt.currency or home, receipt.total].remove(sale)
    return Twice(receipt, (sale,))


def _days(sales: Iterable[Sale]) -> dict[tuple[str, dt.date], list[Sale]]:
    days = defaultdict[tuple[str, dt.date], list[Sale]](list)
    for sale in sales:
        if sale.date is not None:
            days[sale.money.currency, sale.date].append(sale)
    return days


def _of_a_day(receipt: BookedSale, days: dict[tuple[str, dt.date], list[Sale]], home: str) -> Twice | None:
    """All sales of a day, where a receipt is what they come to, which no other one is taken for then."""
    day = receipt.currency or home, receipt.date or dt.date.min
    of_day = days.get(day, [])
    if len(of_day) < 2 or sum((sale.money.total for sale in of_day), Decimal(0)) != receipt.total:
        return None
    del days[day]
    return Twice(receipt, tuple(of_day))


def _same_number(twice: Twice) -> bool:
    return (
        len(twice.sales) == 1
        and telling(twice.receipt.number)
        and numbers_agree(twice.sales[0].number, twice.receipt.number)
    )


def _example(twice: Twice, home: str) -> str:
    receipt = f"{_called(twice.receipt, home)} beside"
    if len(twice.sales) == 1:
        sale = twice.sales[0]
        on = f" of {day_in_words(sale.date)}" if sale.date else ""
        return f"{receipt} sale {sale.number}{on}"
    return f"{receipt} the {len(twice.sales)} sales of that day"


def _called(booked: BookedSale, home: str) -> str:
    number = f" {booked.number}" if booked.number else ""
    on = f" on {day_in_words(booked.date)}" if booked.date else ""
    return f"{booked.what}{number} of {with_currency(booked.total, booked.currency or home)}{on}"


def next_numbers(sales: Sequence[Sale]) -> list[str]:
    """The numbers that a shop is going to give next, by the series that most of its late sales have; none where they have no series."""
    series = defaultdict[str, list[str]](list)
    for sale in sales:
        parts = _SERIES.match(sale.number.strip())
        if parts is not None and sale.type == "sale":
            series[parts[1]].append(parts[2])
    if not series:
        return []
    prefix, given = max(series.items(), key=lambda each: (len(each[1]), each[0]))
    last = max(given, key=int)
    width = len(last) if last.startswith("0") else 0
    used = {form(sale.number) for sale in sales}
    following = (f"{prefix}{int(last) + step:0{width}d}" for step in range(1, NEXT + 1))
    return [number for number in following if form(number) not in used]


def taken_numbers(entries: Entries) -> tuple[str, str] | None:
    """What is found of the shop's next numbers that invoices in QuickBooks have already, and what to do; None where they are free."""
    taken = sorted(entries.taken, key=lambda each: (len(each.number), each.number))
    if not taken or not entries.numbers:
        return None
    first, last = entries.numbers[0], entries.numbers[-1]
    examples = ", ".join(_called(each, entries.home) for each in taken[:EXAMPLES])
    more = f" and {len(taken) - EXAMPLES} more" if len(taken) > EXAMPLES else ""
    return (
        f"The shop's next numbers, {first} to {last}, meet numbers that QuickBooks has already: {examples}{more}. Two documents would have one"
        " number, and be taken for the same.",
        f"Have the shop number its orders with a prefix, such as W{first.lstrip('0')}, or from a number that QuickBooks has not reached; or let"
        " QuickBooks number its own documents (document numbers, below).",
    )


def told(entries: Entries | None) -> Iterator[tuple[str, tuple[str, str]]]:
    """What is worth saying of what else is entered, each with the field of the configuration that it is about."""
    if entries is None:
        return
    for field, words in (("start_date", double_income(entries)), ("document_numbers", taken_numbers(entries))):
        if words is not None:
            yield field, words
