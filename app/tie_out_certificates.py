"""What a certificate says besides differences and figures: whose records, of which period, as read when, under which lock,
what was not compared, and how each side's receivables, accounts and numbers come out (`app.tieout.rolls`)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property

from app import VERSION
from app.domain.guards.locked_period import Lock
from app.domain.model.currencies import unit_of
from app.domain.model.ledger import Ledger
from app.domain.model.records import Kind, Side
from app.sealed_months import named
from app.storage.connections.channel_names import channel_names
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.records.source_checks import SourceCheck
from app.storage.tieouts import contents
from app.storage.tieouts.results import Moments
from app.storage.tieouts.seals import SealedMonth
from app.storage.tieouts.vouchers import vouchers
from app.tieout.cash import abroad_by_payment, counted_by_payment
from app.tieout.certificate import FORMAT, NOTICE, Plain
from app.tieout.figures import BY_MONTH
from app.tieout.home import Abroad, Home, code_at_home, rolled_at_home
from app.tieout.labels import labels_of
from app.tieout.ledger import Balances, held_against
from app.tieout.numbers import written
from app.tieout.period import Period
from app.tieout.rolls import Rolls
from app.zones import zone_named

Checks = Mapping[tuple[Side, Kind], SourceCheck]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Changed records that waited for a synchronisation when both sides were compared, the first of them `since` then."""

    records: int
    since: dt.datetime


@dataclass(frozen=True)
class Stated:
    """What is known when a whole tie-out has been taken."""

    connection: Connection
    moments: Moments
    checks: Checks
    sealed: Sequence[SealedMonth]
    lock: Lock | None
    rolls: Rolls
    month: Rolls
    """Those of the month in which it is taken."""
    figures: Sequence[Plain]
    """With names."""
    ledger: Ledger | None
    """What QuickBooks' reports say of the period; None where nobody has read them."""
    waiting: Waiting | None
    """What had changed and was in none of what was compared; None where nothing was known to."""
    signed_by: str
    """The public key; "" where the installation has none."""

    @property
    def home_currency(self) -> str:
        """The company's own; "" where it is not known."""
        configured = self.connection.configuration
        return configured.home_currency if configured else ""

    @cached_property
    def abroad(self) -> Abroad:
        """What QuickBooks' documents in other currencies come to at home."""
        return self.rolls.home.found() if self.rolls.home is not None else Abroad()


def zone_of(connection: Connection) -> dt.tzinfo:
    """The time zone of a connection's site, in which its days begin."""
    return zone_named(zone_name(connection))


def zone_name(connection: Connection) -> str:
    """What that time zone is called; UTC where nobody has said it."""
    return _fact(connection, Side.ONCORD, "time_zone") or "UTC"


def period_of(connection: Connection, lock: Lock | None, today: dt.date) -> Period:
    """What a certificate is about where nobody names a period: everything since the books were last locked, or else since the
    start date, up to today."""
    configured = connection.configuration
    first = lock.first_open_day if lock else configured.start_date if configured else today
    return Period(min(first, today.replace(day=1)), today)


