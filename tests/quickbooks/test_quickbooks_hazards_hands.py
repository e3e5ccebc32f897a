"""What QuickBooks really does, one by one: other hands in the same books, and what the books themselves refuse."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.model.exchange import OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import (
    Allocation,
    Contact,
    Kind,
    Payment,
    Receipt,
    Sale,
)
from tests.quickbooks.company import START, Company
from tests.quickbooks.hazard_register import survives
from tests.quickbooks.test_writing_quickbooks import jo, sale, snapshot_of


@survives("synctoken_bumped", "deleted_meanwhile", "voided_meanwhile")
@pytest.mark.parametrize(
    ("slug", "state"),
    [
        ("synctoken_bumped", OutcomeState.STALE),
        ("deleted_meanwhile", OutcomeState.AMBIGUOUS),
        ("voided_meanwhile", OutcomeState.STALE),
    ],
)
async def test_other_hands_in_the_same_document_are_noticed(books: Company, slug: str, state: OutcomeState) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    assert isinstance(made.record, Sale)
    await books.hazard(slug, times=1)
    write = books.write(
        Action.UPDATE, Kind.SALE, replace(made.record, notes="x"), target=made.id, version="0", fields=("notes",)
    )

    (outcome,) = await books.send(write)

    assert outcome.state is state


async def test_a_payment_bumps_its_invoice_without_a_change_we_would_see(books: Company) -> None:
    customer, bank = await books.customer("A"), await books.account("Bank")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    await books.create(
        Kind.RECEIPT, Receipt(customer, Payment(Decimal(110), "AUD", (Allocation(made.id, Decimal(110)),)), bank)
    )

    (after,) = (await books.side.fetch(Kind.SALE, [made.id])).snapshots

    assert isinstance(made.record, Sale)
    assert isinstance(after.record, Sale)
    assert after.version != made.version
    assert replace(after.record, paid=Decimal(0)) == replace(made.record, paid=Decimal(0))


@survives("paid_meanwhile")
async def test_a_full_payment_taken_meanwhile_is_refused_in_plain_words(books: Company) -> None:
    customer, bank = await books.customer("A"), await books.account("Bank")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    await books.hazard("paid_meanwhile", times=1)

    outcome = await books.create(
        Kind.RECEIPT, Receipt(customer, Payment(Decimal(110), "AUD", (Allocation(made.id, Decimal(110)),)), bank)
    )

    assert (outcome.state, outcome.code) == (OutcomeState.REFUSED, "6000")


async def test_a_deposited_payment_is_not_touched(books: Company) -> None:
    customer, bank = await books.customer("A"), await books.account("Other Current Asset", "UndepositedFunds")
    receipt = Receipt(customer, Payment(Decimal(50), "AUD"), bank)
    made = snapshot_of(await books.create(Kind.RECEIPT, receipt))
    await books.door("POST", f"/companies/{books.realm}/deposit", {"payments": [made.id]})
    documents = await books.side.documents(Kind.RECEIPT, [made.id])
    writes = [
        books.write(
            Action.UPDATE,
            Kind.RECEIPT,
            replace(receipt, payment=Payment(Decimal(60), "AUD")),
            target=made.id,
            version=documents[made.id]["SyncToken"],
            fields=("payment",),
            document=documents[made.id],
        ),
        books.write(Action.DELETE, Kind.RECEIPT, None, target=made.id, version=documents[made.id]["SyncToken"]),
    ]

    outcomes = await books.send(*writes)

    assert [(o.state, o.code) for o in outcomes] == [(OutcomeState.REFUSED, "6540")] * 2
    assert "bank deposit" in outcomes[0].message


async def test_closed_books_are_said_in_plain_words(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/close-books", {"date": "2026-12-31"})

    outcome = await books.create(Kind.SALE, await sale(books, await books.customer("A")))

    assert (outcome.state, outcome.code) == (OutcomeState.REFUSED, "6210")
    assert "books are closed" in outcome.message


@survives("docnumber_taken")
async def test_a_number_that_is_taken_is_a_clash_whose_holder_is_found(books: Company) -> None:
    customer = await books.customer("A")
    first = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    await books.hazard("docnumber_taken", times=1)
    write = books.write(Action.CREATE, Kind.SALE, await sale(books, customer))

    (outcome,) = await books.send(write)

    assert (outcome.state, outcome.code) == (OutcomeState.CLASH, "6140")
    assert [s.id for s in await books.side.find_clash(write.operation)] == [first.id]


async def test_a_merged_customer_is_seen_as_inactive_and_its_invoices_elsewhere(books: Company) -> None:
    loser, winner = await books.customer("Loser"), await books.customer("Winner")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, loser)))
    await books.door("POST", f"/companies/{books.realm}/customer/merge", {"from": loser, "into": winner})

    changes = await books.side.changes([Kind.CONTACT, Kind.SALE], START - timedelta(hours=1))

    contacts = {s.id: s.record for s in changes.snapshots if isinstance(s.record, Contact)}
    (moved_sale,) = [s.record for s in changes.snapshots if s.id == made.id and isinstance(s.record, Sale)]
    assert not contacts[loser].active
    assert moved_sale.contact_id == winner


async def test_a_void_by_a_person_is_seen(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    await books.person("invoice", {"Id": made.id}, operation="void")

    (after,) = (await books.side.fetch(Kind.SALE, [made.id])).snapshots

    assert isinstance(after.record, Sale)
    assert (after.record.voided, after.marker) == (True, made.marker)


async def test_a_customer_made_inactive_meanwhile_is_ambiguous_for_its_invoice(books: Company) -> None:
    customer = await books.customer("A")
    record = await sale(books, customer)
    await books.person("customer", {"Id": customer, "sparse": True, "Active": False})

    outcome = await books.create(Kind.SALE, record)

    assert outcome.state is OutcomeState.AMBIGUOUS
    assert outcome.code in ("610", "2500", "6250")


@survives("merged_meanwhile")
async def test_a_customer_merged_away_meanwhile_is_not_overwritten(books: Company) -> None:
    loser = await books.customer("Loser")
    await books.customer("Winner")
    await books.hazard("merged_meanwhile", times=1)
    write = books.write(Action.UPDATE, Kind.CONTACT, jo(), target=loser, version="0", fields=("email",))

    (outcome,) = await books.send(write)

    assert outcome.state in (OutcomeState.STALE, OutcomeState.AMBIGUOUS)


async def test_a_sale_of_unknown_type_is_never_deleted_on_a_guess(books: Company) -> None:
    prepared = books.side.prepare([books.write(Action.DELETE, Kind.SALE, None, target="1", version="0")])

    assert "invoice or a credit memo" in prepared.refused[0].message


@survives("inactivated_meanwhile")
async def test_a_customer_made_inactive_right_before_its_update_is_stale_and_then_read_as_inactive(
    books: Company,
) -> None:
    made = snapshot_of(await books.create(Kind.CONTACT, jo()))
    await books.hazard("inactivated_meanwhile", times=1)
    write = books.write(
        Action.UPDATE, Kind.CONTACT, jo(phone="1"), target=made.id, version=made.version, fields=("phone",)
    )

    (outcome,) = await books.send(write)

    (now,) = (await books.side.fetch(Kind.CONTACT, [made.id])).snapshots
    assert outcome.state is OutcomeState.STALE
    assert isinstance(now.record, Contact)
    assert (now.record.active, now.record.phone) == (False, jo().phone)


@survives("deposited_meanwhile")
async def test_a_payment_deposited_right_before_its_change_stays_as_it_is(books: Company) -> None:
    customer, bank = await books.customer("A"), await books.account("Other Current Asset", "UndepositedFunds")
    receipt = Receipt(customer, Payment(Decimal(50), "AUD"), bank)
    made = snapshot_of(await books.create(Kind.RECEIPT, receipt))
    held = (await books.side.documents(Kind.RECEIPT, [made.id]))[made.id]
    await books.hazard("deposited_meanwhile", times=1)
    dearer = replace(receipt, payment=Payment(Decimal(60), "AUD"))
    write = books.write(
        Action.UPDATE, Kind.RECEIPT, dearer, target=made.id, version="0", fields=("payment",), document=held
    )

    (outcome,) = await books.send(write)
    (now,) = (await books.side.fetch(Kind.RECEIPT, [made.id])).snapshots
    (again,) = await books.send(replace(write, operation=replace(write.operation, expected_version=now.version)))

    assert outcome.state in (OutcomeState.STALE, OutcomeState.REFUSED)
    assert (again.state, again.code) == (OutcomeState.REFUSED, "6540")
    assert "deposited" in now.extras
    assert isinstance(now.record, Receipt)
    assert now.record.payment.amount == 50


@survives("displayname_taken")
async def test_a_name_that_a_supplier_takes_right_before_is_a_clash_that_nobody_adopts(books: Company) -> None:
    await books.hazard("displayname_taken", times=1)
    write = books.write(Action.CREATE, Kind.CONTACT, jo())

    (outcome,) = await books.send(write)

    assert (outcome.state, outcome.code) == (OutcomeState.CLASH, "6240")
    assert await books.side.find_clash(write.operation) == ()
    assert [v["DisplayName"] for v in await books.objects("vendor")] == ["Jo Citizen"]
    other = await books.create(Kind.CONTACT, jo(name=replace(jo().name, display="Jo Citizen (jo@example.com)")))
    assert other.state is OutcomeState.DONE


@survives("books_closed")
@pytest.mark.parametrize(("date", "state"), [("", OutcomeState.REFUSED), ("2026-10-31", OutcomeState.DONE)])
async def test_books_closed_for_the_date_of_a_sale_refuse_it_by_name_and_later_ones_pass(
    books: Company, date: str, state: OutcomeState
) -> None:
    await books.hazard("books_closed", date=date)

    outcome = await books.create(Kind.SALE, await sale(books, await books.customer("A")))

    assert outcome.state is state
    assert (outcome.code == "6210") == (state is OutcomeState.REFUSED)
    assert len(await books.objects("invoice")) == (state is OutcomeState.DONE)


@survives("reconciled")
async def test_what_is_matched_with_the_bank_statement_is_not_deleted(books: Company) -> None:
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    await books.hazard("reconciled", times=1)
    write = books.write(Action.DELETE, Kind.SALE, made.record, target=made.id, version=made.version)

    (outcome,) = await books.send(write)

    assert (outcome.state, outcome.code) == (OutcomeState.REFUSED, "6480")
    assert "reconciled" in outcome.message
    assert outcome.advice
    assert [row["Id"] for row in await books.objects("invoice")] == [made.id]


@survives("sparse_void_refused")
async def test_a_payment_is_voided_with_its_whole_body(books: Company) -> None:
    await books.hazard("sparse_void_refused")
    customer, bank = await books.customer("A"), await books.account("Bank")
    made = snapshot_of(await books.create(Kind.RECEIPT, Receipt(customer, Payment(Decimal(20), "AUD"), bank)))
    document = (await books.side.documents(Kind.RECEIPT, [made.id]))[made.id]
    write = books.write(Action.VOID, Kind.RECEIPT, made.record, document=document, target=made.id, version=made.version)

    (outcome,) = await books.send(write)

    assert outcome.state is OutcomeState.DONE
    assert isinstance(snapshot_of(outcome).record, Receipt)
    assert [row["TotalAmt"] for row in await books.objects("payment")] == [0]


@survives("overpaid_accepted")
async def test_an_excess_that_quickbooks_takes_is_read_back_as_unapplied(books: Company) -> None:
    customer, bank = await books.customer("A"), await books.account("Bank")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    too_much = Payment(Decimal(150), "AUD", (Allocation(made.id, Decimal(150)),))
    refused = await books.create(Kind.RECEIPT, Receipt(customer, too_much, bank))
    assert (refused.state, refused.code) == (OutcomeState.REFUSED, "6000")
    await books.hazard("overpaid_accepted")

    taken = snapshot_of(await books.create(Kind.RECEIPT, Receipt(customer, too_much, bank)))

    assert isinstance(taken.record, Receipt)
    assert taken.record.payment == replace(too_much, allocations=(Allocation(made.id, Decimal(110)),))
    (paid,) = (await books.side.fetch(Kind.SALE, [made.id])).snapshots
    assert isinstance(paid.record, Sale)
    assert paid.record.paid == 110
