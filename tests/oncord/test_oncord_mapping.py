"""Oncord's JSON <-> our vocabulary, with literals."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.deletion import DeletedAlong
from app.domain.model.exchange import Write
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Address,
    Allocation,
    Contact,
    Counterpart,
    Kind,
    Line,
    Money,
    Name,
    Payment,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import BooksMark, BooksStatus
from app.oncord.mapping.records import to_operation, to_snapshot
from app.oncord.mapping.sale import read_sale

D = Decimal

SALE: dict[str, Any] = {
    "id": "1041",
    "version": "7",
    "modified_at": "2026-11-22T02:00:00.123456Z",
    "deleted": False,
    "kind": "sale",
    "status": "confirmed",
    "number": "INV-7",
    "contact_id": "41",
    "date": "2026-11-22",
    "due_date": None,
    "currency": "AUD",
    "amounts_include_tax": True,
    "lines": [
        {
            "id": "1",
            "kind": "item",
            "product_id": "3",
            "product_code": "MUG",
            "description": "Mug",
            "quantity": "2",
            "unit_price": "55.00",
            "discount_amount": "10.00",
            "tax_code": "GST",
            "tax_rate": "10",
            "tax_amount": "9.09",
            "line_total": "100.00",
        },
        {"id": "2", "kind": "subtotal", "description": "So far", "line_total": "0.00", "tax_amount": "0.00"},
    ],
    "order_discounts": [{"description": "Spring", "amount": "11.00", "tax_code": "GST", "tax_amount": "1.00"}],
    "shipping": {"method": "Post", "amount": "9.90", "tax_code": "GST", "tax_amount": "0.90"},
    "rounding": "0.05",
    "tax_total": "8.99",
    "total": "98.95",
    "amount_paid": "50.00",
    "notes": "n",
    "reference": "r",
    "voided": False,
    "billing_address": {"line1": "1 Road", "country": "AU", "lift": "left"},
    "external_ref": "op_1",
}


def write(record: Record | None, action: Action = Action.UPDATE, **more: Any) -> Write:
    kind = {Contact: Kind.CONTACT, Sale: Kind.SALE, Receipt: Kind.RECEIPT}.get(type(record), more.pop("kind", None))
    fields = more.pop("fields", ())
    operation = Operation(
        action, Side.ONCORD, kind, "S2", "why", target_id="9", expected_version="3", fields=fields, **more
    )
    return Write("op_2", operation, record, external_ref="op_2")


def sale_of(document: dict[str, Any]) -> Sale:
    record = to_snapshot(Kind.SALE, document).record
    assert isinstance(record, Sale)
    return record


def test_a_sales_discounts_shipping_and_rounding_are_lines_of_their_own_kind() -> None:
    snapshot = to_snapshot(Kind.SALE, SALE)

    assert snapshot == Snapshot(
        side=Side.ONCORD,
        kind=Kind.SALE,
        id="1041",
        version="7",
        modified_at=datetime(2026, 11, 22, 2, 0, 0, 123456, tzinfo=UTC),
        marker="op_1",
        record=Sale(
            contact_id="41",
            number="INV-7",
            date=date(2026, 11, 22),
            notes="n",
            reference="r",
            billing_address=Address(line1="1 Road", country="AU"),
            paid=D("50.00"),
            money=Money(
                currency="AUD",
                amounts_include_tax=True,
                tax_total=D("8.99"),
                total=D("98.95"),
                lines=(
                    Line(
                        total=D("100.00"),
                        id="1",
                        item="3",
                        item_code="MUG",
                        description="Mug",
                        quantity=D(2),
                        unit_price=D("55.00"),
                        discount=D("10.00"),
                        tax_code="GST",
                        tax_rate=D(10),
                        tax=D("9.09"),
                    ),
                    Line(total=D(0), kind="subtotal", id="2", description="So far"),
                    Line(total=D("-11.00"), kind="discount", description="Spring", tax_code="GST", tax=D("-1.00")),
                    Line(total=D("9.90"), kind="shipping", description="Post", tax_code="GST", tax=D("0.90")),
                    Line(total=D("0.05"), kind="rounding"),
                ),
            ),
        ),
    )
    assert sum(line.total for line in sale_of(SALE).money.lines) == D("98.95")


def test_the_money_of_a_sale_goes_out_as_it_came_in() -> None:
    body = to_operation(write(sale_of(SALE), fields=("money",)))

    assert body["action"] == "update"
    assert (body["key"], body["id"], body["version"]) == ("op_2", "9", "3")
    assert body["record"]["lines"][0] == {k: v for k, v in SALE["lines"][0].items() if k != "kind"}
    assert body["record"]["lines"][1] == {k: v for k, v in SALE["lines"][1].items() if k != "kind"}
    for member in ("order_discounts", "shipping", "rounding", "tax_total", "total", "currency", "amounts_include_tax"):
        assert body["record"][member] == SALE[member]
    assert "number" not in body["record"]


ADJUSTMENT = SALE | {
    "kind": "adjustment",
    "adjusts_sale_id": "1040",
    "lines": [
        {"id": "1", "kind": "text", "quantity": "-1", "unit_price": "50.00", "line_total": "-50.00"},
        {"id": "2", "kind": "text", "quantity": "1", "unit_price": "-60.00", "line_total": "-60.00"},
        {"id": "3", "kind": "text", "quantity": "1", "unit_price": "5.00", "line_total": "5.00"},
    ],
    "order_discounts": [{"amount": "-10.00", "tax_amount": "-0.91"}],
    "shipping": None,
    "rounding": "0.00",
    "tax_total": "-8.64",
    "total": "-95.00",
    "amount_paid": "0.00",
}


def test_s7_an_adjustments_amounts_are_the_credit_it_gives() -> None:
    sale = sale_of(ADJUSTMENT)

    assert (sale.type, sale.adjusts_id) == ("adjustment", "1040")
    assert (sale.money.total, sale.money.tax_total) == (D(95), D("8.64"))
    assert [(line.quantity, line.unit_price, line.total) for line in sale.money.lines] == [
        (D(1), D(50), D(50)),
        (D(1), D(60), D(60)),
        (D(-1), D(5), D(-5)),
        (None, None, D(-10)),
    ]


def test_s7_an_adjustment_goes_out_negative() -> None:
    record = to_operation(write(sale_of(ADJUSTMENT), fields=("money",)))["record"]

    assert [(line["quantity"], line["unit_price"], line["line_total"]) for line in record["lines"]] == [
        ("-1", "50.00", "-50.00"),
        ("-1", "60.00", "-60.00"),
        ("1", "5.00", "5.00"),
    ]
    assert record["order_discounts"][0]["amount"] == "-10.00"
    assert (record["total"], record["tax_total"]) == ("-95.00", "-8.64")


def test_a_positive_adjustment_is_a_further_sale() -> None:
    assert sale_of(SALE | {"kind": "adjustment", "adjusts_sale_id": "1"}).type == "sale"


def test_a_new_sale_is_the_connectors_and_carries_its_reference() -> None:
    money = Money("AUD", (Line(total=D("12.5"), description="Work"),), True, D(0), D("12.5"))
    operation = to_operation(write(Sale("41", money, date=date(2026, 1, 2)), Action.CREATE))

    assert operation == {
        "key": "op_2",
        "action": "create",
        "record": {
            "kind": "sale",
            "status": "confirmed",
            "source": "connector",
            "books_status": "linked",
            "voided": False,
            "contact_id": "41",
            "date": "2026-01-02",
            "currency": "AUD",
            "amounts_include_tax": True,
            "lines": [
                {
                    "kind": "text",
                    "product_id": None,
                    "product_code": None,
                    "description": "Work",
                    "quantity": "1",
                    "unit_price": "12.50",
                    "discount_amount": "0.00",
                    "tax_code": None,
                    "tax_rate": None,
                    "tax_amount": "0.00",
                    "line_total": "12.50",
                }
            ],
            "order_discounts": [],
            "rounding": "0.00",
            "tax_total": "0.00",
            "total": "12.50",
            "billing_address": dict.fromkeys(("line1", "line2", "suburb", "state", "postcode", "country"), ""),
            "shipping_address": dict.fromkeys(("line1", "line2", "suburb", "state", "postcode", "country"), ""),
            "external_ref": "op_2",
        },
    }


def test_shipping_under_a_second_tax_code_becomes_a_line() -> None:
    lines = (
        Line(D("9.90"), "shipping", description="Post", tax_code="GST", tax=D("0.90")),
        Line(D("5.00"), "shipping", description="Abroad", tax_code="FRE"),
        Line(D("1.10"), "shipping", tax_code="GST", tax=D("0.10")),
    )
    record = to_operation(write(Sale("1", Money("AUD", lines, True, D(1), D(16))), fields=("money",)))["record"]

    assert record["shipping"] == {"method": "Post", "amount": "11.00", "tax_code": "GST", "tax_amount": "1.00"}
    assert [(line["description"], line["line_total"]) for line in record["lines"]] == [("Abroad", "5.00")]


def test_a_fraction_of_a_cent_and_an_unresolved_reference_are_never_sent() -> None:
    money = Money("AUD", (Line(total=D("1.005")),), True, D(0), D("1.005"))
    with pytest.raises(ValueError, match="cents"):
        to_operation(write(Sale("41", money), fields=("money",)))
    with pytest.raises(ValueError, match="not known"):
        to_operation(write(Sale(Counterpart(Kind.CONTACT, "7"), money), fields=("contact_id",)))


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (
            {"type": "individual", "first_name": "Mia", "last_name": "Tran"},
            Name("individual", "Mia", "Tran", "", "Mia Tran"),
        ),
        ({"type": "individual", "company_name": "Wharf"}, Name("individual", "", "", "Wharf", "Wharf")),
        (
            {"type": "company", "company_name": "Wharf Pty", "first_name": "Mia"},
            Name("company", "Mia", "", "Wharf Pty", "Wharf Pty"),
        ),
        ({"type": "company", "last_name": "Tran"}, Name("company", "", "Tran", "", "Tran")),
    ],
)
def test_a_contacts_display_name_is_composed(document: dict[str, Any], name: Name) -> None:
    record = to_snapshot(Kind.CONTACT, {"id": "1", **document}).record

    assert record == Contact(name=name)


def test_a_contact_from_the_books_never_asked_for_mail() -> None:
    contact = Contact(name=Name(display="Mia van Tran"), email="a@example.com, b@example.com")
    record = to_operation(write(contact, Action.CREATE))["record"]

    assert record["email_marketing_status"] == "pending"
    assert (record["first_name"], record["last_name"]) == ("Mia van", "Tran")
    assert record["email"] == "a@example.com"


def test_an_update_sends_the_groups_that_move_and_nothing_else() -> None:
    contact = Contact(name=Name("company", company="W", display="W"), phone="", email="x@example.com")

    assert to_operation(write(contact, fields=("phone", "name")))["record"] == {
        "phone": "",
        "type": "company",
        "first_name": "",
        "last_name": "",
        "company_name": "W",
    }


def test_a_receipts_payment_method_is_its_channel_both_ways() -> None:
    document = {
        "id": "5",
        "version": "1",
        "contact_id": "41",
        "payment_method_id": "2",
        "date": "2026-11-22",
        "amount": "-20.00",
        "currency": "AUD",
        "allocations": [{"sale_id": "1042", "amount": "-20.00"}],
        "reference": "cheque 7",
    }
    receipt = Receipt(
        "41",
        Payment(D(-20), "AUD", (Allocation("1042", D(20), "adjustment"),)),
        "2",
        date(2026, 11, 22),
        reference="cheque 7",
    )

    assert to_snapshot(Kind.RECEIPT, document).record == receipt
    assert to_operation(write(receipt, Action.CREATE))["record"] == {
        **{k: v for k, v in document.items() if k not in ("id", "version")},
        "books_status": "linked",
        "external_ref": "op_2",
    }


def test_what_is_left_of_a_deleted_record_names_what_took_it_along() -> None:
    stub = {"id": "7", "version": "9", "deleted": True, "modified_at": "2026-11-22T02:00:00Z"}

    taken = to_snapshot(Kind.SALE, stub | {"deleted_with": {"entity": "contact", "id": "17"}, "merged_into_id": None})
    merged = to_snapshot(Kind.CONTACT, stub | {"deleted_with": None, "merged_into_id": "8"})

    assert (taken.record, taken.deleted, taken.deleted_with, taken.merged_into) == (
        None,
        True,
        DeletedAlong(Kind.CONTACT, "17"),
        "",
    )
    assert (merged.record, merged.deleted, merged.deleted_with, merged.merged_into) == (None, True, None, "8")


def test_a_record_that_makes_no_sense_says_so_and_spoils_nothing() -> None:
    snapshot = to_snapshot(Kind.SALE, SALE | {"total": "a lot"})

    assert snapshot.record is None
    assert not snapshot.deleted
    assert snapshot.extras == ("unreadable: not an amount: 'a lot'",)


@pytest.mark.parametrize(
    ("kind", "member", "value", "told"),
    [
        (Kind.SALE, "status", "quote", "'quote' is no status of a sale that this service knows"),
        (Kind.SALE, "kind", "layby", "'layby' is no kind of sale that this service knows"),
        (Kind.CONTACT, "type", "trust", "'trust' is no type of contact that this service knows"),
    ],
)
def test_what_a_word_of_a_closed_list_means_is_not_guessed(kind: Kind, member: str, value: str, told: str) -> None:
    document = SALE if kind is Kind.SALE else {"id": "3", "version": "1", "first_name": "Ada"}
    assert to_snapshot(kind, document | {member: value}).extras == (f"unreadable: {told}",)


@pytest.mark.parametrize("status", ["draft", "confirmed", "cancelled"])
def test_a_status_that_the_contract_lists_is_read_as_it_is(status: str) -> None:
    sale = to_snapshot(Kind.SALE, SALE | {"status": status}).record
    assert isinstance(sale, Sale)
    assert sale.status == status


def test_a_bundle_is_noted() -> None:
    lines = [SALE["lines"][0] | {"kind": "bundle_part"}]

    assert to_snapshot(Kind.SALE, SALE | {"lines": lines}).extras == ("bundle",)


def test_voids_and_marks_touch_nothing_else_and_say_why() -> None:
    why = {"books_reason": "why"}
    assert to_operation(write(None, Action.VOID, kind=Kind.SALE))["record"] == {
        "voided": True,
        "books_status": "void",
        **why,
    }
    assert to_operation(write(None, Action.VOID, kind=Kind.RECEIPT))["record"] == {"books_status": "void", **why}
    assert to_operation(write(None, kind=Kind.SALE, fields=(BooksMark(BooksStatus.GONE),)))["record"] == {
        "books_status": "gone",
        "books_url": None,
        **why,
    }


def test_a_mark_says_what_was_settled_in_the_books_and_as_of_when() -> None:
    sale = replace(read_sale(SALE), books_settled=Decimal(20), books_reason="Settled by a journal entry.")
    linked = (BooksMark(BooksStatus.LINKED),)
    marked = replace(write(sale, kind=Kind.SALE, fields=linked), at=datetime(2026, 11, 20, 3, tzinfo=UTC))

    assert to_operation(marked)["record"] == {
        "books_status": "linked",
        "books_reason": "Settled by a journal entry.",
        "books_settled": "20.00",
        "books_as_of": "2026-11-20T03:00:00+00:00",
    }
    credit = write(replace(sale, type="adjustment"), kind=Kind.SALE, fields=linked)
    assert to_operation(credit)["record"]["books_settled"] == "-20.00"


def test_a_catalogue_entry_gets_a_version_that_moves_with_its_content() -> None:
    product = {"id": "3", "code": "MUG", "title": "Mug", "price": "55.00", "tax_code": "GST", "active": True}

    first, second = to_snapshot(Kind.ITEM, product), to_snapshot(Kind.ITEM, product | {"price": "56.00"})

    assert first.version
    assert first.version != second.version
