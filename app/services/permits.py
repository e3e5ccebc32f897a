"""Letting a caller do something, or refusing it: what was refused stands in the audit, like what was done."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.model.actor import Actor
from app.errors import Rejection
from app.services.callers import Caller, Forbidden, Need, refusal
from app.services.ports import ServiceContainer
from app.storage.database import EVERY_CONNECTION
from app.storage.people import audit

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
    if connection_id != caller.connection_id and _ID.fullmatch(connection_id):
        detail["connection_id"] = connection_id
    # With the connection of the caller: that of others is none of theirs, and may not exist.
    await record_refusal(container, caller.actor, caller.connection_id or connection_id, "access", detail)
    raise refused


async def record_refusal(
    container: ServiceContainer, who: Actor, connection_id: str, action: str, detail: Mapping[str, Any]
) -> None:
    """Write down what was refused to somebody, in a transaction of its own."""
    connection_id = connection_id if _ID.fullmatch(connection_id) else ""
    async with container.database.transaction(connection_id or EVERY_CONNECTION) as tx:
        await audit.record(
            tx,
            connection_id,
            at=container.clock.now(),
            who=who,
            action=action,
            detail=detail,
            outcome="refused",
        )
