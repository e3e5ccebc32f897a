"""The contract between client and simulator, row by row: queries, change data capture and the limits on calls."""

from datetime import timedelta

import pytest

from app.domain.model.records import Kind, Name
from app.errors import Refused, Throttled
from app.quickbooks.mapping.query import select
from tests.quickbooks.company import START, Company
from tests.quickbooks.contract_rows import row
from tests.quickbooks.test_quickbooks_contract import raw
from tests.quickbooks.test_reading_quickbooks import BEFORE, invoice
from tests.quickbooks.test_writing_quickbooks import jo, snapshot_of


@row("inactive filtering")
async def test_a_query_hides_the_inactive_unless_asked_and_the_client_asks(books: Company) -> None:
    here, away = await books.customer("Here"), await books.customer("Away")
    await books.person("customer", {"Id": away, "sparse": True, "Active": False})

    hidden, _ = await books.side.wire.query(select("Customer", inactive=False))

    assert [found["Id"] for found in hidden] == [here]
    assert await books.side.ids(Kind.CONTACT) == {here, away}
    assert len((await books.side.fetch(Kind.CONTACT, [here, away])).snapshots) == 2


@row("query grammar 4000/4001")
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT FROM Customer", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'A' OR DisplayName = 'B'", "4000"),
        ("SELECT * FROM Customer WHERE Shoe = '1'", "4001"),
        ("SELECT * FROM Customer WHERE Id > '1'", "4001"),
        ("SELECT * FROM Customer MAXRESULTS 1001", "4001"),
    ],
)
async def test_a_statement_outside_the_grammar_is_refused_by_its_code(
    books: Company, statement: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        await books.side.wire.query(statement)
    assert refused.value.code == code


@row("default orders")
async def test_rows_come_by_name_or_by_change_unless_an_order_is_asked_for_and_the_client_asks(books: Company) -> None:
    customers = [await books.customer(name) for name in ("Zoe", "Adam")]
    first = await invoice(books, customers[0])
    books.clock.world.advance(5)
    second = await invoice(books, customers[0])

    by_name, _ = await books.side.wire.query(select("Customer", order=""))
    by_change, _ = await books.side.wire.query(select("Invoice", order=""))
    pages = [page async for page in books.side.pages(Kind.SALE, None)]

    assert [found["DisplayName"] for found in by_name] == ["Adam", "Zoe"]
    assert [found["Id"] for found in by_change] == [second["Id"], first["Id"]]
    assert [s.id for page in pages for s in page.snapshots] == [first["Id"], second["Id"]]


@row("totalCount")
async def test_a_total_count_comes_for_some_entities_only_and_the_client_needs_none(books: Company) -> None:
    customer = await books.customer("A")
    made = await invoice(books, customer)

    counted = {
        entity: "totalCount" in (await raw(books, "query?query=" + select(entity))).json()["QueryResponse"]
        for entity in ("Invoice", "Customer")
    }

    assert counted == {"Invoice": True, "Customer": False}
    assert await books.side.ids(Kind.SALE) == {made["Id"]}
    assert await books.side.ids(Kind.CONTACT) == {customer}


@row("CDC cut at 1000")
async def test_an_answer_of_a_thousand_is_taken_for_cut_and_pages_bring_the_rest(books: Company) -> None:
    await books.person("customer", [{"DisplayName": f"N {n}"} for n in range(999)], quiet="true")
    assert (await books.side.changes([Kind.CONTACT], BEFORE)).complete
    await books.person("customer", [{"DisplayName": f"M {n}"} for n in range(201)], quiet="true")

    changes = await books.side.changes([Kind.CONTACT], BEFORE)
    pages = [page async for page in books.side.pages(Kind.CONTACT, BEFORE)]

    assert (len(changes.snapshots), changes.complete) == (1000, False)
    assert len({s.id for page in pages for s in page.snapshots}) == 1200


@row("CDC deleted stubs")
async def test_a_deleted_document_is_a_stub_with_nothing_but_its_id(books: Company) -> None:
    made = await invoice(books, await books.customer("A"))
    await books.person("invoice", {"Id": made["Id"]}, operation="delete")

    answer = await raw(books, f"cdc?entities=Invoice&changedSince={BEFORE:%Y-%m-%dT%H:%M:%SZ}")
    changes = await books.side.changes([Kind.SALE], BEFORE)

    block = answer.json()["CDCResponse"][0]["QueryResponse"][0]
    assert ("startPosition" in block, block["Invoice"][0].keys()) == (False, {"domain", "status", "Id", "MetaData"})
    assert [(s.id, s.deleted, s.record) for s in changes.snapshots] == [(made["Id"], True, None)]


@row("CDC 30 days")
async def test_a_month_is_remembered_and_no_more(books: Company) -> None:
    customer = await books.customer("Early")
    books.clock.world.advance(31 * 86400)
    await books.tokens.renewed_token("con_1", "")

    with pytest.raises(Refused) as refused:
        await books.side.wire.cdc(["Customer"], START)
    changes = await books.side.changes([Kind.CONTACT], START)
    pages = [page async for page in books.side.pages(Kind.CONTACT, START)]

    assert refused.value.code == "2190"
    assert not changes.complete
    assert [s.id for page in pages for s in page.snapshots] == [customer]


@row("500/min, 10/s, 40 batches, 429/3001")
async def test_the_limits_answer_429_to_those_who_do_not_count_and_the_client_counts(books: Company) -> None:
    await books.hazard("rate_limits")
    books.clock.world.advance(120)
    refused = [(await raw(books, "companyinfo/1")).status_code for _ in range(11)]
    assert refused == [200] * 10 + [429]
    with pytest.raises(Throttled) as throttled:
        await books.side.ids(Kind.CONTACT)
    assert (throttled.value.code, throttled.value.wait_seconds) == ("3001", 60)
    await books.door("DELETE", f"/companies/{books.realm}/calls")
    began = books.clock.now()

    for n in range(50):
        snapshot_of(await books.create(Kind.CONTACT, jo(name=Name(display=f"N {n}"))))
    for _ in range(600):
        await books.side.wire.query(select("Term"))

    counted = await books.calls()
    assert (counted["throttled"], counted["batch"], counted["query"]) == (0, 50, 600)
    assert counted["peak_per_minute"] <= 500
    assert books.clock.now() - began < timedelta(minutes=5)
