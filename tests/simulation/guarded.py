"""B1, R3, R5, R7: no document moves in a locked period, and no money that the bank has told of, unless a person has said so.

Judged by what a call of the service has done to the books, and not by what it was meant to do: each document that it names is
held against what it was before, and so is each payment on it, since QuickBooks takes those off what is void, gone or worth less. What locks a period is what people have entered, closed and sealed; what the bank has told of is
what the simulated register holds; and what a person has said is what was answered to the last question about the record.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from tests.support.joint import CONNECTION, Joint

Body = dict[str, Any]
Key = tuple[str, str]
"""Entity as the simulator calls it, and id."""
ENTITIES = {"invoice": "Invoice", "creditmemo": "CreditMemo", "payment": "Payment", "purchase": "Purchase"}
KINDS = {"Invoice": "sale", "CreditMemo": "sale", "Payment": "receipt", "Purchase": "receipt"}
ASKED = ("locked_period", "cleared_money")
"""The kinds of questions that ask whether something of this may move."""
SURELY = 4
"""So many days old money is more than three days old in every time zone."""
BANKED = ("Cleared", "Reconciled")
"""What a bank statement says of money that it has told of."""
MAY = ("do_in_old_period", "date_first_open_day", "do_it_anyway", "unapply")
"""The answers that let something move, once."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What of a document may not move."""

    day: str
    total: Decimal
    tax: Decimal
    customer: str
    account: str
    by_code: tuple[tuple[str, Decimal], ...]
    pays: tuple[tuple[str, Decimal], ...]
    bank: str
    """What the bank statement says of it: "", "Uncleared", "Cleared", "Reconciled"."""