async def rest_of(tx: Transaction, tie_out_id: str, taken_at: dt.datetime, stated: Stated) -> Plain:
    """All of a certificate that is neither judged nor counted from differences."""
    connection, configuration, period = stated.connection, stated.connection.configuration, stated.rolls.period
    as_of = {"oncord": stated.moments.oncord, "quickbooks": stated.moments.quickbooks}
    previous = await contents.last_whole(tx, connection.id)
    before = await contents.last_about(tx, connection.id, period)
    home, abroad = stated.home_currency, stated.abroad
    roll_forward = [rolled_at_home(each, abroad, home) for each in stated.rolls.roll_forward()]
    by_code = [code_at_home(each, abroad, home) for each in _by_code(stated)]
    names, codes = _channel_names(stated), _code_names(connection)
    accounts = [{**each, "name": names.get(each["channel"], "")} for each in stated.rolls.accounts()]
    held = (roll_forward, by_code, accounts)
    return {
        "format": FORMAT,
        "id": tie_out_id,
        "notice": NOTICE,
        "connection": connection.name,
        "site": _fact(connection, Side.ONCORD, "name"),
        "company": _fact(connection, Side.QUICKBOOKS, "name"),
        "parties": {
            "oncord": {"id": _fact(connection, Side.ONCORD, "id"), "address": connection.oncord_api_url},
            "quickbooks": {"realm": connection.realm_id},
        },
        "period": {
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "zone": zone_name(connection),
        },
        "taken_at": taken_at.isoformat(),
        "waiting": {"records": stated.waiting.records, "since": stated.waiting.since.isoformat()}
        if stated.waiting
        else None,
        "as_of": {side: moment.isoformat() if moment else "" for side, moment in as_of.items()},
        "product_version": VERSION,
        "configuration_version": connection.configuration_version,
        "checked": {side.value: _checked(stated.checks, side) for side in Side},
        "sealed": [_sealed(month) for month in stated.sealed],
        "locked": _locked(stated.lock),
        "gst_basis": configuration.gst_basis if configuration else "undecided",
        "signed_by": stated.signed_by,
        "previous": previous,
        "supersedes": await contents.last_of(tx, connection.id, period),
        "roll_forward": roll_forward,
        "by_code": by_code,
        "accounts": accounts,
        "ledger": await _ledger(tx, stated, held),
        "ledger_before": await contents.ledger_checked_at(tx, connection.id),
        "vouchers": await vouchers(
            tx, connection.id, sorted(configuration.voucher_items) if configuration else [], period.last
        ),
        "numbers": stated.rolls.series(),
        "deleted": await contents.deleted_numbers(tx, connection.id, period),
        "changed": await contents.changed_since(tx, connection.id, before, period) if before else None,
        "not_compared": stated.rolls.not_compared(),
        "figures": [{**each, "name": each["name"] or _figure_name(each, names, codes)} for each in stated.figures],
    }


def month_told(stated: Stated) -> Plain:
    """What the connection's page says of the month in which the tie-out was taken: no part of the certificate, which has its own days."""
    names = _channel_names(stated)
    return {
        "month": f"{stated.month.period.first:%Y-%m}",
        "roll_forward": stated.month.roll_forward(),
        "accounts": [{**each, "name": names.get(each["channel"], "")} for each in stated.month.accounts()],
    }


def _figure_name(figure: Plain, channels: Mapping[str, str], codes: Mapping[str, str]) -> str:
    """What a figure is called: its account, or its tax code and its month."""
    if figure["table"] not in BY_MONTH:
        return channels.get(figure["key"], "")
    code, _, month = figure["key"].rpartition(" ")
    called = codes.get(code) or (f"tax code {code}" if code else "") or ("no code" if " " in figure["key"] else "")
    return ", ".join(part for part in (called, named(month) if month else "no date") if part)


def home_of(connection: Connection, period: Period) -> Home | None:
    """What takes documents in other currencies; None where it is not known which one the company keeps."""
    configured = connection.configuration
    if configured is None or not configured.home_currency:
        return None
    home = configured.home_currency
    return Home(period, home, unit_of(home), cache(lambda code: labels_under(connection, code)))


def labels_under(connection: Connection, code: str) -> list[str]:
    """The labels of a BAS that what bears a tax code stands on."""
    configured = connection.configuration
    names, country = _code_names(connection), configured.country if configured else ""
    return labels_of(code, _rates(connection).get(code, ""), country, names.get(code, ""))


def _by_code(stated: Stated) -> list[Plain]:
    """Sales and tax of the days of the period under each tax code, with the labels of a BAS that they stand on."""
    names = _code_names(stated.connection)
    return [
        {**row, "name": names.get(row["code"], ""), "labels": labels_under(stated.connection, row["code"])}
        for row in stated.rolls.by_code()
    ]


async def _on_its_basis(tx: Transaction, stated: Stated, by_code: list[Plain]) -> tuple[list[Plain], Abroad]:
    """Sales and tax by code as the ledger was asked for them: of the documents of the period, or of what was paid in it."""
    if stated.ledger is None or stated.ledger.basis != "Cash":
        return by_code, stated.abroad
    connection, home = stated.connection, stated.home_currency
    settled = await contents.settled_by_payment(tx, connection.id, stated.rolls.period)
    counted = counted_by_payment(settled, home)
    rows = [
        {
            "code": code,
            "currency": currency,
            "labels": labels_under(connection, code),
            "quickbooks": {"sales": str(sales), "tax": str(tax)},
        }
        for (code, currency), (sales, tax) in sorted(counted.items())
    ]
    return rows, abroad_by_payment(settled, home, stated.abroad)


