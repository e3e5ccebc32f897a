"""Letting a caller do something, or refusing it: what was refused stands in the audit, like what was done."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.model.actor import Actor
from app.errors import Rejection
from app.services.callers import Caller, Forbidden, Need, refusal
from app.services.ports import ServiceContainer
from app.services.refusals import Refused
from app.storage.database import EVERY_CONNECTION
from app.storage.people import audit

ACCESS = "access"
"""The act of asking for what is refused."""
CHANGE = "connection.change_refused"
"""The act of changing a site to what is refused."""
JOIN = "quickbooks.join_refused"
"""The act of coming back from QuickBooks with a company that is not joined."""
_ABOUT = {ACCESS: "address", CHANGE: "refused_as", JOIN: "refused_as"}
"""By the act, the member of its detail that says what was the same: one of few words of our own, and nothing that a caller writes."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def permit(
    container: ServiceContainer, caller: Caller, need: Need | None, connection_id: str, *, address: str
) -> None:
    """Let a caller through who may do what needs this, on one connection ("": none is named); `address` names it, as
    "GET /api/v1/connections". `need` None: nobody may.

    Raises `NotFound` for a connection of others, `Forbidden` for a scope that the caller has not got.
    """
    if need is None:
        refused: Rejection | None = Forbidden("not-declared", "Nobody has said who may open this address.")
    else:
        refused = refusal(caller, need, connection_id)
    if refused is None:
        return
    detail = {"address": address, "because": refused.type}
    if need is not None:
        detail["needs"] = need.scope.value
    others = connection_id if connection_id != caller.connection_id and _ID.fullmatch(connection_id) else ""
    # With the connection of the caller: that of others is none of theirs, and may not exist.
    about = caller.connection_id or connection_id
    await record_refusal(container, caller.actor, about, ACCESS, detail, asked_for=others)
    raise refused


async def record_refusal(
    container: ServiceContainer,
    who: Actor,
    connection_id: str,
    action: str,
    detail: Mapping[str, Any],
    *,
    asked_for: str = "",
) -> None:
    """Write down what was refused to somebody, in a transaction of its own: the first in a minute of the same, and later how many more
    there were. `asked_for`: the connection of others that it was about."""
    await write_repeated(container)
    connection_id = connection_id if _ID.fullmatch(connection_id) else ""
    refused = Refused(connection_id, who, action, str(detail.get(_ABOUT[action], "")), asked_for)
    first = container.refusals.first(refused, container.clock.now())
    if first is None:
        return
    try:
        await _write(container, first, detail)
    except BaseException:
        container.refusals.keep([(first, 1)])
        raise


async def write_repeated(container: ServiceContainer) -> None:
    """Write down of what was refused more than once in a minute that has passed how many more there were. What cannot be written
    down is told of the next time."""
    passed = container.refusals.over(container.clock.now())
    try:
        while passed:
            refused, more = passed[0]
            await _write(container, refused, {_ABOUT[refused.action]: refused.about, "more_within_a_minute": more})
            passed.pop(0)
    finally:
        container.refusals.keep(passed)


async def _write(container: ServiceContainer, refused: Refused, detail: Mapping[str, Any]) -> None:
    async with container.database.transaction(refused.connection_id or EVERY_CONNECTION) as tx:
        await audit.record(
            tx,
            refused.connection_id,
            at=container.clock.now(),
            who=refused.who,
            action=refused.action,
            detail={**detail, "connection_id": refused.asked_for} if refused.asked_for else detail,
            outcome="refused",
        )