@dataclass
class Guard:
    """Stands at the door of the books."""

    joint: Joint
    lodged: str = ""
    """The last day of what somebody has lodged; "" for none."""
    sealed: set[str] = field(default_factory=set)
    """The sealed months ("2026-10")."""
    allocations_are_free: bool = False
    """Whether GST is by what is invoiced, so that what payments of a locked period are applied to moves no figure."""
    untold: bool = False
    """Whether QuickBooks does not tell what is cleared: then what has been in a bank account for more than three days counts as it."""
    answered: dict[str, str] = field(default_factory=dict)
    """What people have answered, by the item's id."""
    used: dict[str, int] = field(default_factory=dict)
    """In which run an answer was used."""
    run: int = 0
    went_through: bool = True
    """Whether the run before this one went through."""
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _before: dict[Key, Figures] = field(default_factory=dict)
    _paying: dict[Key, dict[Key, str]] = field(default_factory=dict)
    """The payments on the documents that a call names, with those and the id of each one's part of the call."""
    _newest: dict[str, int] = field(default_factory=dict)
    _made: list[tuple[Key, str]] = field(default_factory=list)

    # what is locked

    @property
    def closed(self) -> str:
        """QuickBooks' closing date as the company holds it now."""
        return str(self._company.preferences["AccountingInfoPrefs"].get("BookCloseDate") or "")

    @property
    def until(self) -> str:
        """The last locked day; "" where nothing is locked."""
        months = [f"{month}-31" for month in self.sealed]
        return max([self.closed, self.lodged, *months])

    @property
    def _company(self) -> Any:
        return self.joint.books.companies[self.joint.realm]

    def figures(self, key: Key) -> Figures | None:
        """What a document is at this moment; None where it is not there."""
        record = self._company.table(key[0]).rows.get(key[1])
        if record is None:
            return None
        body = record.body
        owner = body.get("CustomerRef") or body.get("EntityRef") or {}
        account = body.get("DepositToAccountRef") or body.get("AccountRef") or {}
        return Figures(
            str(body["TxnDate"]),
            _money(body.get("TotalAmt")),
            _money((body.get("TxnTaxDetail") or {}).get("TotalTax")),
            str(owner.get("value", "")),
            str(account.get("value", "")),
            _by_code(body),
            _pays(body) if key[0] == "Payment" else (),
            self._bank(key[0], record) if key[0] in ("Payment", "Purchase") else "",
        )

    def _bank(self, entity: str, record: Any) -> str:
        from app.sandbox.quickbooks.books.bank import accounts_of, status_of

        if not self.untold:
            return status_of(self._company, entity, record)
        kinds = [self._company.get("Account", each).body["AccountType"] for each in accounts_of(entity, record)]
        age = self.joint.clock.now().date() - date.fromisoformat(str(record.body["TxnDate"]))
        return "Cleared" if "Bank" in kinds and age.days > SURELY else ""

    # what the service does

    def before(self, content: Body) -> None:
        """A call is about to go out: what it names is noted as it is, and so are the payments on that."""
        self._before, self._paying = {}, {}
        self._newest = {entity: self._newest_of(entity) for entity in KINDS}
        for key, item in _named(content):
            for payment in self._payments_on(key):
                self._paying.setdefault(payment, {})[key] = item
            for each in (key, *self._payments_on(key)):
                figures = self.figures(each)
                if figures is not None:
                    self._before[each] = figures

    def _payments_on(self, key: Key) -> list[Key]:
        """The payments that are applied to a document, as that tells itself."""
        record = self._company.table(key[0]).rows.get(key[1]) if KINDS[key[0]] == "sale" else None
        ties = record.body.get("LinkedTxn") or [] if record is not None else []
        return [("Payment", str(tie["TxnId"])) for tie in ties if tie["TxnType"] == "Payment"]

    async def after(self, content: Body, answer: Body | None) -> None:
        """It was answered, or nobody knows: what it names is held against what it was, and what pays that, too."""
        refused = _refused(answer)
        named = {key: item for key, item in _named(content) if item not in refused}
        for key in named:
            if (before := self._before.get(key)) is not None:
                await self._judge(key, before, self.figures(key))
        for payment, documents in self._paying.items():
            went_through = [key for key in documents if key in named]
            if payment not in named and payment in self._before and went_through:
                await self._judge_what_pays(payment, went_through)
        for key in self._new() if answer is None else _made(answer):
            figures = self.figures(key)
            if figures is not None and figures.day <= self.until:
                self._made.append((key, figures.day))

    def _newest_of(self, entity: str) -> int:
        return int(next(reversed(self._company.table(entity).rows), "0"))

    def _new(self) -> Iterator[Key]:
        """What is there since the call, where nobody has heard its answer."""
        for entity, newest in self._newest.items():
            for identifier in reversed(self._company.table(entity).rows):
                if int(identifier) <= newest:
                    break
                yield entity, identifier

    async def _judge(self, key: Key, before: Figures, after: Figures | None) -> None:
        moved = _moved(before, after)
        if not moved:
            return
        days = [each.day for each in (before, after) if each is not None]
        in_locked = moved - ({"pays"} if self.allocations_are_free else set())
        if any(day <= self.until for day in days) and in_locked:
            await self._needs_an_answer("B1", key, before, after, f"a locked period (up to {self.until})", in_locked)
        of_bank = moved & {"day", "total", "account", "gone"}
        if before.bank in BANKED and of_bank:
            await self._needs_an_answer("R3/R7", key, before, after, f"money that is {before.bank.lower()}", of_bank)
        if before.bank in BANKED and after is not None and await self._let_go_of_what_was_deleted(before, after):
            await self._needs_an_answer("S3", key, before, after, f"money that is {before.bank.lower()}", {"pays"})

    async def _let_go_of_what_was_deleted(self, before: Figures, after: Figures) -> bool:
        """Whether money is taken off the document of a sale that was deleted in the shop, and pays nothing instead."""
        now = dict(after.pays)
        less = [name.partition(":")[2] for name, amount in before.pays if now.get(name, Decimal(0)) < amount]
        if not less or sum(now.values()) >= sum(dict(before.pays).values()):
            return False
        stubs = await self.joint.shop_list("sales", deleted=True)
        gone = {str(sale["id"]) for sale in stubs if sale.get("deleted")}
        sales = [sale_id for each in less for _, sale_id in await self._linked("sale", each)]
        return bool(gone.intersection(sales))

    async def _judge_what_pays(self, payment: Key, documents: list[Key]) -> None:
        """What a call has done to a payment that it does not name: QuickBooks takes it off what is void, gone, or worth less by then."""
        before, after = self._before[payment], self.figures(payment)
        if after is None and not before.total:  # it moved no money, and has nothing left to join
            after = replace(before, pays=())
        await self._judge(payment, before, after)
        freed = after is not None and before.pays != after.pays
        if freed and before.bank in BANKED and any(self._counts_no_more(each) for each in documents):
            await self._needs_an_answer(
                "S3/S5", payment, before, after, f"money that is {before.bank.lower()}", {"pays"}
            )

    def _counts_no_more(self, key: Key) -> bool:
        figures = self.figures(key)
        return figures is None or not figures.total

    async def _needs_an_answer(
        self, rule: str, key: Key, before: Figures, after: Figures | None, what: str, moved: set[str]
    ) -> None:
        locked = any(each.day <= self.until for each in (before, after) if each is not None)
        for kind, record_id in await self._records_of(key, before, after, moved):
            if await self._may(kind, record_id, rule, locked=locked):
                self.counts[f"{rule} moved as answered"] += 1
                return
        self.faults.append(
            f"{rule}: the service moves {', '.join(sorted(moved))} of {key[0]} {key[1]}, {what}, and nobody has said so:"
            f" {before} becomes {after} (run {self.run})"
        )

    async def _records_of(self, key: Key, before: Figures, after: Figures | None, moved: set[str]) -> list[Key]:
        """The records of the shop that an answer may be about: the document's own; of a payment that is applied otherwise or
        goes to another customer also the sales that it pays, since what pays a document goes along with it."""
        found = await self._linked(KINDS[key[0]], key[1])
        if KINDS[key[0]] == "receipt" and moved <= {"pays", "customer"}:
            for each in (before, after):
                for paid, _ in each.pays if each is not None else ():
                    found += await self._linked("sale", paid.partition(":")[2])
        return found

    async def _linked(self, kind: str, quickbooks_id: str) -> list[Key]:
        async with self.joint.runtime.database.transaction(CONNECTION) as tx:
            rows = await tx.execute(
                "SELECT oncord_id FROM link WHERE connection_id = %s AND kind = %s AND quickbooks_id = %s"
                " ORDER BY state = 'live' DESC, id DESC",
                (CONNECTION, kind, quickbooks_id),
            )
            return [(kind, str(row["oncord_id"])) for row in await rows.fetchall()]

    async def _may(self, kind: str, record_id: str, rule: str, *, locked: bool) -> bool:
        """Whether the last question about a record was answered so that it may move, and that was not used up by an earlier
        run that went through. Where nothing is locked any more, what was asked about that and never answered is no question."""
        asked = ASKED if rule == "B1" else (*ASKED, "conflict")
        async with self.joint.runtime.database.transaction(CONNECTION) as tx:
            rows = await tx.execute(
                "SELECT id FROM attention WHERE connection_id = %s AND kind = ANY(%s) AND record_kind = %s"
                " AND record_id = %s AND (kind = ANY(%s) OR resolution = 'use_other')"
                " AND (%s OR kind <> 'locked_period' OR (state = 'resolved' AND resolved_by NOT IN ('', 'sync')))"
                " ORDER BY created_at DESC, id DESC LIMIT 1",
                (CONNECTION, list(asked), kind, record_id, list(ASKED), locked),
            )
            last = await rows.fetchone()
        if last is None or self.answered.get(str(last["id"])) not in (*MAY, "use_other"):
            return False
        return self.used.setdefault(str(last["id"]), self.run) == self.run

    # runs

    def run_begins(self) -> None:
        """Another run is about to begin."""
        if self.went_through:
            self.run += 1

    def run_ended(self, *, through: bool) -> None:
        """It ended, and went through or not: what did not go through the next one goes on with."""
        self.went_through = through

    async def made_without_leave(self) -> list[str]:
        """What the service has made in a locked period although nobody had said so, as far as it is still there."""
        told = []
        for key, day in self._made:
            if self.figures(key) is None:
                continue
            records = await self._linked(KINDS[key[0]], key[1])
            said = [each for each in records if await self._ever_said(*each)]
            if not said:
                told.append(f"B1: the service made {key[0]} {key[1]}, dated {day}, in a locked period")
        return told

    async def _ever_said(self, kind: str, record_id: str) -> bool:
        async with self.joint.runtime.database.transaction(CONNECTION) as tx:
            rows = await tx.execute(
                "SELECT id FROM attention WHERE connection_id = %s AND kind = ANY(%s) AND record_kind = %s AND record_id = %s",
                (CONNECTION, list(ASKED), kind, record_id),
            )
            return any(self.answered.get(str(row["id"])) in MAY for row in await rows.fetchall())


