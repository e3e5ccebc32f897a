"""Tie-outs on demand, and their certificates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app import log, tie_outs
from app.domain.model.actor import Actor
from app.domain.model.ledger import Ledger
from app.errors import Conflict, NotFound, OutsideError
from app.freshness import outlooks
from app.lock_date import lock_in_force
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.paging import Page
from app.storage.people import audit
from app.storage.tieouts import contents, results
from app.storage.tieouts.results import Plain, TieOut
from app.tie_out_certificates import Waiting, period_of, zone_of
from app.tieout.certificate import carried_in, counting, of_the_period, sealed
from app.tieout.period import Period

_log = log.get(__name__)
SHOWN = 200
"""So many differences are shown on a page; a certificate has all of its days."""


async def take(
    container: ServiceContainer,
    connection_id: str,
    *,
    who: Actor,
    period: Period | None = None,
    with_ledger: bool = False,
) -> TieOut:
    """Compare both sides now, as they were last read; the certificate is about `period`, or what is not locked yet, and is held
    against QuickBooks' own reports (`with_ledger`) where these are to be had.

    Raises `NotFound` without the connection, and `Conflict` before it is configured or while another one is taken.
    """
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        if connection.configuration is None:
            raise Conflict(
                "configuration-required", "There is nothing to compare before this connection is configured."
            )
        await audit.record(tx, connection_id, at=container.clock.now(), who=who, action="tie_out.requested")
        lock = await lock_in_force(tx, connection)
        waiting = await _waiting(container, tx, connection_id)
    today = container.clock.now().astimezone(zone_of(connection)).date()
    about = period or period_of(connection, lock, today)
    ledger = await _ledger(container, connection, about) if with_ledger else None
    tie_out = await tie_outs.take_whole(
        container.database,
        container.clock,
        container.ids,
        connection_id,
        asked_by=who.name,
        period=about,
        ledger=ledger,
        waiting=waiting,
        key=container.certificate_key,
    )
    if tie_out is None:
        raise Conflict("tie-out-under-way", "Both sides are being compared at this moment. Ask again in a minute.")
    return tie_out


async def _waiting(container: ServiceContainer, tx: Transaction, connection_id: str) -> Waiting | None:
    """What has changed and waits for a person to synchronise, or for longer than it should."""
    ahead = await outlooks(tx, [connection_id], container.clock.now(), container.allowed, frozenset())
    outlook = ahead.get(connection_id)
    if outlook is None or outlook.behind_since is None:
        return None
    return Waiting(outlook.behind, outlook.behind_since)


async def _ledger(container: ServiceContainer, connection: Connection, period: Period) -> Ledger | None:
    """What QuickBooks' own reports say of a period; None where it cannot be asked at this moment."""
    configured = connection.configuration
    if configured is None or not connection.realm_id:
        return None
    clearing = {method.deposit_account_id or "" for method in configured.payment_methods} - {""}
    basis = "Cash" if configured.gst_basis == "cash" else "Accrual"
    try:
        return await container.company(connection.id, connection.realm_id).ledger(
            period.first,
            period.last,
            basis=basis,
            clearing=clearing | ({configured.unmapped_methods_account} - {""}),
            labels=configured.country == "AU",
        )
    except OutsideError as error:
        _log.warning("the ledger could not be read", error=repr(error))
        return None


async def list_tie_outs(
    container: ServiceContainer, connection_id: str, limit: int, cursor: str | None
) -> Page[TieOut]:
    """The tie-outs of everything, the newest first."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await results.page(tx, connection_id, limit, cursor)


async def read_certificate(container: ServiceContainer, connection_id: str, tie_out_id: str) -> Plain:
    """The certificate of a tie-out, whole. Raises `NotFound` where the connection has none of this id."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        tie_out = await results.get(tx, connection_id, tie_out_id)
        if tie_out is None or tie_out.certificate is None:
            raise NotFound("tie-out-not-found", "This connection has no tie-out with this id.")
        lines = of_the_period([line async for line in results.lines(tx, tie_out_id)])
        return {**sealed(tie_out.certificate, lines), "signature": tie_out.signature}


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a certificate speaks for or against it."""

    own: Sequence[Plain]
    """The differences by which it agrees or not."""
    carried: Sequence[Plain]
    """Those of before its period that are part of what was owed, or lay in an account, on its first day; each has a cause."""
    beyond: Sequence[Plain]
    """What QuickBooks' ledger says otherwise than the documents: its lines."""


def parts_of(certificate: Mapping[str, Any]) -> Parts:
    """What a certificate's page and report tell apart."""
    lines = certificate["differences"]
    told = (certificate.get("ledger") or {}).get("lines", ())
    return Parts(
        counting(lines),
        carried_in(lines),
        [line for line in told if line["beyond"] is not None and Decimal(line["beyond"])],
    )


async def superseded_by(container: ServiceContainer, connection_id: str, tie_out_id: str) -> str:
    """The id of the certificate that supersedes one, which itself stays as it was issued; "" where it is the latest."""
    async with container.database.transaction(connection_id) as tx:
        return await contents.next_whole(tx, connection_id, tie_out_id)


async def list_standing(container: ServiceContainer, connection_id: str) -> Sequence[Plain]:
    """The differences that stand now, as certificates tell them; those without a cause first."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await results.standing_lines(tx, connection_id, SHOWN)
