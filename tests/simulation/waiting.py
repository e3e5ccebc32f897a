"""What waits at the end of a life: for something that is not there yet, and somebody is asked about it (law 12)."""

from collections.abc import Iterator

from tests.simulation import wholes
from tests.simulation.looking import HOLDING, World, by_configuration, held_up_by, stands_beside, undecided

WORDS = ("due_date", "notes", "reference")
"""What a locked period leaves free, and QuickBooks does not where it has closed the books."""


def judge(world: World) -> Iterator[str]:
    """Nothing is laid aside for something that is there already, or that nobody is asked about (law 12)."""
    for row in world.waiting:
        told = (
            f"{row['side']} {row['kind']} {row['record_id']} waits for {row['waits_for'] or 'nothing'}: {row['reason']}"
        )
        if not row["parked"]:
            if row["not_before"] is None:
                yield f"law 12: {told}"
        elif (about := held_up_by(row)) is not None:
            asked = any(
                q.matter in HOLDING and (q.kind, q.record_id) == about and (q.open or q.by_person)
                for q in world.questions
            )
            if not asked and not _shut(world, *about):
                yield f"B1: nobody is asked, but {told}"
        elif by_configuration(row):
            if not undecided(world, row["side"], row["kind"], row["record_id"]):
                yield f"A8: what it needs is decided, but {told}"
            elif not any(q.open and q.matter == "unmapped" for q in world.questions):
                yield f"A8: nobody is asked, but {told}"
        elif row["waits_for"] == "person" and not any(
            q.open and (q.record_id == row["record_id"] or row["record_id"] in q.key or row["record_id"] in q.text)
            for q in world.questions
        ):
            yield f"nobody is asked, but {told}"


def _shut(world: World, kind: str, record_id: str) -> bool:
    """Whether QuickBooks has closed the day of a document that differs in words alone, or else in what another question is about:
    nobody is asked about words, and they go once the closing date is moved (B1)."""
    from tests.simulation.verdict import differences

    closed = world.life.guard.closed if world.life.guard is not None else ""
    ours = world.shop[kind].get(record_id)
    mine = [x for x in world.live(kind) if x["oncord_id"] == record_id and x["quickbooks_id"] in world.books[kind]]
    theirs = [world.books[kind][x["quickbooks_id"]] for x in mine]
    if ours is None or not any(each["TxnDate"] <= closed for each in theirs):
        return False
    about = {("oncord", record_id), *(("quickbooks", str(each["Id"])) for each in theirs)}
    if any(q.open and q.kind == kind and (q.side, q.record_id) in about for q in world.questions):
        return True
    pairs = [wholes.whole(world, x, each) for x, each in zip(mine, theirs, strict=True) if not stands_beside(x)]
    return all(name in WORDS for each in pairs for name, _, _ in differences(world, kind, ours, each))