def _moved(before: Figures, after: Figures | None) -> set[str]:
    if after is None:
        return {"gone"}
    members = ("day", "total", "tax", "customer", "account", "by_code", "pays")
    return {name for name in members if getattr(before, name) != getattr(after, name)}


def _named(content: Body) -> Iterator[tuple[Key, str]]:
    """The documents that a call to QuickBooks names by id, each with the id of its part of the call."""
    for item in content.get("BatchItemRequest", []):
        for name, body in item.items():
            if isinstance(body, dict) and name.lower() in ENTITIES and body.get("Id"):
                yield (ENTITIES[name.lower()], str(body["Id"])), str(item["bId"])


def _refused(answer: Body | None) -> set[str]:
    return {str(item["bId"]) for item in (answer or {}).get("BatchItemResponse", []) if "Fault" in item}


def _made(answer: Body | None) -> Iterator[Key]:
    for item in (answer or {}).get("BatchItemResponse", []):
        for name, body in item.items():
            if isinstance(body, dict) and name in KINDS and str(body.get("SyncToken")) == "0":
                yield name, str(body["Id"])


def _by_code(body: Body) -> tuple[tuple[str, Decimal], ...]:
    found: dict[str, Decimal] = {}
    for line in body.get("Line") or []:
        detail = line.get("SalesItemLineDetail") or {}
        if detail:
            code = str((detail.get("TaxCodeRef") or {}).get("value", ""))
            found[code] = found.get(code, Decimal(0)) + _money(line.get("Amount"))
    return tuple(sorted((code, amount) for code, amount in found.items() if amount))


def _pays(body: Body) -> tuple[tuple[str, Decimal], ...]:
    found: dict[str, Decimal] = {}
    for line in body.get("Line") or []:
        for tie in line.get("LinkedTxn") or []:
            name = f"{tie['TxnType']}:{tie['TxnId']}"
            found[name] = found.get(name, Decimal(0)) + _money(line.get("Amount"))
    return tuple(sorted((name, amount) for name, amount in found.items() if amount))


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))
