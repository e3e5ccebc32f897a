"""The query language: grammar, what may be asked, defaults, orders, counts (docs/quickbooks.md 4)."""

from __future__ import annotations

import random

import pytest

from app.sandbox.quickbooks.requests.query_language import parse

from .books import Books, open_books, select


async def error(books: Books, statement: str) -> tuple[str, str]:
    answer = await books.call("GET", "query", query=statement)
    found = answer.json()["Fault"]["Error"][0]
    assert answer.status_code == 400
    return found["code"], found["Detail"]


@pytest.mark.parametrize(
    "statement",
    [
        "select",
        "select * Customer",
        "select * from Customer where",
        "select * from Customer where DisplayName = 'x' or DisplayName = 'y'",
        "select * from Customer where DisplayName <> 'x'",
        "select * from NULL",
        "select * from Customer where DisplayName = 'O'Brien'",
        "select * from Customer where Id in '1'",
        "select * from Customer maxresults ten",
        "select * from Customer group by Id",
        "delete from Customer",
    ],
)
async def test_bad_grammar_is_4000_and_says_where(us: Books, statement: str) -> None:
    code, detail = await error(us, statement)

    assert code == "4000"
    assert detail.startswith("QueryParserError: Encountered ")
    assert "at line 1, column " in detail


@pytest.mark.parametrize(
    "statement",
    [
        "select * from Spaceship",
        "select * from Invoice where PrivateNote = 'x'",
        "select * from Invoice where Line.Amount = 3",
        "select * from Customer order by Notes",
        "select * from Customer maxresults 1001",
        "select * from Customer startposition 0",
        "select * from Customer where Id > '3'",
        "select * from Invoice where TxnDate > 'tomorrow'",
        "select Nonsense from Customer",
        "select * from Customer where Active = 'maybe'",
    ],
)
async def test_what_cannot_be_asked_is_4001(us: Books, statement: str) -> None:
    await us.customer()

    assert (await error(us, statement))[0] == "4001"


async def test_a_start_position_of_zero_is_explained(us: Books) -> None:
    assert (await error(us, "select * from Customer startposition 0"))[
        1
    ] == "QueryValidationError: value 0 is too small. Min allowed value is 1"


async def test_nothing_found_has_no_array_at_all(us: Books) -> None:
    assert await us.query("select * from Customer where DisplayName = 'nobody'") == {}


async def test_a_shop_with_quotes_and_backslashes_in_its_name_is_found(us: Books) -> None:
    name = r"""O'Brien \ "Söhne" %"""
    made = await us.customer(name)
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")

    assert await us.ids(select("Customer", f"DisplayName = '{escaped}'")) == [made["Id"]]


