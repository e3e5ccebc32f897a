"""A plan from literals: order, one decision per pair, restoring, splitting, and what may never be written."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.model.link_part import PRIMARY, OfRecord
from app.domain.model.operations import Action
from app.domain.model.records import (
    Counterpart,
    Kind,
    Receipt,
    Sale,
    Side,
)
from app.domain.model.rules import RULES
from app.domain.model.waiting import OtherRecord
from app.domain.planner import plan
from app.domain.planning.plan_input import ChangedRecord
from tests.domain.builders import contact, decided, line, linked, plan_input, receipt, sale, seen, told, tombstoned

ONCORD, BOOKS = Side.ONCORD, Side.QUICKBOOKS
CONTACT, SALE, RECEIPT = Kind.CONTACT, Kind.SALE, Kind.RECEIPT
ADA = seen(ONCORD, CONTACT, "1", contact())
CUSTOMER = seen(BOOKS, CONTACT, "c1", contact())
PAIR = linked(CONTACT, "1", "c1", contact(), contact())
THEIRS = sale("c1", line(code="5", item="item"))


def test_a_new_sale_brings_its_customer_first_and_its_receipt_last() -> None:
    operations = decided(
        ADA,
        seen(ONCORD, SALE, "7", sale()),
        seen(ONCORD, RECEIPT, "9", receipt(pays={"7": "22.00"})),
        ChangedRecord(ONCORD, RECEIPT, "9"),
        ChangedRecord(ONCORD, SALE, "7"),
    )

    assert told(operations) == [
        "create quickbooks contact C1",
        "create quickbooks sale S1",
        "create quickbooks receipt R1",
    ]
    made = operations[2].record
    assert isinstance(made, Receipt)
    assert made.contact_id == Counterpart(CONTACT, "1")
    assert made.payment.allocations[0].sale_id == Counterpart(SALE, "7")


def test_removals_come_last_and_in_the_reverse_order() -> None:
    paid = receipt("c1", pays={"i7": "22.00"}, channel="bank")
    operations = decided(
        ADA,
        CUSTOMER,
        PAIR,
        seen(ONCORD, SALE, "7", sale(), deleted=True),
        seen(BOOKS, SALE, "i7", THEIRS),
        linked(SALE, "7", "i7", sale(), THEIRS),
        seen(ONCORD, RECEIPT, "9", receipt(pays={"7": "22.00"}), deleted=True),
        seen(BOOKS, RECEIPT, "p9", paid),
        linked(RECEIPT, "9", "p9", receipt(), paid),
        ChangedRecord(ONCORD, SALE, "7"),
        ChangedRecord(ONCORD, CONTACT, "1"),
        payments_on={"i7": [seen(BOOKS, RECEIPT, "p9", paid)]},
    )

    assert told(operations) == [
        "rebase quickbooks contact C2",
        "delete quickbooks receipt R3",
        "delete quickbooks sale S3",
    ]


def test_a_pair_touched_on_both_sides_is_decided_about_once() -> None:
    made = plan(
        plan_input(
            ADA,
            CUSTOMER,
            PAIR,
            seen(ONCORD, SALE, "7", replace(sale(), notes="soon")),
            seen(BOOKS, SALE, "i7", THEIRS),
            linked(SALE, "7", "i7", sale(), THEIRS),
            ChangedRecord(ONCORD, SALE, "7"),
            ChangedRecord(BOOKS, SALE, "i7"),
        )
    )

    assert [len(e.operations) for e in made.entries] == [1, 0]
    assert made.entries[1].same_as == ChangedRecord(ONCORD, SALE, "7")


def test_two_records_that_match_are_adopted_once_and_neither_is_created() -> None:
    operations = decided(
        ADA,
        CUSTOMER,
        PAIR,
        seen(ONCORD, SALE, "7", sale(number="A-1")),
        seen(BOOKS, SALE, "i7", replace(THEIRS, number="A-1")),
        ChangedRecord(ONCORD, SALE, "7"),
        ChangedRecord(BOOKS, SALE, "i7"),
    )

    assert sorted(told(operations)) == ["adopt quickbooks sale S1", "skip oncord sale S1"]


def test_an_inactive_customer_is_woken_once_for_two_sales() -> None:
    operations = decided(
        ADA,
        seen(BOOKS, CONTACT, "c1", replace(contact(), active=False)),
        PAIR,
        seen(ONCORD, SALE, "7", sale()),
        seen(ONCORD, SALE, "8", sale()),
        ChangedRecord(ONCORD, SALE, "7"),
        ChangedRecord(ONCORD, SALE, "8"),
    )

    assert told(operations) == ["update quickbooks contact C6", *["create quickbooks sale S1"] * 2]


def test_a_contact_over_there_twice_is_asked_about_and_its_sale_waits() -> None:
    operations = decided(
        ADA,
        CUSTOMER,
        seen(BOOKS, CONTACT, "c2", contact()),
        seen(ONCORD, SALE, "7", sale()),
        ChangedRecord(ONCORD, SALE, "7"),
    )

    assert told(operations) == ["park quickbooks contact C1", "wait quickbooks sale S1"]
    assert operations[1].waits_for == OtherRecord(CONTACT, ONCORD, "1")


@pytest.mark.parametrize("gone", [ONCORD, BOOKS])
def test_a_survivor_of_a_tombstone_is_skipped_with_a_reason(gone: Side) -> None:
    link = tombstoned(linked(SALE, "7", "i7", sale(), THEIRS), gone)
    survivor = seen(ONCORD, SALE, "7", sale()) if gone is BOOKS else seen(BOOKS, SALE, "i7", THEIRS)

    [operation] = decided(ADA, CUSTOMER, PAIR, survivor, link, ChangedRecord(survivor.side, SALE, survivor.id))

    assert operation.action is Action.SKIP
    assert operation.rule == ("S6" if gone is BOOKS else "S3")


def test_an_undelete_after_our_own_delete_makes_a_new_generation() -> None:
    link = tombstoned(linked(SALE, "7", "i7", sale(), THEIRS), ONCORD)
    [operation] = decided(
        ADA,
        CUSTOMER,
        PAIR,
        seen(ONCORD, SALE, "7", sale()),
        seen(BOOKS, SALE, "i7", THEIRS, deleted=True),
        link,
        ChangedRecord(ONCORD, SALE, "7"),
    )

    assert (operation.action, operation.generation) == (Action.CREATE, 1)


def test_a_receipt_over_two_customers_is_split_and_the_rest_stays_with_its_own() -> None:
    operations = decided(
        ADA,
        CUSTOMER,
        PAIR,
        seen(ONCORD, CONTACT, "2", contact("Bea")),
        seen(BOOKS, CONTACT, "c2", contact("Bea")),
        linked(CONTACT, "2", "c2", contact("Bea"), contact("Bea")),
        seen(ONCORD, SALE, "7", sale()),
        seen(ONCORD, SALE, "8", sale("2")),
        linked(SALE, "7", "i7", sale(), THEIRS),
        linked(SALE, "8", "i8", sale("2"), replace(THEIRS, contact_id="c2")),
        seen(BOOKS, SALE, "i7", THEIRS),
        seen(BOOKS, SALE, "i8", replace(THEIRS, contact_id="c2")),
        seen(ONCORD, RECEIPT, "9", receipt(amount="40.00", pays={"7": "22.00", "8": "8.00"})),
        ChangedRecord(ONCORD, RECEIPT, "9"),
    )

    shares = {o.part: o.record for o in operations}
    assert {part: r.payment.amount for part, r in shares.items() if isinstance(r, Receipt)} == {
        PRIMARY: Decimal("32.00"),
        OfRecord("c2"): Decimal("8.00"),
    }


def test_a_payment_keeps_what_it_pays_of_an_invoice_whose_sale_is_gone() -> None:
    ours = receipt(amount="30.00", pays={"7": "22.00"})
    theirs = receipt("c1", "30.00", {"i7": "22.00", "i8": "8.00"}, channel="bank")
    base = receipt("c1", "30.00", {"i7": "20.00", "i8": "8.00"}, channel="bank")
    [operation] = decided(
        ADA,
        CUSTOMER,
        PAIR,
        seen(ONCORD, SALE, "7", sale()),
        seen(BOOKS, SALE, "i7", THEIRS),
        linked(SALE, "7", "i7", sale(), THEIRS),
        tombstoned(linked(SALE, "8", "i8", sale(), THEIRS), ONCORD),
        seen(ONCORD, RECEIPT, "9", ours),
        seen(BOOKS, RECEIPT, "p9", theirs),
        linked(RECEIPT, "9", "p9", receipt(amount="30.00", pays={"7": "20.00"}), base),
        ChangedRecord(ONCORD, RECEIPT, "9"),
    )

    assert operation.action is Action.REBASE


def test_a_record_that_could_not_be_read_is_parked_and_stops_nothing() -> None:
    operations = decided(
        ADA,
        CUSTOMER,
        PAIR,
        seen(ONCORD, SALE, "6", None, extras=("unreadable: many",)),
        seen(ONCORD, SALE, "7", sale()),
        ChangedRecord(ONCORD, SALE, "6"),
        ChangedRecord(ONCORD, SALE, "7"),
    )

    assert told(operations) == ["park quickbooks sale S1", "create quickbooks sale S1"]


def test_a_credit_that_became_a_sale_is_a_question() -> None:
    credit = replace(THEIRS, type="adjustment")
    assert isinstance(credit, Sale)
    [operation] = decided(
        ADA,
        CUSTOMER,
        PAIR,
        seen(ONCORD, SALE, "7", sale()),
        seen(BOOKS, SALE, "i7", credit),
        linked(SALE, "7", "i7", sale(), credit),
        ChangedRecord(ONCORD, SALE, "7"),
    )

    assert (operation.action, operation.rule) == (Action.PARK, "S7")


def test_every_decision_names_a_rule_and_says_why() -> None:
    early = replace(sale(), date=date(2025, 1, 1), type="adjustment")
    operations = decided(
        ADA,
        seen(ONCORD, SALE, "6", early),
        seen(ONCORD, SALE, "7", replace(sale(), status="draft")),
        seen(ONCORD, SALE, "8", replace(sale(), voided=True)),
        seen(ONCORD, RECEIPT, "9", receipt(channel="cash")),
        *(ChangedRecord(ONCORD, SALE, i) for i in ("5", "6", "7", "8")),
        ChangedRecord(ONCORD, RECEIPT, "9"),
        ChangedRecord(ONCORD, CONTACT, "1"),
    )

    assert all(o.action is Action.SKIP for o in operations)
    assert all(o.rule in RULES and o.reason.endswith(".") for o in operations)
