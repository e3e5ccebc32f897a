"""A customer that follows another one into Oncord waits for that one where it is refused."""

from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import ANY_CHANGE, OtherRecord
from app.domain.planner import PlanEntry
from app.domain.planning.plan_input import ChangedRecord
from app.sync.writing.answers import Disposition, Progress, refused
from app.sync.writing.memory import Memory


def test_a_customer_waits_for_the_one_that_its_contact_is_made_from() -> None:
    create = Operation(Action.CREATE, Side.ONCORD, Kind.CONTACT, "C4", "It is not in Oncord yet.", source_id="c1")
    entries = [
        PlanEntry(ChangedRecord(Side.QUICKBOOKS, Kind.CONTACT, record_id), (create,)) for record_id in ("c1", "c2")
    ]
    progress = Progress(Memory(), entries, [Disposition(), Disposition()], 0, before={})

    for index in range(2):
        refused(progress, index, create, "Its e-mail is not one.")

    assert [fate.waits_for for fate in progress.dispositions] == [
        ANY_CHANGE,
        OtherRecord(Kind.CONTACT, Side.QUICKBOOKS, "c1"),
    ]
