"""How both sides meet for the first time, out of a whole plan: each record once, with doubles and clashes."""

from dataclasses import replace
from datetime import date

from app.domain.model.records import Kind, Side, Snapshot
from app.domain.planner import plan
from app.domain.planning.matches import Meeting, RecordMatch, are_doubles
from app.domain.planning.plan_input import ChangedRecord, Decided, Key
from tests.domain.builders import CONFIGURATION, contact, plan_input, receipt, sale, seen

ONCORD, BOOKS = Side.ONCORD, Side.QUICKBOOKS
CONTACT, SALE, RECEIPT = Kind.CONTACT, Kind.SALE, Kind.RECEIPT


def met(*snapshots: Snapshot, numbers: str = "oncord", apart: bool = False) -> dict[tuple[str, str], RecordMatch]:
    """How these meet, by side and id of the record that each row is about ("oncord", "sale:1"); `apart`: planned in pieces of one."""
    changes = [ChangedRecord(s.side, s.kind, s.id) for s in snapshots]
    configuration = replace(CONFIGURATION, document_numbers=numbers)  # type: ignore[arg-type]
    given = plan_input(*snapshots, *changes, configuration=configuration, backfill=True)
    in_order = sorted(changes, key=lambda change: (tuple(Kind).index(change.kind), change.side, change.id))
    meeting, earlier, found = Meeting(), Decided(), dict[Key, RecordMatch]()
    for piece in [[change] for change in in_order] if apart else [in_order]:
        piece_input = replace(given, changes=piece, earlier=earlier)
        planned = plan(piece_input)
        operations = [operation for stage in planned.stages() for _, operation in stage.operations]
        matches = meeting.of_piece(piece_input, operations)
        assert all(place < len(operations) for place in matches)
        for key in meeting.taken_back(matches.values()):
            assert found.pop(key).part.startswith("only_")
        assert found.keys().isdisjoint(match.key for match in matches.values())
        found |= {match.key: match for match in matches.values()}
        earlier.add(planned.decided)
    for key, ids in meeting.clashes():
        found[key] = replace(found[key], clashes=ids)
    for key, alike in meeting.alike().items():
        doubles = [
            i for i in sorted(alike) if are_doubles(given.snapshots[key], given.snapshots[(*key[:2], i)], given.commons)
        ]
        if key in found:
            found[key] = replace(found[key], doubles=tuple(doubles))
    return {(match.side.value, f"{match.kind}:{match.id}"): match for match in found.values()}


def test_what_is_one_for_certain_is_one_row_with_its_reasons() -> None:
    rows = met(
        seen(ONCORD, CONTACT, "1", contact()),
        seen(BOOKS, CONTACT, "9", contact()),
        seen(ONCORD, SALE, "5", sale("1", number="1041")),
        seen(BOOKS, SALE, "7", sale("9", number="1041")),
    )

    assert {name: (row.part, row.across[0].id) for name, row in rows.items()} == {
        ("oncord", "contact:1"): ("certain", "9"),
        ("oncord", "sale:5"): ("certain", "7"),
    }
    assert "the same e-mail address" in rows["oncord", "contact:1"].across[0].speaks_for
    assert set(rows["oncord", "sale:5"].across[0].speaks_for) >= {"the same number", "the same contact", "the same day"}


def test_what_is_asked_about_says_what_speaks_for_it_and_against() -> None:
    rows = met(
        seen(ONCORD, CONTACT, "1", contact()),
        seen(BOOKS, CONTACT, "9", contact()),
        seen(ONCORD, SALE, "5", sale("1", number="1041", date=date(2026, 11, 1))),
        seen(BOOKS, SALE, "7", sale("9", number="1041", date=date(2026, 2, 1))),
    )

    row = rows["oncord", "sale:5"]
    assert (row.part, [each.id for each in row.across]) == ("probable", ["7"])
    assert "the same number" in row.across[0].speaks_for
    assert "273 days apart" in row.across[0].against
    assert ("quickbooks", "sale:7") not in rows


def test_several_that_one_could_be_are_one_row() -> None:
    rows = met(
        seen(ONCORD, CONTACT, "1", contact()),
        seen(ONCORD, SALE, "5", sale("1", number="1041")),
        seen(BOOKS, CONTACT, "8", contact()),
        seen(BOOKS, CONTACT, "9", contact()),
    )

    row = rows["oncord", "contact:1"]
    assert (row.part, [each.id for each in row.across]) == ("ambiguous", ["8", "9"])
    assert rows["oncord", "sale:5"].part == "only_oncord"
    assert len(rows) == 2


