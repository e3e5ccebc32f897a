"""Sealing a month: afterwards whatever moves in it rings. It can be sealed where both sides agree, or differ in what is named."""

import datetime as dt
from collections.abc import Sequence

from app.domain.model.actor import Actor
from app.errors import Conflict, NotFound
from app.sealed_months import named, ring
from app.services import tie_outs
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.changes import schedule
from app.storage.database import Transaction
from app.storage.people import audit, reconsider
from app.storage.tieouts import results, seals
from app.storage.tieouts.seals import SealedMonth
from app.tieout.period import month_of
from app.zones import zone_named

MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
"""A month as it is written."""


async def list_months(container: ServiceContainer, connection_id: str) -> Sequence[SealedMonth]:
    """The sealed months of a connection, the latest first."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await seals.months(tx, connection_id)


async def seal(
    container: ServiceContainer, connection_id: str, month: str, *, who: Actor, with_differences: bool = False
) -> SealedMonth:
    """Compare both sides, and keep what all of a month ("2026-10") says on both.

    Raises `Conflict`, which says what to do: the month is not over, or sealed already; something of it has no explanation or
    waits for its turn; it differs in what is named, and that was not agreed to (`with_differences`); something came in meanwhile.
    """
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        await _make_sure_it_is_not_sealed(tx, connection_id, month)
    zone = zone_named(((connection.facts or {}).get("oncord") or {}).get("time_zone") or "")
    _make_sure_it_is_over(month, container.clock.now().astimezone(zone).date())
    taken = await tie_outs.take(container, connection_id, who=who, period=month_of(month), with_ledger=True)
    now = container.clock.now()
    async with container.database.transaction(connection_id, one_moment=True) as tx:
        await _alone(tx, connection_id)
        await _make_sure_it_is_not_sealed(tx, connection_id, month)
        await _make_sure_nothing_has_moved(tx, connection_id, taken.taken_at)
        apart = await seals.differences(tx, connection_id, taken.id)
        _make_sure_it_is_named(month, dict(apart), with_differences)
        count = sum(apart.values())
        await seals.seal(tx, connection_id, month, now=now, who=who.name, tie_out_id=taken.id, apart=count)
        detail = {"month": month, "tie_out": taken.id, "differences": count}
        await audit.record(tx, connection_id, at=now, who=who, action="month.sealed", detail=detail)
        return next(each for each in await seals.months(tx, connection_id) if each.month == month)


async def unseal(container: ServiceContainer, connection_id: str, month: str, *, who: Actor) -> None:
    """Let go of a sealed month; what has rung about it is closed. Raises `NotFound` where it is not sealed."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        await _alone(tx, connection_id)
        if not await seals.unseal(tx, connection_id, month):
            raise NotFound("month-not-sealed", f"{named(month)} is not sealed.")
        await ring(tx, container.ids, connection_id, now)
        await audit.record(tx, connection_id, at=now, who=who, action="month.unsealed", detail={"month": month})
        freed = await reconsider.after_the_lock_moved(tx, connection_id, now)
        if freed:
            await schedule.wake_by(tx, connection_id, now)
    if freed and connection.state == "ready":
        await container.waker.wake(connection_id)


async def _alone(tx: Transaction, connection_id: str) -> None:
    if not await results.one_at_a_time(tx, connection_id):
        raise Conflict("tie-out-under-way", "Both sides are being compared at this moment. Ask again in a minute.")


async def _make_sure_it_is_not_sealed(tx: Transaction, connection_id: str, month: str) -> None:
    if any(each.month == month for each in await seals.months(tx, connection_id)):
        raise Conflict("month-sealed", f"{named(month)} is sealed already. Unseal it first to seal it anew.")


async def _make_sure_nothing_has_moved(tx: Transaction, connection_id: str, since: dt.datetime) -> None:
    """What is sealed is what was compared."""
    if await seals.has_moved(tx, connection_id, since):
        words = "A document or payment came in while both sides were compared, so nothing was sealed. Seal it again in a minute."
        raise Conflict("month-moves", words)


def _make_sure_it_is_over(month: str, today: dt.date) -> None:
    if month >= f"{today:%Y-%m}":
        raise Conflict("month-not-over", f"{named(month)} is not over yet; it can be sealed once it is.")


def _make_sure_it_is_named(month: str, apart: dict[str, int], with_differences: bool) -> None:
    unexplained, waiting = apart.get("unexplained", 0), apart.get("waiting", 0)
    if unexplained:
        words = f"{_counted(unexplained)} of {named(month)} without an explanation; the certificate names them."
        raise Conflict("month-unexplained", f"There {words} It can be sealed once they are settled.")
    if waiting:
        words = f"There {_counted(waiting)} of {named(month)} that will go over with the next synchronisation."
        raise Conflict("month-waits", f"{words} Synchronise first, then seal it.")
    if apart and not with_differences:
        words = f"There {_counted(sum(apart.values()))} of {named(month)}; the certificate names them."
        raise Conflict("month-differs", f"{words} Settle them first, or say that it is to be sealed with them.")


def _counted(number: int) -> str:
    return "is 1 difference" if number == 1 else f"are {number} differences"
