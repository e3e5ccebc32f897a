"""What QuickBooks really does, one by one (docs/simulators.md): answers that are lost, said twice, or out of order.

The client survives it or names the error. Access, other hands in the books, and figures have files of their own beside
this one; `test_every_hazard_has_a_test_that_shows_what_becomes_of_it` sees to it that none is forgotten.
"""

import importlib
import re
from datetime import timedelta

import pytest

from app.domain.model.exchange import Batch, OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import Contact, Kind, Name
from app.errors import Unreachable
from app.sandbox.quickbooks.hazards.catalogue import CATALOGUE
from tests.quickbooks.company import START, Company
from tests.quickbooks.hazard_register import SHOWN, survives
from tests.quickbooks.test_writing_quickbooks import document, jo, sale, snapshot_of

ELSEWHERE = (
    "tests.quickbooks.test_cleared_money_read",
    "tests.quickbooks.test_quickbooks_hazards_access",
    "tests.quickbooks.test_quickbooks_hazards_figures",
    "tests.quickbooks.test_quickbooks_hazards_hands",
    "tests.quickbooks.test_stale_without_cause",
    "tests.sync.test_addresses_as_text",
    "tests.sync.test_billed_documents",
    "tests.sync.test_hazards",
    "tests.sync.test_hazards_events",
    "tests.sync.test_line_discounts",
)


async def test_every_hazard_has_a_test_that_shows_what_becomes_of_it(books: Company) -> None:
    for name in ELSEWHERE:
        importlib.import_module(name)

    listed = {hazard["slug"] for hazard in (await books.door("GET", "/hazards"))["items"]}

    assert listed == CATALOGUE.keys()
    assert listed - SHOWN.keys() == set()


async def an_invoice_batch(books: Company) -> Batch:
    record = await sale(books, await books.customer("A"))
    (batch,) = books.side.prepare([books.write(Action.CREATE, Kind.SALE, record)]).batches
    return batch


@survives("answer_lost", "answer_timed_out", "error_after_commit", "unauthorised_after_commit")
@pytest.mark.parametrize("slug", ["answer_lost", "answer_timed_out", "error_after_commit", "unauthorised_after_commit"])
async def test_a_create_whose_answer_is_lost_is_found_by_its_marker_and_not_doubled(books: Company, slug: str) -> None:
    batch = await an_invoice_batch(books)
    sent_at = books.clock.now()
    await books.hazard("requestid_ignored")
    await books.hazard(slug, times=1, entity="batch")

    with pytest.raises(Unreachable):
        await books.side.send(batch)

    marker = batch.items[0].operation_id
    found = await books.side.find_marked(Kind.SALE, [marker, "another"], sent_at)
    (invoice,) = await books.objects("invoice")
    assert {m: s.id for m, s in found.items()} == {marker: invoice["Id"]}


@pytest.mark.parametrize("slug", ["answer_lost", "error_after_commit", "unauthorised_after_commit"])
async def test_the_same_batch_again_replays_the_first_answer(books: Company, slug: str) -> None:
    batch = await an_invoice_batch(books)
    await books.hazard(slug, times=1, entity="batch")
    with pytest.raises(Unreachable):
        await books.side.send(batch)

    (outcome,) = await books.side.send(batch)

    assert outcome.state is OutcomeState.DONE
    assert len(await books.objects("invoice")) == 1


@survives("requestid_ignored")
async def test_a_customer_that_is_created_twice_clashes_with_itself(books: Company) -> None:
    await books.hazard("requestid_ignored")
    (batch,) = books.side.prepare([books.write(Action.CREATE, Kind.CONTACT, jo())]).batches
    await books.side.send(batch)

    (again,) = await books.side.send(batch)

    assert again.state is OutcomeState.CLASH
    assert len(await books.objects("customer")) == 1


async def test_a_marker_that_a_person_copied_belongs_to_the_older_document(books: Company) -> None:
    before = books.clock.now()
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer("A"))))
    original = await document(books, "invoice", made.id)
    books.clock.world.advance(5)
    await books.person(
        "invoice", {k: original[k] for k in ("CustomerRef", "Line", "PrivateNote", "GlobalTaxCalculation")}
    )

    found = await books.side.find_marked(Kind.SALE, [made.marker], before)

    assert found[made.marker].id == made.id


async def test_a_replay_may_answer_with_a_document_that_is_gone(books: Company) -> None:
    batch = await an_invoice_batch(books)
    (first,) = await books.side.send(batch)
    await books.person("invoice", {"Id": snapshot_of(first).id}, operation="delete")

    (again,) = await books.side.send(batch)

    assert snapshot_of(again).id == snapshot_of(first).id
    fetched = await books.side.fetch(Kind.SALE, [snapshot_of(again).id])
    assert fetched.missing == (snapshot_of(again).id,)


@survives("requestid_forgotten")
async def test_a_batch_that_is_repeated_too_late_would_double_so_the_marker_is_looked_for_first(books: Company) -> None:
    batch = await an_invoice_batch(books)
    sent_at = books.clock.now()
    await books.hazard("requestid_forgotten", seconds=60)
    await books.hazard("answer_lost", times=1, entity="batch")
    with pytest.raises(Unreachable):
        await books.side.send(batch)
    (invoice,) = await books.objects("invoice")
    books.clock.world.advance(61)

    found = await books.side.find_marked(Kind.SALE, [batch.items[0].operation_id], sent_at)
    assert [s.id for s in found.values()] == [invoice["Id"]]

    (blind,) = await books.side.send(batch)
    assert snapshot_of(blind).id != invoice["Id"]
    found = await books.side.find_marked(Kind.SALE, [batch.items[0].operation_id], sent_at)
    assert [s.id for s in found.values()] == [invoice["Id"]]


@survives("requestid_replays_deleted")
async def test_a_document_deleted_before_the_replay_answers_as_made_and_reads_as_missing(books: Company) -> None:
    batch = await an_invoice_batch(books)
    await books.hazard("answer_lost", times=1, entity="batch")
    with pytest.raises(Unreachable):
        await books.side.send(batch)
    await books.hazard("requestid_replays_deleted", times=1)

    (replayed,) = await books.side.send(batch)

    dead = snapshot_of(replayed).id
    assert await books.objects("invoice") == []
    assert (await books.side.fetch(Kind.SALE, [dead])).missing == (dead,)
    (stub,) = (await books.side.changes([Kind.SALE], START - timedelta(hours=1))).snapshots
    assert (stub.id, stub.deleted) == (dead, True)


@survives("batch_reordered")
async def test_answers_in_another_order_go_to_the_operations_that_they_are_of(books: Company) -> None:
    names = [f"Customer {n}" for n in range(12)]
    await books.customer(names[7])
    writes = [books.write(Action.CREATE, Kind.CONTACT, jo(name=Name(display=name))) for name in names]
    await books.hazard("batch_reordered")

    outcomes = await books.send(*writes)

    said = (await books.door("GET", "/log"))["items"][-1]
    asked, answered = (re.findall(r'"bId": ?"(\w+)"', said[part])[:3] for part in ("request", "answer"))
    assert asked == [item.key for item in books.side.prepare(writes).batches[0].items[:3]]
    assert answered != asked
    assert [o.operation_id for o in outcomes] == [w.operation_id for w in writes]
    made = [
        o.snapshot.record.name.display if o.snapshot and isinstance(o.snapshot.record, Contact) else o.code
        for o in outcomes
    ]
    assert made == [*names[:7], "6240", *names[8:]]
