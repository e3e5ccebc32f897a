"""The product's own verdict at the end of each execution: what it shows already, and what a whole tie-out finds.

Every difference has to be one that the chapter expects, by its cause and to the cent (`Chapter.differs`); one without a
cause never is. The tie-out is taken with the gate unarmed: it is no call of the story. Those that the runs of the story
take themselves are, and are crashed like all their calls.
"""

from app import tie_outs
from app.storage.tieouts import results
from app.tieout.causes import Cause
from app.tieout.certificate import Plain, check, of_the_period, sealed
from tests.crashpoints.world import Process
from tests.support.joint import CONNECTION

MOST = 1000


async def shown(process: Process) -> list[str]:
    """The differences that stand now, as the connection's light counts them; nothing is compared for it."""
    async with process.runtime.database.transaction(CONNECTION) as tx:
        return sorted(_told(line) for line in await results.standing_lines(tx, CONNECTION, MOST))


async def tied_out(process: Process, expected: tuple[str, ...]) -> list[str]:
    """What is wrong with the light, and with a tie-out of everything that is taken now."""
    light = await shown(process)
    runtime = process.runtime
    taken = await tie_outs.take_whole(runtime.database, runtime.clock, runtime.ids, CONNECTION)
    assert taken is not None
    assert taken.certificate is not None
    async with runtime.database.transaction(CONNECTION) as tx:
        lines = [line async for line in results.lines(tx, taken.id)]
    found = sorted(_told(line) for line in lines)
    wrong = [f"tie-out: {fault}" for fault in check(sealed(taken.certificate, of_the_period(lines)))]
    wrong += [f"tie-out, without a cause: {_told(line)} {line['why']}" for line in lines if _nobody_knows(line)]
    wrong += [f"tie-out: {line}" for line in unlike(found, sorted(expected))]
    return wrong + [f"the light is not what a tie-out finds: {line}" for line in unlike(light, found)]


def unlike(found: list[str], wanted: list[str]) -> list[str]:
    """What is there and should not be, and the other way round."""
    left, there = list(wanted), []
    for line in found:
        if line in left:
            left.remove(line)
        else:
            there.append(line)
    return [f"not meant: {line}" for line in there] + [f"missing: {line}" for line in left]


def _nobody_knows(line: Plain) -> bool:
    return bool(line["cause"] == Cause.UNEXPLAINED)


def _told(line: Plain) -> str:
    """A difference by content: its cause, what differs, and by how much."""
    return f"{line['cause']}: {line['kind']} {line['what']} {line['amount']}"