async def _ledger(
    tx: Transaction, stated: Stated, counted: tuple[list[Plain], list[Plain], list[Plain]]
) -> Plain | None:
    """What the ledger says of the period, held against the documents; None where it was not read for this certificate."""
    ledger, home = stated.ledger, stated.home_currency
    if ledger is None:
        return None
    roll_forward, by_code, moved = counted
    taxed, abroad = await _on_its_basis(tx, stated, by_code)
    accounts = {account: (each.name, each.amount) for account, each in ledger.accounts.items()}
    balances = Balances(ledger.receivables, ledger.labels, accounts, ledger.by_customer)
    known = abroad if stated.rolls.home is not None else None
    lines = held_against(balances, home, roll_forward, taxed, moved, stated.rolls.currencies, known)
    beyond = any(line["beyond"] is not None and Decimal(line["beyond"]) for line in lines)
    return {
        "checked_at": ledger.read_at.isoformat(),
        "basis": ledger.basis,
        "not_told": list(ledger.not_told),
        "lines": lines,
        **(await _entries(tx, stated.connection.id, ledger, home) if beyond else {}),
    }


async def _entries(tx: Transaction, connection_id: str, ledger: Ledger, home: str) -> Plain:
    """The transactions of the period that are no synchronised document, without names: the first of them, and how many there are.
    `entries` is None where QuickBooks did not list them."""
    if ledger.entries is None:
        return {"entries": None, "entry_count": 0}
    known = await contents.synchronised(tx, connection_id, [each.id for each in ledger.entries])
    alone = sorted((each for each in ledger.entries if each.id not in known), key=lambda each: (each.date, each.id))
    shown = [
        {
            "kind": each.kind,
            "number": each.number,
            "date": each.date.isoformat(),
            "currency": home,
            "amount": written(each.amount),
        }
        for each in alone[: contents.SHOWN]
    ]
    return {"entries": shown, "entry_count": len(alone)}


def _channel_names(stated: Stated) -> dict[str, str]:
    """What accounts and payment methods are called: as they were last read, or as the ledger was."""
    read = stated.ledger.accounts if stated.ledger else {}
    return channel_names(stated.connection) | {f"account:{account}": each.name for account, each in read.items()}


def _code_names(connection: Connection) -> Mapping[str, str]:
    """What QuickBooks' tax codes were called when the connection was configured."""
    return ((connection.facts or {}).get(Side.QUICKBOOKS.value) or {}).get("tax_codes") or {}


def _rates(connection: Connection) -> Mapping[str, str]:
    """The rate of each of QuickBooks' tax codes that is mapped, in percent."""
    configured = connection.configuration
    return {code.quickbooks_id: code.rate for code in configured.tax_codes if code.rate} if configured else {}


def _fact(connection: Connection, side: Side, name: str) -> str:
    return str(((connection.facts or {}).get(side.value) or {}).get(name) or "")


def _checked(checks: Checks, side: Side) -> Plain:
    """When a mirror was last held against its side: by number, each record by itself, and what differed unsaid."""
    mine = [check for check in checks.values() if check.side is side]
    counted = [check.checked_at for check in mine if check.checked_at is not None]
    compared = [check.compared_at for check in mine if check.compared_at is not None]
    return {
        "counted_at": min(counted).isoformat() if len(counted) == len(mine) else "",
        "compared_at": min(compared).isoformat() if len(compared) == len(mine) else "",
        "found": sum(check.found for check in mine),
    }


def _locked(lock: Lock | None) -> Plain | None:
    """Up to when the books were locked, and by what (B1)."""
    if lock is None:
        return None
    return {"until": lock.until.isoformat(), "by": lock.by.value, "why": lock.in_words}


def _sealed(month: SealedMonth) -> Plain:
    """A sealed month, with how many of its documents have moved since."""
    counts = {"documents": month.documents, "differences": month.differences, "moved": month.moved}
    return {"month": month.month, "sealed_at": month.sealed_at.isoformat(), "sealed_by": month.sealed_by, **counts} | {
        "hash": month.hash
    }
