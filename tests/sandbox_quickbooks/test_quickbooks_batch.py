"""The batch endpoint (docs/quickbooks.md 6) and its idempotency."""

from __future__ import annotations

from typing import Any

from .books import Body, Books


async def batch(books: Books, *items: Body, **parameters: str) -> list[Body]:
    answer = await books.call("POST", "batch", json={"BatchItemRequest": list(items)}, **parameters)
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["BatchItemResponse"]
    return found


def create(bid: str, entity: str = "Customer", **body: Any) -> Body:
    return {"bId": bid, "operation": "create", entity: body or {"DisplayName": f"N{bid}"}}


async def test_items_stand_and_fall_alone(us: Books) -> None:
    made = await us.customer("There")
    answers = await batch(
        us,
        create("1", DisplayName="There"),
        create("2"),
        {
            "bId": "3",
            "operation": "update",
            "Customer": {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"},
        },
        {"bId": "4", "Query": "select count(*) from Customer"},
        {"bId": "5", "operation": "destroy", "Customer": {}},
        {"bId": "6", "Query": "select nonsense"},
    )

    assert [answer["bId"] for answer in answers] == list("123456")
    assert answers[0]["Fault"]["Error"][0]["code"] == "6240"
    assert answers[1]["Customer"]["DisplayName"] == "N2"
    assert answers[2]["Customer"]["SyncToken"] == "1"
    assert answers[3]["QueryResponse"] == {"totalCount": 2}
    assert [answers[4]["Fault"]["Error"][0]["code"], answers[5]["Fault"]["Error"][0]["code"]] == ["2170", "4000"]


async def test_thirty_items_at_most(us: Books) -> None:
    assert len(await batch(us, *[create(str(number)) for number in range(30)])) == 30
    answer = await us.call("POST", "batch", json={"BatchItemRequest": [create(str(number)) for number in range(31)]})

    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "1040")


async def test_delete_and_void_go_through_the_batch(us: Books) -> None:
    customer = await us.customer()
    first, second = await us.invoice(customer), await us.invoice(customer)
    payment = await us.payment(customer, 5)
    full = {"Id": payment["Id"], "SyncToken": "0", "CustomerRef": payment["CustomerRef"], "TotalAmt": 5}
    answers = await batch(
        us,
        {"bId": "1", "operation": "delete", "Invoice": {"Id": first["Id"], "SyncToken": "0"}},
        {"bId": "2", "operation": "void", "Invoice": {"Id": second["Id"], "SyncToken": "0"}},
        {"bId": "3", "operation": "update", "optionsData": "void", "Payment": full},
    )

    assert answers[0]["Invoice"]["status"] == "Deleted"
    assert (answers[1]["Invoice"]["TotalAmt"], answers[2]["Payment"]["TotalAmt"]) == (0, 0)


async def test_requestid_and_bid_together_replay(us: Books) -> None:
    first = await batch(us, create("1"), create("2"), requestid="r")
    again = await batch(us, create("1"), create("2"), create("3"), requestid="r")

    assert again[:2] == first
    assert again[2]["Customer"]["DisplayName"] == "N3"
    assert (await us.query("select count(*) from Customer"))["totalCount"] == 3


async def test_a_refused_item_is_tried_again_under_the_same_ids(us: Books) -> None:
    taken = await us.customer("N1")
    refused = await batch(us, create("1"), requestid="r")
    await us.write("Customer", {"Id": taken["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Moved"})
    accepted = await batch(us, create("1"), requestid="r")

    assert ("Fault" in refused[0], "Customer" in accepted[0]) == (True, True)


async def test_ids_of_a_batch_are_short(us: Books) -> None:
    long_request = await us.call("POST", "batch", json={"BatchItemRequest": [create("1")]}, requestid="r" * 37)
    long_item = await us.call("POST", "batch", json={"BatchItemRequest": [create("b" * 11)]}, requestid="r")

    assert [answer.json()["Fault"]["Error"][0]["code"] for answer in (long_request, long_item)] == ["2130", "2130"]
    assert "Customer" in (await batch(us, create("b" * 36)))[0]


async def test_queries_of_one_batch_return_a_thousand_objects_at_most(us: Books) -> None:
    await us.person("customer", [{"DisplayName": f"C{number:04}"} for number in range(600)])
    statement = "select * from Customer maxresults 1000"
    answers = await batch(us, {"bId": "1", "Query": statement}, {"bId": "2", "Query": statement})

    assert len(answers[0]["QueryResponse"]["Customer"]) == 600
    assert answers[1]["Fault"]["Error"][0]["code"] == "10100"
