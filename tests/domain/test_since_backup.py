"""What a record's reference tells of its counterpart, and which documents a create would make once more."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.model.link_part import PRIMARY, Difference, InCurrency, OfRecord
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Line, Money, Sale, Side, Snapshot
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.merge import changed_groups
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.since_backup import SinceBackup, Told, compared, made_of, told_by, unagreed_bases
from tests.domain.builders import CONFIGURATION

BACKUP = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LATER = BACKUP + timedelta(hours=5)
CHANGE = ChangedRecord(Side.ONCORD, Kind.SALE, "7")


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("quickbooks:9130:sale:145", Told("9130", Kind.SALE, "145", PRIMARY, 0)),
        ("quickbooks:9130:sale:145:g2", Told("9130", Kind.SALE, "145", PRIMARY, 2)),
        ("quickbooks:9130:receipt:145:17", Told("9130", Kind.RECEIPT, "145", OfRecord("17"), 0)),
        ("quickbooks:9130:contact:5:USD:g1", Told("9130", Kind.CONTACT, "5", InCurrency("USD"), 1)),
        ("quickbooks:9130:sale:145:g\u00b2", Told("9130", Kind.SALE, "145", OfRecord("g\u00b2"), 0)),
        (f"quickbooks:9130:sale:145:g{'9' * 5000}", Told("9130", Kind.SALE, "145", OfRecord("g" + "9" * 5000), 0)),
        (
            f"quickbooks:9130:sale:145:difference:{'9' * 5000}",
            Told("9130", Kind.SALE, "145", OfRecord("difference:" + "9" * 5000), 0),
        ),
        ("quickbooks:9130:sale:145:difference:2", Told("9130", Kind.SALE, "145", Difference(2), 0)),
        ("quickbooks:9130:sale:12:refund", None),
        ("oncord:shop.test:sale:145", None),
        ("somebody's own", None),
        ("quickbooks:9130:vendor:1", None),
        ("", None),
    ],
)
def test_a_reference_tells_of_what_its_record_was_made(marker: str, told: Told | None) -> None:
    assert told_by(marker) == told


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("op_1:con_1:sale:145", Told("con_1", Kind.SALE, "145", PRIMARY, 0)),
        ("op_1:con_1:sale:145:g2", Told("con_1", Kind.SALE, "145", PRIMARY, 2)),
        ("op_1:con_1:receipt:145:17", Told("con_1", Kind.RECEIPT, "145", OfRecord("17"), 0)),
        ("op_1", None),
        ("", None),
    ],
)
def test_the_mark_of_a_document_tells_of_what_it_was_made(marker: str, told: Told | None) -> None:
    assert made_of(marker) == told


def sale(total: str = "33.00", number: str = "1042", words: str = "Tea", contact: str = "5") -> Sale:
    line = Line(Decimal(total), description=words)
    return Sale(contact, Money("AUD", (line,), total=Decimal(total)), number=number, date=date(2026, 11, 20))


def document(record_id: str, record: Sale, moved: datetime = LATER, side: Side = Side.QUICKBOOKS) -> Snapshot:
    return Snapshot(
        side, Kind.SALE, record_id, "1", record, modified_at=moved, marker="op_1" if side is Side.QUICKBOOKS else ""
    )


def known(*made: Snapshot, agreed: frozenset[int] = frozenset()) -> SinceBackup:
    return SinceBackup(BACKUP, made, agreed, list(made))


def an_input(*snapshots: Snapshot, links: tuple[Link, ...] = ()) -> PlanInput:
    return PlanInput(CONFIGURATION, [CHANGE], {(s.side, s.kind, s.id): s for s in snapshots}, LinkIndex.of(links))


def make(record: Sale, source_id: str = "7") -> Operation:
    return Operation(Action.CREATE, Side.QUICKBOOKS, Kind.SALE, "S1", "A sale.", source_id=source_id, record=record)


def test_a_create_of_what_was_made_already_joins_the_two() -> None:
    [joined] = compared(an_input(), known(document("90", sale())), CHANGE, [make(sale())])

    assert (joined.action, joined.target_id, joined.source_id, joined.origin) == (
        Action.ADOPT,
        "90",
        "7",
        Origin.ONCORD,
    )


@pytest.mark.parametrize(
    "other", [sale("34.00"), sale(number="1043"), sale(contact="6"), replace(sale(), date=date(2026, 11, 19))]
)
def test_a_create_of_anything_else_goes_on(other: Sale) -> None:
    create = make(sale())

    assert compared(an_input(), known(document("90", other)), CHANGE, [create]) == (create,)


def test_of_equal_documents_each_is_one_records_own_and_lines_tell_them_apart() -> None:
    stands = known(document("90", sale(number="")), document("91", sale(number="", words="Cake")))

    asked_for = [("7", "Cake"), ("8", "Tea"), ("9", "Tea"), ("7", "Cake")]
    found = [compared(an_input(), stands, CHANGE, [make(sale(number="", words=words), of)]) for of, words in asked_for]

    assert [each.target_id for [each] in found] == ["91", "90", "", "91"]
    assert found[2][0].action is Action.CREATE


def update(record: Sale) -> Operation:
    return Operation(
        Action.UPDATE, Side.QUICKBOOKS, Kind.SALE, "S2", "It moved.", "7", "90", record=record, fields=("notes",)
    )


@pytest.mark.parametrize(
    ("oncord_moved", "quickbooks_moved", "in_both", "writes"),
    [
        (LATER, BACKUP - timedelta(days=3), True, True),  # the invoice has not been touched since
        (LATER, LATER + timedelta(minutes=3), False, False),  # the invoice moved last, if not in what is compared
        (LATER + timedelta(minutes=3), LATER, False, True),  # the sale says something else, and moved last
        (LATER + timedelta(minutes=3), LATER, True, False),  # both say something else
    ],
)
def test_a_pair_is_written_only_where_it_is_plain_which_one_is_newer(
    oncord_moved: datetime, quickbooks_moved: datetime, in_both: bool, writes: bool
) -> None:
    typed = replace(sale(), notes="typed")
    there = replace(sale(), notes="otherwise") if in_both else sale()
    pair = Link(3, Kind.SALE, "7", "90", Origin.ONCORD, base_oncord=sale(), base_quickbooks=sale())
    plan_input = an_input(
        document("7", typed, oncord_moved, Side.ONCORD), document("90", there, quickbooks_moved), links=(pair,)
    )

    [decided] = compared(plan_input, known(), CHANGE, [update(typed)])

    assert (decided.action is Action.UPDATE) is writes
    if not writes:
        assert decided.action is Action.REBASE
        assert [d.field for d in decided.disagreements] == ["notes"]
    assert compared(plan_input, known(agreed=frozenset({3})), CHANGE, [update(typed)]) == (update(typed),)


def test_a_pair_that_was_found_again_has_typed_everything_in_oncord_and_is_void_nowhere() -> None:
    oncord, quickbooks = unagreed_bases(replace(sale(), notes="x", voided=True), replace(sale(), voided=True))

    assert changed_groups(Kind.SALE, oncord, replace(sale(), notes="x")) >= {"money", "notes", "number", "date"}
    assert changed_groups(Kind.SALE, quickbooks, sale()) == frozenset()
