"""Where a record stands in its life: what every plan of a kind branches by."""

from app.domain.model.records import Kind, Side
from app.domain.planning.life import Gone, Joined, Linked, New, Tombstoned, Unseen, life_of
from app.domain.planning.plan_input import ChangedRecord
from tests.domain.builders import contact, linked, plan_input, seen, tombstoned

CHANGE = ChangedRecord(Side.ONCORD, Kind.CONTACT, "1")
ADA = seen(Side.ONCORD, Kind.CONTACT, "1", contact())
PAIR = linked(Kind.CONTACT, "1", "c1", contact(), contact())


def test_what_was_never_read_is_unseen_whatever_links_it_has() -> None:
    known = plan_input(PAIR, CHANGE)

    assert life_of(known, known.id_map(), CHANGE) == Unseen()


def test_a_live_link_comes_before_everything_else() -> None:
    known = plan_input(ADA, PAIR, CHANGE)

    assert life_of(known, known.id_map(), CHANGE) == Linked(PAIR)


def test_a_record_is_tombstoned_until_a_person_asks_for_its_counterpart() -> None:
    tombstone = tombstoned(PAIR, Side.QUICKBOOKS)
    known = plan_input(ADA, tombstone, CHANGE)

    assert life_of(known, known.id_map(), CHANGE) == Tombstoned(tombstone, ADA)


def test_what_was_deleted_without_a_link_is_gone() -> None:
    known = plan_input(seen(Side.ONCORD, Kind.CONTACT, "1", contact(), deleted=True), CHANGE)

    assert life_of(known, known.id_map(), CHANGE) == Gone()


def test_what_this_plan_has_joined_is_new_no_more() -> None:
    known = plan_input(ADA, CHANGE)
    id_map = known.id_map()

    assert life_of(known, id_map, CHANGE) == New(ADA, 0)
    id_map.pair(Kind.CONTACT, "1", "c1")
    assert life_of(known, id_map, CHANGE) == Joined(ADA)


def test_what_was_decided_on_a_branch_counts_once_it_is_accepted() -> None:
    known = plan_input(ADA, CHANGE)
    id_map = known.id_map()
    branch = id_map.branch()

    branch.pair(Kind.CONTACT, "1", "c1")

    assert life_of(known, id_map, CHANGE) == New(ADA, 0)
    id_map.accept(branch)
    assert life_of(known, id_map, CHANGE) == Joined(ADA)