def test_what_is_on_one_side_only_is_a_row_of_that_side() -> None:
    rows = met(
        seen(ONCORD, CONTACT, "1", contact()),
        seen(ONCORD, CONTACT, "2", contact("Bob")),
        seen(ONCORD, SALE, "5", sale("1", number="1041")),
        seen(ONCORD, SALE, "6", sale("1", number="1042", status="draft")),
        seen(ONCORD, RECEIPT, "3", receipt("1", pays={"5": "22.00"})),
        seen(BOOKS, CONTACT, "9", contact("Zed")),
        seen(BOOKS, SALE, "7", sale("9", number="Q-7")),
        seen(BOOKS, SALE, "8", None, deleted=True),
    )

    assert {name: row.part for name, row in rows.items()} == {
        ("oncord", "contact:1"): "only_oncord",
        ("oncord", "contact:2"): "only_oncord",
        ("oncord", "sale:5"): "only_oncord",
        ("oncord", "sale:6"): "only_oncord",
        ("oncord", "receipt:3"): "only_oncord",
        ("quickbooks", "contact:9"): "only_quickbooks",
        ("quickbooks", "sale:7"): "only_quickbooks",
    }
    assert not any(row.doubles or row.clashes for row in rows.values())


def test_doubles_of_one_side_name_each_other() -> None:
    rows = met(
        seen(ONCORD, CONTACT, "1", contact()),
        seen(ONCORD, CONTACT, "2", contact()),
        seen(ONCORD, CONTACT, "3", contact("Bob", email="ada@example.com")),
        seen(ONCORD, SALE, "5", sale("1", number="1041")),
        seen(ONCORD, SALE, "6", sale("1", number="#1041")),
        seen(ONCORD, SALE, "7", sale("1", number="1042")),
        seen(ONCORD, RECEIPT, "3", receipt("1", pays={"5": "22.00"})),
        seen(ONCORD, RECEIPT, "4", receipt("1", pays={"5": "22.00"})),
        seen(ONCORD, RECEIPT, "8", receipt("1", pays={"6": "22.00"})),
    )

    assert {name[1]: row.doubles for name, row in rows.items() if row.doubles} == {
        "contact:1": ("2",),
        "contact:2": ("1",),
        "sale:5": ("6",),
        "sale:6": ("5",),
        "receipt:3": ("4",),
        "receipt:4": ("3",),
    }


def test_a_number_that_another_document_across_has_clashes_where_it_would_be_given_again() -> None:
    snapshots = [
        seen(ONCORD, CONTACT, "1", contact()),
        seen(ONCORD, SALE, "5", sale("1", number="1041")),
        seen(BOOKS, CONTACT, "9", contact("Zed")),
        seen(
            BOOKS,
            SALE,
            "7",
            replace(sale("9", number="1041"), money=replace(sale().money, total=sale().money.total * 3)),
        ),
    ]

    rows = met(*snapshots)
    assert rows == met(*snapshots, apart=True)
    assert rows["oncord", "sale:5"].clashes == ("7",)
    assert rows["quickbooks", "sale:7"].clashes == ("5",)
    assert met(*snapshots, numbers="quickbooks")["oncord", "sale:5"].clashes == ()


def test_a_row_reads_back_as_it_was_stored() -> None:
    rows = met(
        seen(ONCORD, CONTACT, "1", contact()),
        seen(ONCORD, CONTACT, "2", contact()),
        seen(ONCORD, SALE, "5", sale("1", number="1041")),
        seen(BOOKS, CONTACT, "8", contact()),
        seen(BOOKS, CONTACT, "9", contact()),
    )

    assert rows
    for row in rows.values():
        assert RecordMatch.of(row.plain) == row


def test_it_makes_no_difference_in_which_pieces_a_plan_is_made() -> None:
    snapshots = [
        seen(ONCORD, CONTACT, "1", contact()),
        seen(ONCORD, CONTACT, "2", contact()),
        seen(ONCORD, CONTACT, "3", contact("Bob")),
        seen(ONCORD, SALE, "5", sale("1", number="1041")),
        seen(ONCORD, SALE, "6", sale("1", number="#1041")),
        seen(ONCORD, SALE, "7", sale("3", number="1042")),
        seen(ONCORD, RECEIPT, "3", receipt("3", pays={"7": "22.00"})),
        seen(ONCORD, RECEIPT, "4", receipt("3", pays={"7": "22.00"})),
        seen(BOOKS, CONTACT, "8", contact()),
        seen(BOOKS, CONTACT, "9", contact("Bob")),
        seen(BOOKS, SALE, "17", sale("9", number="1042")),
        seen(BOOKS, RECEIPT, "18", receipt("9", pays={"17": "22.00"})),
    ]

    whole = met(*snapshots)

    assert {row.part for row in whole.values()} >= {"certain", "only_oncord"}
    assert any(row.doubles for row in whole.values())
    assert met(*snapshots, apart=True) == whole
