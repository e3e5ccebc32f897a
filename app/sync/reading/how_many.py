"""How many records a side has, asked for rather than read."""

from collections.abc import Mapping

from app import log
from app.domain.model.records import Kind, Side
from app.errors import Refused
from app.storage.runs.progress import Step
from app.sync.context import TurnContext

_log = log.get(__name__)

STEPS: Mapping[Side, Step] = {Side.ONCORD: "oncord", Side.QUICKBOOKS: "quickbooks"}
"""The step of a run in which a side is read."""
MANY = 500
"""So many records are read within seconds, and nobody has to be told of how many."""


async def counts(context: TurnContext, side: Side) -> Mapping[Kind, int]:
    """How many records a side counts of each kind; nothing where it refuses to be asked so."""
    await context.hold()
    try:
        return await context.sides[side].counts()
    except Refused as error:
        _log.warning("a side does not say how many records it has", side=side, code=error.code)
        return {}


async def ask_how_many(context: TurnContext, side: Side) -> None:
    """Let people know how much there is of what is read for the first time, where that is much; once for a side, at the cost of a
    daily check's counting (QBO: five metered reads)."""
    if context.progress.total is not None or context.progress.done < MANY:
        return
    there = await counts(context, side)
    if there:
        context.begin(STEPS[side], left=max(0, sum(there.values()) - context.progress.done))
