"""A year day by day: orders, the service's runs at noon and at night, the bookkeeper's Fridays, months and quarters; and the judgement.

Everything goes through the real engine, both simulators, and the real address for events.
"""

import datetime as dt
import math
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from app import tie_outs
from app.domain.model.configuration import MappedMethod
from app.domain.model.untaxed_lines import UntaxedLines
from app.storage.tieouts import results
from app.tieout.certificate import check, of_the_period, sealed
from tests.simulation.guarded import Guard
from tests.simulation.outside import Outside, Postman, deliver, subscribe
from tests.support.joint import CONNECTION, SITE, Joint, joined
from tests.support.stories import change
from tests.year import bas
from tests.year.bookkeeper import Bookkeeper
from tests.year.companies import COMPANIES, Company
from tests.year.shop import Order, Shop

BEGINS = dt.date(2027, 1, 1)
RATES = {"USD": Decimal("1.52")}
WEEK = 7
SETTLED_AFTER = 28
"""After so many days the shop is known, and the questions have to stay under `MOST_QUESTIONS` a week."""
MOST_QUESTIONS = 5
HOUR = 3600
ACCOUNTS = {"credit_card": "Stripe Clearing", "paypal": "PayPal Clearing", "cash": "Petty Cash"}
LODGED_ON = 25
"""The day of the month after a quarter on which it is lodged."""
GIVEN_UP_ON = 27
"""The day of that month on which sales of the quarter that nobody is going to pay are written off."""


@dataclass
class Outcome:
    """How a year ended."""

    days: int = 0
    """How many days were lived."""
    faults: list[str] = field(default_factory=list)
    questions: list[Counter[str]] = field(default_factory=list)
    """New questions by kind, week by week."""
    counts: Counter[str] = field(default_factory=Counter)
    quarters: list[str] = field(default_factory=list)
    """What was lodged, in words."""


