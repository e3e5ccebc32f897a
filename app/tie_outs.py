"""Takes a tie-out: reads both mirrors as they stand at one moment, has them judged, and keeps what was found.

Neither a run nor a service: both ask for it. It reads and writes only what belongs to tie-outs, in one transaction, and
holds one batch of records at a time, the figures of both sides, and the names of who is who.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from typing import Protocol

from app import log
from app.domain.model.configuration import Configuration
from app.domain.model.gst_periods import next_end
from app.domain.model.ledger import Ledger
from app.domain.model.records import Kind, Side
from app.lock_date import lock_in_force
from app.sealed_months import ring
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.database import Database, Transaction
from app.storage.records import source_checks
from app.storage.tieouts import groups as reading
from app.storage.tieouts import open_matters, results, seals
from app.storage.tieouts import ties as tying
from app.storage.tieouts.groups import Touched
from app.storage.tieouts.results import Known, MappedBefore, Moments, TieOut
from app.tie_out_certificates import Checks, Stated, Waiting, home_of, month_told, period_of, rest_of, zone_of
from app.tieout.ageing import PeriodEnd, amber
from app.tieout.causes import Cause
from app.tieout.certificate import (
    Plain,
    Seal,
    counting,
    difference_to_plain,
    figures_to_plain,
    issued_as,
    light,
    of_the_period,
    rounding_to_plain,
    unexplained_amounts,
)
from app.tieout.differences import Difference
from app.tieout.facts import BAD_DEBT, Group, Settings
from app.tieout.figures import OWED
from app.tieout.judge import Judge
from app.tieout.people import Person
from app.tieout.period import Period, month_of
from app.tieout.rolls import Rolls
from app.tieout.signature import public_key, sign
from app.tieout.texts import bound

_log = log.get(__name__)

COMPARED = (Kind.SALE, Kind.RECEIPT)
Changed = Mapping[tuple[Side, Kind], set[str]]


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> dt.datetime:
        """The present moment, in UTC."""
        ...


class Ids(Protocol):
    """Makes ids that sort by time."""

    def new(self, prefix: str) -> str:
        """Make an id with this prefix."""
        ...


async def take_whole(
    database: Database,
    clock: Clock,
    ids: Ids,
    connection_id: str,
    *,
    run_id: str = "",
    asked_by: str = "",
    period: Period | None = None,
    ledger: Ledger | None = None,
    waiting: Waiting | None = None,
    key: str = "",
) -> TieOut | None:
    """Compare all of a connection; None where it is not configured, or one is being taken at this moment.

    Its certificate is about `period` (None: since the books were last locked), held against what the `ledger` says of that, where
    it was read, names what had changed and was still `waiting` for a synchronisation, and is signed with `key` ("": not at all).
    """
    about = (period, ledger, waiting)
    return await _take(
        database, clock, ids, connection_id, run_id=run_id, asked_by=asked_by, whole=True, about=about, key=key
    )


async def take_touched(database: Database, clock: Clock, ids: Ids, connection_id: str, run_id: str) -> TieOut | None:
    """Compare what one run looked at, and what hangs together with it."""
    return await _take(database, clock, ids, connection_id, run_id=run_id, asked_by="", whole=False)


async def _take(
    database: Database,
    clock: Clock,
    ids: Ids,
    connection_id: str,
    *,
    run_id: str,
    asked_by: str,
    whole: bool,
    about: tuple[Period | None, Ledger | None, Waiting | None] = (None, None, None),
    key: str = "",
) -> TieOut | None:
    now = clock.now()
    async with database.transaction(connection_id, one_moment=True) as tx:
        connection = await connections.get(tx, connection_id)
        if connection is None or connection.configuration is None or not await results.one_at_a_time(tx, connection_id):
            return None
        moments = await results.moments(tx, connection_id)
        settings = settings_of(connection.configuration, await results.mapped_before(tx, connection_id))
        checks = await source_checks.load(tx, connection_id)
        lock = await lock_in_force(tx, connection)
        today = now.astimezone(zone_of(connection)).date()
        asked, ledger, waiting = about
        month = month_of(f"{today:%Y-%m}")
        certified = asked or period_of(connection, lock, today)
        rolls = (Rolls(certified, home_of(connection, certified)), Rolls(month)) if whole else ()
        taking = _Taking(tx, connection, settings, moments, checks, ids.new("tie"), today, rolls)
        changed = None if whole else await _around(tx, connection_id, run_id)
        await taking.judge(changed)
        await seals.compare(tx, connection_id, changed)
        found = await taking.end(now, run_id=run_id, asked_by=asked_by, ledger=ledger, waiting=waiting, key=key)
    async with database.transaction(connection_id) as tx:
        await ring(tx, ids, connection_id, clock.now())
    _log.info("tie-out taken", scope=found.scope, judged=found.judged, differences=found.differences)
    if found.unexplained:
        _log.error("a tie-out found differences without a cause", unexplained=found.unexplained, tie_out=found.id)
    return found


def settings_of(configuration: Configuration, before: MappedBefore) -> Settings:
    """What was configured, as the judge needs it."""
    accounts = {
        (method.id, configuration.books_currency(method.currency)): method.deposit_account_id
        for method in configuration.payment_methods
        if method.deposit_account_id
    }
    left_out = frozenset(
        (method.id, configuration.books_currency(method.currency))
        for method in configuration.payment_methods
        if method.left_out and not method.deposit_account_id
    )
    mapped = [code for code in configuration.tax_codes if code.quickbooks_id]
    chosen = configuration.untaxed_lines.chosen()
    american = frozenset({"NON"} if configuration.country == "US" else ())
    of_none = american or chosen
    return Settings(
        start_date=configuration.start_date,
        accounts=accounts,
        unmapped_account=configuration.unmapped_methods_account,
        left_out=left_out,
        codes={code.code: code.quickbooks_id for code in mapped},
        several_currencies=configuration.multi_currency,
        home_currency=configuration.home_currency,
        numbers_travel=configuration.document_numbers == "oncord",
        accounts_before=before.accounts,
        codes_before=before.codes,
        code_of_none=next(iter(of_none)) if len(of_none) == 1 else "",
        codes_of_none=of_none | before.codes_of_none,
        bad_debt_item=configuration.items.reason_items.get(BAD_DEBT, ""),
    )


def period_end_of(connection: Connection) -> PeriodEnd:
    """Where the periods end that GST, or sales tax, is reported for, as it was configured."""
    configuration = connection.configuration
    assert configuration is not None  # or nothing is compared
    return lambda day: next_end(configuration.gst_period, day, configuration.country)


async def _around(tx: Transaction, connection_id: str, run_id: str) -> Changed:
    """What a run looked at, with the documents that its money pays."""
    touched = {key: set(ids) for key, ids in (await results.touched_by(tx, connection_id, run_id)).items()}
    matters = open_matters.Matters({}, {}, {}, {})
    money = Touched(*(touched.get((side, Kind.RECEIPT), set()) for side in Side))
    async for batch in reading.groups(tx, connection_id, Kind.RECEIPT, matters, money):
        for entry in (entry for group in batch for entry in group.entries):
            documents = touched.setdefault((Side(entry.side), Kind.SALE), set())
            documents.update(part.document_id for part in entry.applied)
    return touched


class _Taking:
    """One tie-out while it is taken."""

    def __init__(
        self,
        tx: Transaction,
        connection: Connection,
        settings: Settings,
        moments: Moments,
        checks: Checks,
        tie_out_id: str,
        today: dt.date,
        rolls: tuple[Rolls, ...],
    ) -> None:
        self._tx = tx
        self._connection = connection
        self._moments = moments
        self._checks = checks
        self._id = tie_out_id
        self._rolls = rolls
        self._judge = Judge(settings, *rolls)
        self._seal = Seal()
        self._count = 0
        self._unexplained = 0
        self._counting = 0
        """How many differences the certificate agrees, or does not agree, by."""
        self._alarms: list[Plain] = []
        """Those of them without a cause: there are none, or few."""
        self._today = today
        self._period_end = period_end_of(connection)
        self._since: dict[Known, str] = {}
        """Since when what was known before had been known."""

    async def judge(self, changed: Changed | None) -> None:
        """Judge all groups, documents first; what was found before about the same records no longer stands."""
        connection_id = self._connection.id
        if changed is None:
            self._since = await results.supersede(self._tx, connection_id, None)
        else:
            about = {results.subject(side, kind, i) for (side, kind), ids in changed.items() for i in ids}
            self._since = await results.supersede(self._tx, connection_id, about)
        ids = None if changed is None else {i for some in changed.values() for i in some}
        matters = await open_matters.load(self._tx, connection_id, ids)
        people = await tying.everybody(self._tx, connection_id) if changed is None else None
        for kind in COMPARED:
            touched = None if changed is None else Touched(*(changed.get((side, kind), set()) for side in Side))
            async for batch in reading.groups(self._tx, connection_id, kind, matters, touched):
                await self._judge_batch(batch, people, whole=changed is None)

    async def _judge_batch(self, batch: list[Group], people: Mapping[Person, str] | None, *, whole: bool) -> None:
        known = await tying.around(self._tx, self._connection.id, batch) if people is None else people
        ties = await tying.ties(self._tx, self._connection.id, batch, known)
        if not whole:  # their counterparts may not have been touched themselves
            self._since |= await results.supersede(self._tx, self._connection.id, set(_subjects(batch)))
        found = [difference for group in batch for difference in self._judge.take(group, ties)]
        await self._keep(found)

    async def _keep(self, found: list[Difference]) -> None:
        if not found:
            return
        told = [side for each in found for side in (each.party, each.oncord, each.quickbooks)]
        parties = {party for side in told for party in side.split(", ")}
        names = await results.names(self._tx, self._connection.id, parties)
        lines = [self._line(difference, names) for difference in found]
        certified = of_the_period(lines)
        for line in certified:
            self._seal.add(line)
        await results.add(self._tx, self._connection.id, self._id, self._count, lines)
        self._count += len(lines)
        self._unexplained += sum(line["cause"] == Cause.UNEXPLAINED for line in lines)
        self._counting += len(counting(certified))
        self._alarms += [line for line in certified if line["cause"] == Cause.UNEXPLAINED]

    def _line(self, difference: Difference, names: Mapping[str, str]) -> Plain:
        moves = self._judge.moves_in_period(difference)
        return self._aged(difference, difference_to_plain(difference, moves, names))

    def _aged(self, difference: Difference, line: Plain) -> Plain:
        """A difference with the day since which it is known, and why it is overdue where it is."""
        since = self._since.get(results.known(line), self._today.isoformat())
        overdue = amber(difference.cause, dt.date.fromisoformat(since), difference.date, self._today, self._period_end)
        return bound({**line, "since": since, "overdue": overdue}, _salt())

    async def end(
        self,
        now: dt.datetime,
        *,
        run_id: str,
        asked_by: str,
        ledger: Ledger | None,
        waiting: Waiting | None,
        key: str,
    ) -> TieOut:
        """Hold the figures against each other, and keep what the tie-out came to: a whole one with its certificate."""
        *_, rest = self._judge.end()
        await self._keep(rest)
        certificate, month, proof = None, None, ""
        if self._rolls:
            certified = self._judge.certified()
            figures = figures_to_plain(certified.oncord, certified.quickbooks, certified.by_cause, {})
            certificate, month = await self._certificate(figures, ledger, waiting, now, public_key(key))
            proof = self._seal.close(certificate)
        found = TieOut(
            id=self._id,
            connection_id=self._connection.id,
            scope="touched" if certificate is None else "whole",
            run_id=run_id,
            asked_by=asked_by,
            taken_at=now,
            judged=self._judge.judged,
            differences=self._count,
            unexplained=self._unexplained,
            certificate=certificate,
            month=month,
            hash=proof,
            signature=sign(key, proof) if proof else "",
            ledger_checked_at=ledger.read_at if ledger is not None and ledger.says_something else None,
        )
        await results.save(self._tx, found)
        return found

    async def _certificate(
        self,
        figures: list[Plain],
        ledger: Ledger | None,
        waiting: Waiting | None,
        now: dt.datetime,
        signed_by: str,
    ) -> tuple[Plain, Plain]:
        """All of the certificate but its differences, and what is told of the month beside it."""
        names = await results.names(self._tx, self._connection.id, (figure["key"] for figure in figures))
        counts = (self._counting, len(self._alarms))
        rolls, month = self._rolls
        stated = Stated(
            connection=self._connection,
            moments=self._moments,
            checks=self._checks,
            sealed=await seals.months(self._tx, self._connection.id),
            lock=await lock_in_force(self._tx, self._connection),
            rolls=rolls,
            month=month,
            figures=[{**figure, "name": names.get(figure["key"], "")} for figure in figures],
            ledger=ledger,
            waiting=waiting,
            signed_by=signed_by,
        )
        rest = await rest_of(self._tx, self._id, now, stated)
        certificate = {
            **rest,
            "figures": [bound(each, _salt()) if each["table"] == OWED else each for each in rest["figures"]],
            "judged": self._judge.judged,
            "light": light(*counts),
            "issued_as": issued_as(*counts),
            "unexplained": unexplained_amounts(self._alarms),
            "rounding": rounding_to_plain(self._judge.certified().rounding),
        }
        return certificate, month_told(stated)


def _salt() -> str:
    """Of the system's own chance: nothing that is decided or ordered depends on it."""
    return secrets.token_hex(16)


def _subjects(batch: Iterable[Group]) -> Iterable[str]:
    for group in batch:
        for entry in group.entries:
            yield results.subject(entry.side, Kind.SALE if entry.is_document else Kind.RECEIPT, entry.id)