def test_escaped_values_come_out_of_the_parser_as_they_went_in() -> None:
    chance = random.Random(7)
    for _ in range(5000):
        value = "".join(chance.choices("'\\\"%a b\nö€,()=😀", k=chance.randrange(12)))
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")

        assert parse(select("Customer", f"DisplayName = '{escaped}'")).where[0].values == (value,)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("DisplayName = 'ann'", ["Ann"]),
        ("DisplayName LIKE 'a%'", ["Ann", "Anton"]),
        ("DisplayName LIKE '%N'", ["Ann", "Anton"]),
        ("DisplayName LIKE '%n%o%'", ["Anton"]),
        ("DisplayName LIKE 'ann'", ["Ann"]),
        ("DisplayName IN ('Ann', 'Bob')", ["Ann", "Bob"]),
        ("PrimaryEmailAddr = 'bob@example.com'", ["Bob"]),
        ("Balance > '10' AND Balance <= 100", ["Bob"]),
        ("CompanyName = ' '", ["Ann", "Anton"]),
        ("active = true", ["Ann", "Anton", "Bob"]),
        ("Active IN (true, false)", ["Ann", "Anton", "Bob", "Gone (deleted)"]),
        ("Active = false", ["Gone (deleted)"]),
    ],
)
async def test_conditions(us: Books, where: str, names: list[str]) -> None:
    await us.customer("Ann")
    bob = await us.customer("Bob", CompanyName="Bob & Co", PrimaryEmailAddr={"Address": "bob@example.com"})
    await us.customer("Anton")
    gone = await us.customer("Gone", CompanyName="G")
    await us.write("Customer", {"Id": gone["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    await us.invoice(bob)

    found = await us.query(select("customer", f"{where}"))

    assert [row["DisplayName"] for row in found["Customer"]] == names


async def test_inactive_customers_are_counted_only_when_asked_for(us: Books) -> None:
    made = await us.customer()
    await us.write("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})

    assert await us.query("select count(*) from Customer") == {"totalCount": 0}
    assert await us.query("select count(*) from Customer where Active in (true, false)") == {"totalCount": 1}


async def test_default_orders_are_not_by_id(us: Books) -> None:
    customer = await us.customer("Zoe")
    await us.customer("Adam")
    first = await us.invoice(customer)
    us.world.clock.advance(5)
    second = await us.invoice(customer)
    us.world.clock.advance(5)
    await us.write("Invoice", {"Id": first["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})

    accounts = (await us.query("select Name from Account"))["Account"]
    assert await us.ids("select * from Invoice") == [first["Id"], second["Id"]]
    assert [row["DisplayName"] for row in (await us.query("select * from Customer"))["Customer"]] == ["Adam", "Zoe"]
    assert [row["Name"].lower() for row in accounts] == sorted(row["Name"].lower() for row in accounts)


async def test_orders_can_be_asked_for_and_combined(us: Books) -> None:
    customer = await us.customer()
    for amount, day in (("10", "2026-01-02"), ("30", "2026-01-01"), ("20", "2026-01-01")):
        await us.invoice(customer, us.line(amount), TxnDate=day)

    found = await us.query("select TotalAmt from Invoice order by TxnDate desc, TotalAmt")

    assert [row["TotalAmt"] for row in found["Invoice"]] == [10, 20, 30]


async def test_pages_take_either_order_of_their_two_words(us: Books) -> None:
    ids = [(await us.customer(f"C{number}"))["Id"] for number in range(5)]

    assert await us.ids("select * from Customer orderby Id startposition 2 maxresults 2") == ids[1:3]
    assert await us.ids("select * from Customer orderby Id maxresults 2 startposition 4") == ids[3:]
    assert await us.ids("select * from Customer startposition 6") == []


async def test_a_page_holds_a_hundred_unless_told(us: Books) -> None:
    await us.person("customer", [{"DisplayName": f"C{number:03}"} for number in range(120)])
    found = await us.query("select * from Customer")

    assert (len(found["Customer"]), found["startPosition"], found["maxResults"]) == (100, 1, 100)
    assert len(await us.ids("select Id from Customer maxresults 1000")) == 120


async def test_total_count_shows_for_invoices_only() -> None:
    us = open_books("US", sample=True)
    shown = {
        entity: "totalCount" in await us.query(" ".join(("select * from", entity)))
        for entity in ("Invoice", "Customer", "Payment", "Item", "Account", "CreditMemo", "Purchase")
    }

    assert [entity for entity, there in shown.items() if there] == ["Invoice"]


async def test_projection_answers_the_named_properties(us: Books) -> None:
    made = await us.customer(Notes="x")
    found = await us.query("select Id, SyncToken, MetaData.LastUpdatedTime from Customer")

    assert found["Customer"] == [
        {"domain": "QBO", "sparse": True, "Id": made["Id"], "SyncToken": "0", "MetaData": made["MetaData"]}
    ]


async def test_a_query_may_be_posted_as_text_or_with_an_empty_body(us: Books) -> None:
    made = await us.customer()
    us.headers = {"content-type": "application/text"}
    posted = await us.call("POST", "query", content="select * from Customer")
    empty = await us.call("POST", "query", query="select * from Customer")

    assert [answer.json()["QueryResponse"]["Customer"][0]["Id"] for answer in (posted, empty)] == [made["Id"]] * 2


async def test_change_times_are_compared_with_their_offsets_and_without_one_in_pacific_time(us: Books) -> None:
    early = await us.customer("Early")
    us.world.clock.advance(1800)
    late = await us.customer("Late")

    assert await us.ids(
        "select * from Customer where MetaData.LastUpdatedTime >= '2026-11-20T22:30:00Z' orderby Id"
    ) == [late["Id"]]
    assert await us.ids("select * from Customer where MetaData.LastUpdatedTime >= '2026-11-20T14:30:00'") == [
        late["Id"]
    ]
    assert await us.ids("select * from Customer where MetaData.LastUpdatedTime < '2026-11-20T14:30:00-08:00'") == [
        early["Id"]
    ]


async def test_ids_can_be_asked_for_in_bulk(us: Books) -> None:
    ids = [(await us.customer(f"C{number}"))["Id"] for number in range(4)]

    assert sorted(await us.ids(select("Customer", f"Id in ('{ids[3]}', '{ids[1]}', '9999', '{ids[1]}')"))) == [
        ids[1],
        ids[3],
    ]


async def test_references_and_numbers_are_found_through_their_own_indexes(us: Books) -> None:
    ann, bob = await us.customer("Ann"), await us.customer("Bob")
    await us.invoice(ann, DocNumber="A-1")
    wanted = await us.invoice(bob, DocNumber="B-1")

    assert await us.ids(select("Invoice", f"CustomerRef = '{bob['Id']}'")) == [wanted["Id"]]
    assert await us.ids("select * from Invoice where DocNumber in ('b-1', 'c-1')") == [wanted["Id"]]


async def test_deleted_transactions_never_show(us: Books) -> None:
    made = await us.invoice(await us.customer())
    await us.write("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")

    assert await us.query("select * from Invoice") == {}