@dataclass
class Year:
    """One shop, one company, and their calendar."""

    joint: Joint
    outside: Outside
    guard: Guard
    shop: Shop
    bookkeeper: Bookkeeper
    orders: int
    chance: random.Random
    say: Callable[[str], None]
    begins: dt.date = BEGINS
    seconds: float = math.inf
    """After so many seconds no further day begins: what was lived is judged."""
    outcome: Outcome = field(default_factory=Outcome)
    _late: Order | None = None

    async def live(self, days: int) -> Outcome:
        """Live so many days, or as many as there is time for, and judge."""
        began = time.monotonic()
        while self.outcome.days < days and time.monotonic() - began < self.seconds:
            number = self.outcome.days
            day = self.begins + dt.timedelta(days=number)
            await self._morning(day, number)
            await self._run(download=False)
            await self._afternoon(day)
            await self._run(download=True)
            await self.bookkeeper.closes_again()
            self._until_tomorrow(day)
            self.outcome.days += 1
            if self.outcome.days % WEEK == 0:
                self._says_how_it_goes(day, time.monotonic() - began)
        await self._ends()
        return self.outcome

    def _says_how_it_goes(self, day: dt.date, seconds: float) -> None:
        faults = len({*self.outcome.faults, *self.guard.faults})
        known = f", {faults} faults so far" if faults else ""
        self.say(f"{day}: {self.shop.sold} orders, {self.outcome.counts['writes']} writes, {seconds:.0f} s{known}")

    # a day

    async def _morning(self, day: dt.date, number: int) -> None:
        """A closing time for everything that the calendar brings, and the first half of the orders."""
        if self._late is not None and self.chance.random() < 0.5:
            await self.shop.as_before(self._late)
        self._late = None
        if number == 3:
            await self.bookkeeper.says_what_lines_without_a_code_are()
        if number == 8:
            await self.bookkeeper.says_what_vouchers_and_bad_debts_are()
        if day.day == 4 and number > SETTLED_AFTER:
            await self.bookkeeper.reconciles(day - dt.timedelta(days=day.day))
        if day.day == LODGED_ON and day.month in (1, 4, 7, 10) and number > SETTLED_AFTER:
            await self._lodge(day)
        if day.day == GIVEN_UP_ON and day.month in (1, 4, 7, 10):
            for _ in range(2):
                self.outcome.counts["bad debts"] += await self.shop.written_off()
        if day.weekday() == 0:
            await self.bookkeeper.invoices_somebody(day)
        if day.weekday() == 2:
            await self.bookkeeper.takes_money()
            await self.bookkeeper.reconciles(day - dt.timedelta(days=4), "Cleared")
        await self._orders(day, self.orders // 2)

    async def _afternoon(self, day: dt.date) -> None:
        """The other orders, and what goes wrong at a shop."""
        await self._orders(day, self.orders - self.orders // 2)
        busy = self.orders / 50
        for deed, a_day in (
            (self.shop.returned, 1.5),
            (self.shop.edited, 0.7),
            (self.shop.paid_late, 3.5),
            (self.shop.deleted, 0.15),
        ):
            if self.chance.random() < max(a_day * busy, a_day / 10):
                await deed(day)
        if self.chance.random() < 0.2:
            done = await self.shop.cancelled(day, paid=False, late=False)
            self.outcome.counts["cancelled"] += done
        if self.chance.random() < 1 / 10:
            self.outcome.counts["cancelled late, unpaid"] += await self.shop.cancelled(day, paid=False, late=True)
        if self.chance.random() < 1 / 30:
            self.outcome.counts["cancelled late, paid"] += await self.shop.cancelled(day, paid=True, late=True)
        if self.guard.lodged and self.chance.random() < 1 / 40:
            self._late = await self.shop.repriced_late(dt.date.fromisoformat(self.guard.lodged))
        if self.chance.random() < 1 / 30:
            await self.shop.money_corrected(day - dt.timedelta(days=35))
        if day.weekday() == 4:
            await self.bookkeeper.answers_what_is_asked()

    async def _orders(self, day: dt.date, count: int) -> None:
        for _ in range(count):
            await self.shop.order(day)

    async def _run(self, *, download: bool) -> None:
        await deliver(self.joint)
        self.joint.clock.pass_time(4 * HOUR)
        await deliver(self.joint)
        self.outside.since_rest = 0
        self.guard.run_begins()
        done = await self.joint.sync(download=download, turns=1000)
        through = done.state in ("succeeded", "partial", "held")
        self.guard.run_ended(through=through)
        if not through:
            self.outcome.faults.append(f"a run ended as {done.state}: {done.error}")
        self.outcome.counts["writes"] += len(await self.joint.writes())

    def _until_tomorrow(self, day: dt.date) -> None:
        """It is seven o'clock of the next day."""
        seven = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(7), dt.UTC) - self.shop.company.ahead
        self.joint.clock.pass_time(max((seven - self.joint.clock.now()).total_seconds(), 1))

    # a quarter

    async def _lodge(self, day: dt.date) -> None:
        """The quarter before is compared, lodged, closed and sealed."""
        last = day.replace(day=1) - dt.timedelta(days=1)
        quarter = bas.quarter_of(last.isoformat())
        shop, books = await self._figures()
        told = bas.differences(shop, books, quarter, bas.as_paid(quarter))
        self.outcome.faults += [f"as lodged, {each}" for each in told]
        for each in told:
            self.say(f"  {each}")
        self.outcome.quarters.append(f"{quarter}: {bas.in_words(books, quarter)}")
        self.say(f"{day}: lodged {self.outcome.quarters[-1]}")
        await self.bookkeeper.lodges(last)
        first = dt.date(last.year, last.month - 2, 1)
        months = (f"{first.year}-{first.month + n:02}" for n in range(3))
        for month in (month for month in months if month >= f"{self.begins:%Y-%m}"):
            if why := await self.bookkeeper.seals(month):
                self.outcome.faults.append(why)

    async def _figures(self) -> tuple[bas.Figures, bas.Figures]:
        company, labels = self.shop.company, self.bookkeeper.labels()
        sales = await self.joint.shop_list("sales")
        rates = RATES if company.foreign else {}
        shop = bas.of_the_shop(sales, self.shop.slips, rates, american=company.american)
        books = bas.of_the_books(self.bookkeeper.documents(), labels)
        if company.basis == "cash":
            shop |= bas.paid_at_the_shop(sales, await self.joint.shop_list("receipts"), rates)
            books |= bas.paid_in_the_books(self.bookkeeper.documents(), self.bookkeeper.payments(), labels)
        return shop, books

    # the end

    async def _ends(self) -> None:
        """The last answers, two quiet runs, and everything is compared."""
        for _ in range(3):
            self.joint.clock.pass_time(26 * HOUR)
            await self.bookkeeper.answers_what_is_asked()
            await self._run(download=True)
            await self.bookkeeper.closes_again()
        shop, books = await self._figures()
        self.outcome.faults += bas.differences(shop, books)
        self.outcome.faults += [*dict.fromkeys(self.guard.faults), *await self.guard.made_without_leave()]
        self.outcome.counts.update(self.guard.counts)
        self.outcome.counts.update({"orders": self.shop.sold, "receipts": self.shop.paid})
        await self._questions()
        await self._tied_out()

    async def _questions(self) -> None:
        async with self.joint.runtime.database.transaction(CONNECTION) as tx:
            rows = await tx.execute(
                "SELECT kind, created_at FROM attention WHERE connection_id = %s ORDER BY created_at", (CONNECTION,)
            )
            asked = await rows.fetchall()
        for row in asked:
            number = ((row["created_at"] + self.shop.company.ahead).date() - self.begins).days
            while len(self.outcome.questions) <= number // WEEK:
                self.outcome.questions.append(Counter())
            self.outcome.questions[number // WEEK][row["kind"]] += 1
        for week, kinds in enumerate(self.outcome.questions):
            if week * WEEK >= SETTLED_AFTER and kinds.total() >= MOST_QUESTIONS:
                told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
                self.outcome.faults.append(f"week {week + 1} asks {kinds.total()} questions: {told}")

    async def _tied_out(self) -> None:
        """The product's own verdict leaves nothing without a cause."""
        runtime = self.joint.runtime
        taken = await tie_outs.take_whole(runtime.database, runtime.clock, runtime.ids, CONNECTION)
        assert taken is not None
        assert taken.certificate is not None
        async with runtime.database.transaction(CONNECTION) as tx:
            lines = [line async for line in results.lines(tx, taken.id)]
        self.outcome.counts.update(f"tied out as {line['cause']}" for line in lines)
        self.outcome.faults += [f"tie-out: {fault}" for fault in check(sealed(taken.certificate, of_the_period(lines)))]
        self.outcome.faults += [
            f"without a cause: {line['kind']} {line['number']} {line['what']} {line['oncord']} / {line['quickbooks']}"
            for line in lines
            if line["cause"] == "unexplained"
        ]


async def live(
    database_url: str,
    *,
    orders: int,
    days: int,
    seed: int = 1,
    company: Company = COMPANIES["au"],
    say: Callable[[str], None],
    begins: dt.date = BEGINS,
    seconds: float = math.inf,
) -> Outcome:
    """A year (or so many days, or what `seconds` suffice for) of a shop with so many orders a day, on an empty database."""
    outside, postman = Outside(), Postman()
    around = outside.around
    async with joined(database_url, seed=seed, country=company.country, around=around, postman=postman) as joint:
        guard = outside.guard = Guard(joint, allocations_are_free=company.basis == "accrual")
        chance = random.Random(f"year {seed}")
        bookkeeper = Bookkeeper(joint, guard, chance, company)
        await bookkeeper.begins()
        shop = Shop(joint, chance, company)
        await shop.opens()
        await _configured(joint, shop, begins)
        await subscribe(joint, postman)
        seven = dt.datetime.combine(begins, dt.time(7), dt.UTC) - company.ahead
        joint.clock.pass_time((seven - joint.clock.now()).total_seconds())
        year = Year(joint, outside, guard, shop, bookkeeper, orders, chance, say, begins, seconds)
        return await year.live(days)


async def _configured(joint: Joint, shop: Shop, begins: dt.date) -> None:
    """Each method of payment has its account; what lines without a code are, nobody has said yet."""
    accounts = {str(a["Name"]): str(a["Id"]) for a in await joint.books_list("account")}
    methods = [MappedMethod(shop.methods[m], accounts[name]) for m, name in ACCOUNTS.items()]
    methods.append(MappedMethod(shop.methods["direct_deposit"], await joint.account("Bank"), preferred=True))
    company = shop.company
    if company.foreign:
        rates = [{"currency": code, "date": "2026-01-01", "rate": str(rate)} for code, rate in RATES.items()]
        await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
        await joint.in_books("PUT", "exchange-rates", {"items": rates})
        bank = await joint.person(
            "account", {"Name": "Cards in dollars", "AccountType": "Bank", "CurrencyRef": {"value": "USD"}}
        )
        methods.append(MappedMethod(shop.methods["credit_card"], str(bank["Id"]), currency="USD"))
    await joint.configure(
        payment_methods=tuple(methods),
        untaxed_lines=UntaxedLines(),
        multi_currency=company.foreign,
        gst_basis=company.basis,
        start_date=begins - dt.timedelta(days=1),
    )
    site = joint.shop.sites[SITE]
    assert site.time_zone == ("America/Los_Angeles" if company.american else "Australia/Brisbane")
