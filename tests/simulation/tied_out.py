"""The product's own verdict at the end of a life: the tie-out names whatever differs, and leaves nothing without a cause."""

from app import tie_outs
from app.storage.tieouts import results
from app.tieout.certificate import check, of_the_period, sealed
from tests.simulation.life import Life
from tests.support.joint import CONNECTION


async def judge(life: Life) -> list[str]:
    """What the tie-out of everything says that nobody can explain."""
    runtime = life.joint.runtime
    taken = await tie_outs.take_whole(runtime.database, runtime.clock, runtime.ids, CONNECTION)
    assert taken is not None
    assert taken.certificate is not None
    async with runtime.database.transaction(CONNECTION) as tx:
        lines = [line async for line in results.lines(tx, taken.id)]
    for line in lines:
        life.told.append(f"tie-out   {line['cause']}: {_told(line)}")
    faults = check(sealed(taken.certificate, of_the_period(lines)))
    return [f"I20: {fault}" for fault in faults] + [
        f"I20: unexplained: {_told(line)}" for line in lines if line["cause"] == "unexplained"
    ]


def _told(line: dict[str, object]) -> str:
    ids = f"{line['oncord_id'] or '-'} = {line['quickbooks_id'] or '-'}"
    sides = f"{line['oncord']} / {line['quickbooks']}: {line['amount']} {line['currency']}"
    return f"{line['kind']} {line['number']} {ids} {line['what']} {sides} ({line['why']})"
