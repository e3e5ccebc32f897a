"""A chunk with more behind it sends only full batches; nothing is sent without what it needs, and nothing is lost."""

from decimal import Decimal

from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Contact,
    Counterpart,
    Item,
    Kind,
    Line,
    Money,
    Record,
    Sale,
    Side,
)
from app.domain.planner import Plan, PlanEntry
from app.domain.planning.plan_input import ChangedRecord
from app.sync.reading.whole_batches import BATCH, whole_batches


def create(kind: Kind, number: int, record: Record) -> Operation:
    return Operation(Action.CREATE, Side.QUICKBOOKS, kind, "S1", "a test", str(number), record=record)


def invoice(contact: int | str, **members: object) -> Sale:
    reference = contact if isinstance(contact, str) else Counterpart(Kind.CONTACT, str(contact))
    return Sale(reference, Money("AUD"), **members)  # type: ignore[arg-type]


def entry(number: int, *operations: Operation, same_as: ChangedRecord | None = None) -> PlanEntry:
    return PlanEntry(ChangedRecord(Side.ONCORD, Kind.SALE, str(number)), operations, same_as)


def of_new(number: int, contact: int) -> PlanEntry:
    """A sale whose contact is made with it."""
    return entry(number, create(Kind.CONTACT, contact, Contact()), create(Kind.SALE, number, invoice(contact)))


def further(number: int, contact: int | str) -> PlanEntry:
    """A sale of a contact that another entry makes, or that is known."""
    return entry(number, create(Kind.SALE, number, invoice(contact)))


def numbers(plan: Plan) -> list[int]:
    return [int(one.change.id) for one in plan.entries]


def count(plan: Plan, kind: Kind) -> int:
    return sum(operation.kind is kind for one in plan.entries for operation in one.operations)


def test_a_chunk_of_full_batches_stays_as_it_is() -> None:
    plan = Plan(tuple(of_new(n, n) for n in range(4 * BATCH)))

    assert whole_batches(plan) == plan


def test_contacts_and_sales_both_fill_their_batches() -> None:
    plan = Plan(tuple(of_new(n, n) if n < 283 else further(n, n - 283) for n in range(300)))
    filled = whole_batches(plan)

    assert (count(filled, Kind.CONTACT), count(filled, Kind.SALE)) == (270, 270)


def test_no_sale_goes_without_the_contact_that_is_made_for_it() -> None:
    plan = Plan((of_new(0, 0), *(further(n, 0) for n in range(1, 40)), *(of_new(n, n) for n in range(40, 80))))
    filled = whole_batches(plan)

    assert (count(filled, Kind.CONTACT), count(filled, Kind.SALE)) == (30, 60)
    made = {o.source_id for e in filled.entries for o in e.operations if o.kind is Kind.CONTACT}
    wanted = {
        o.record.contact_id.id
        for e in filled.entries
        for o in e.operations
        if isinstance(o.record, Sale) and isinstance(o.record.contact_id, Counterpart)
    }
    assert wanted <= made


def test_whatever_needs_a_record_that_is_left_is_left_too() -> None:
    adjustment = invoice("7", type="adjustment", adjusts_id=Counterpart(Kind.SALE, "30"))
    plan = Plan((*(further(n, "7") for n in range(30)), of_new(30, 30), entry(31, create(Kind.SALE, 31, adjustment))))
    filled = whole_batches(plan)

    assert count(filled, Kind.SALE) == BATCH
    assert numbers(filled) == list(range(30))


def test_the_counterpart_of_a_record_that_is_left_is_left_with_it() -> None:
    last = further(30, "7")
    twin = PlanEntry(ChangedRecord(Side.QUICKBOOKS, Kind.SALE, "q30"), (), last.change)
    filled = whole_batches(Plan((*(further(n, "7") for n in range(30)), last, twin)))

    assert len(filled.entries) == BATCH


def test_items_count_as_batches_of_their_own() -> None:
    line = Line(Decimal(1), item=Counterpart(Kind.ITEM, "0"))
    first = entry(0, create(Kind.ITEM, 0, Item()), create(Kind.SALE, 0, Sale("7", Money("AUD", (line,)))))
    plan = Plan((first, *(further(n, "7") for n in range(1, 91))))
    filled = whole_batches(plan)

    assert (count(filled, Kind.ITEM), count(filled, Kind.SALE)) == (0, 90)


def test_where_little_would_be_left_to_do_everything_is_done() -> None:
    plan = Plan((of_new(0, 0), *(further(n, 0) for n in range(1, 300))))

    assert whole_batches(plan) is plan


def test_decisions_and_removals_are_never_left() -> None:
    skip = Operation(Action.SKIP, Side.QUICKBOOKS, Kind.SALE, "S1", "a test")
    delete = Operation(Action.DELETE, Side.QUICKBOOKS, Kind.SALE, "S3", "a test", target_id="9")
    plan = Plan((*(entry(n, skip) for n in range(40)), *(entry(n, delete) for n in range(40, 47))))

    assert whole_batches(plan) == plan
