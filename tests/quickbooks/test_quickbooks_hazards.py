"""What QuickBooks really does, one by one (proof.md section 1): the client survives it or names the error."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.domain.exchange import Batch, OutcomeState
from app.domain.operations import Action
from app.domain.records import Allocation, Contact, Kind, Name, Payment, Receipt, Sale
from app.domain.totals import moved
from app.errors import Blocked, OutsideError, Throttled, Unauthorised, Unreachable
from app.quickbooks.client import QuickBooksSide
from tests.quickbooks.company import START, Company
from tests.quickbooks.test_writing_quickbooks import document, jo, sale, snapshot_of


async def an_invoice_batch(books: Company) -> Batch:
    record = await sale(books, await books.customer("A"))
    (batch,) = books.side.prepare([books.write(Action.CREATE, Kind.SALE, record)]).batches
    return batch


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


@pytest.mark.parametrize(
    ("slug", "error"),
    [
        ("system_fault", Unreachable),
        ("unavailable_html", Unreachable),
        ("throttled", Throttled),
        ("admin_lost", Blocked),
        ("revoked", Unauthorised),
    ],
)
async def test_trouble_that_is_nobodys_record_stops_the_call_by_name(
    books: Company, slug: str, error: type[OutsideError]
) -> None:
    await books.hazard(slug)

    with pytest.raises(error) as reads:
        await books.side.ids(Kind.CONTACT)
    with pytest.raises(error):
        await books.create(Kind.CONTACT, jo())

    assert reads.value.trace_id or slug in ("revoked", "unavailable_html")


async def test_a_subscription_that_ended_blocks_writing_and_not_reading(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/subscription", {"active": False})

    assert await books.side.ids(Kind.CONTACT) == frozenset()
    with pytest.raises(Blocked) as blocked:
        await books.create(Kind.CONTACT, jo())
    assert (blocked.value.code, "subscription" in blocked.value.message) == ("6190", True)


async def test_a_lost_admin_right_blocks(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/admin", {"active": False})

    with pytest.raises(Blocked) as blocked:
        await books.side.facts()
    assert blocked.value.code == "120"


@pytest.mark.parametrize("envelope", ["upper", "lower"])
@pytest.mark.parametrize(("retry_after", "seconds"), [(7, 7), (None, 60)])
async def test_throttling_in_either_envelope_waits_as_told_and_then_goes_on(
    books: Company, envelope: str, retry_after: int | None, seconds: int
) -> None:
    await books.hazard("throttled", times=1, retry_after=retry_after, envelope=envelope)
    with pytest.raises(Throttled) as throttled:
        await books.side.ids(Kind.CONTACT)
    before = books.clock.monotonic()

    await books.side.ids(Kind.CONTACT)

    assert throttled.value.wait_seconds == seconds
    assert books.clock.monotonic() - before >= seconds - 1


async def test_enforced_limits_are_never_met(books: Company) -> None:
    await books.hazard("rate_limits")
    await books.door("DELETE", f"/companies/{books.realm}/calls")
    for n in range(45):
        await books.create(Kind.CONTACT, jo(name=Name(display=f"N {n}")))
    for _ in range(30):
        await books.side.ids(Kind.CONTACT)

    counted = await books.calls()
    assert counted["throttled"] == 0
    assert counted["peak_per_second"] <= 10
    assert counted["peak_batches_per_minute"] <= 40


async def test_a_token_that_dies_early_is_replaced_once_and_the_read_goes_on(books: Company) -> None:
    await books.hazard("token_expired", times=1)

    await books.side.ids(Kind.CONTACT)

    assert books.tokens.refreshed == 1


async def test_tokens_that_keep_dying_mean_reconnect(books: Company) -> None:
    await books.hazard("token_expired")

    with pytest.raises(Unauthorised):
        await books.side.ids(Kind.CONTACT)
    with pytest.raises(Unauthorised):
        await books.create(Kind.CONTACT, jo())


async def test_documents_whose_token_died_twice_mean_reconnect(books: Company) -> None:
    batch = await an_invoice_batch(books)
    await books.hazard("token_expired")

    with pytest.raises(Unreachable):
        await books.side.send(batch)
    with pytest.raises(Unauthorised):
        await books.side.send(batch)


async def test_access_that_a_person_revoked_means_reconnect(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/revoke")

    with pytest.raises(Unauthorised):
        await books.side.changes([Kind.CONTACT], START)


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


async def test_a_touched_customer_reads_the_same(books: Company) -> None:
    customer = await books.customer("A")
    (before,) = (await books.side.fetch(Kind.CONTACT, [customer])).snapshots
    await books.hazard("touched_without_token")

    (after,) = (await books.side.fetch(Kind.CONTACT, [customer])).snapshots

    assert (after.version, after.record) == (before.version, before.record)


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


async def test_a_cut_answer_below_the_usual_limit_cannot_be_seen_but_pages_are_whole(books: Company) -> None:
    ids = {await books.customer(f"C {n}") for n in range(12)}
    await books.hazard("cdc_limit", count=5)

    pages = [page async for page in books.side.pages(Kind.CONTACT, START - timedelta(hours=1))]

    assert {s.id for page in pages for s in page.snapshots} == ids


async def test_a_memory_shorter_than_thirty_days_is_not_complete(books: Company) -> None:
    await books.hazard("cdc_window", seconds=3600)

    changes = await books.side.changes([Kind.CONTACT], START - timedelta(days=1))

    assert (changes.snapshots, changes.complete) == ((), False)


async def test_a_refresh_whose_answer_is_lost_says_that_nobody_knows(books: Company) -> None:
    await books.hazard("answer_lost", times=1, entity="oauth")
    with pytest.raises(Unreachable):
        await books.tokens.renewed_token("con_1", "")

    assert await books.tokens.renewed_token("con_1", "")


async def test_a_customer_made_inactive_meanwhile_is_ambiguous_for_its_invoice(books: Company) -> None:
    customer = await books.customer("A")
    record = await sale(books, customer)
    await books.person("customer", {"Id": customer, "sparse": True, "Active": False})

    outcome = await books.create(Kind.SALE, record)

    assert outcome.state is OutcomeState.AMBIGUOUS
    assert outcome.code in ("610", "2500", "6250")


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


async def test_what_the_index_shows_late_is_asked_for_again(books: Company) -> None:
    await books.hazard("read_lag", seconds=30)
    customer = await books.customer("Late")
    first = await books.side.changes([Kind.CONTACT], START - timedelta(hours=1))
    assert [s.id for s in first.snapshots] == []
    books.clock.world.advance(31)

    second = await books.side.changes([Kind.CONTACT], first.as_of)

    assert [s.id for s in second.snapshots] == [customer]


@pytest.mark.parametrize("slug", ["tax_half_even", "tax_per_line", "tax_override_ignored"])
async def test_a_cent_that_quickbooks_moves_after_all_is_named(books: Company, slug: str) -> None:
    customer = await books.customer("A")
    record = await sale(books, customer, *["0.50"] * 3)
    lines = tuple(
        replace(line, tax=tax)
        for line, tax in zip(record.money.lines, (Decimal("0.05"), Decimal("0.05"), Decimal("0.04")), strict=True)
    )
    record = replace(record, money=replace(record.money, lines=lines, tax_total=Decimal("0.14")))
    await books.hazard(slug)

    made = snapshot_of(await books.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    said = moved(record.money, made.record.money)
    same = (made.record.money.total, made.record.money.tax_total) == (record.money.total, record.money.tax_total)
    assert same == (said == "")


async def test_prices_worked_out_anew_do_not_move_a_cent(books: Company) -> None:
    await books.hazard("unit_prices_rederived")
    record = await sale(books, await books.customer("A"), "89.28")
    line = replace(record.money.lines[0], quantity=Decimal(44), unit_price=Decimal("2.03"))
    record = replace(record, money=replace(record.money, lines=(line,)))

    made = snapshot_of(await books.create(Kind.SALE, record))

    assert isinstance(made.record, Sale)
    assert moved(record.money, made.record.money) == ""


async def test_answers_that_never_come_are_unreachable(books: Company) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("120 s", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as http:
        side = QuickBooksSide(
            connection_id="con_1",
            realm_id=books.realm,
            http=http,
            base_url="http://quickbooks.test",
            tokens=books.tokens,
            throttle=books.side._throttle,
            meter=books.meter,
            clock=books.clock,
        )
        with pytest.raises(Unreachable) as lost:
            await side.facts()
    assert lost.value.code == "timeout"


@pytest.mark.parametrize(
    ("environment", "host"),
    [("production", "sandbox-quickbooks.api.intuit.com"), ("sandbox", "quickbooks.api.intuit.com")],
)
async def test_sandbox_keys_never_meet_a_production_company(books: Company, environment: str, host: str) -> None:
    with pytest.raises(ValueError, match=environment):
        QuickBooksSide(
            connection_id="con_1",
            realm_id="1",
            http=books.http,
            base_url=f"https://{host}",
            tokens=books.tokens,
            throttle=books.side._throttle,
            meter=books.meter,
            clock=books.clock,
            environment=environment,
        )
