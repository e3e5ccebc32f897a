"""Each switch does what its description says, and its common parameters mean what they say."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from app.sandbox.quickbooks.hazards.catalogue import CATALOGUE
from app.sandbox.quickbooks.values.wire import dumps

from .books import Body, Books, payment_body, select
from .test_quickbooks_batch import batch, create

SINCE = "2026-11-20T22:00:00Z"


async def codes(us: Books, *wanted: str) -> str:
    """The code of an answer's fault, whatever its envelope; its status when it has none."""
    answer = await us.call(*wanted)
    if "json" not in answer.headers["content-type"]:
        return f"{answer.status_code} {answer.headers['content-type'].split(';')[0]}"
    found = answer.json()
    fault = found.get("Fault") or found.get("fault")
    if not fault:
        return str(answer.status_code)
    error = (fault.get("Error") or fault.get("error"))[0]
    return f"{answer.status_code} {error['code']}"


async def test_every_hazard_is_listed_with_description_and_parameters_and_off_but_for_what_is_likely(us: Books) -> None:
    items = (await us.client.get("/_sandbox/hazards")).json()["items"]

    assert [item["slug"] for item in items] == list(CATALOGUE)
    assert [item["slug"] for item in items if item["on"]] == ["void_option_ignored"]
    assert all(len(item["description"]) > 40 for item in items)
    assert all(
        {"probability", "after", "times", "entity", "for_seconds"} <= item["parameters"].keys() for item in items
    )


async def test_put_merges_and_shorthand_switches(us: Books) -> None:
    await us.hazards(latency={"on": True, "seconds": 5}, throttled=True)
    await us.hazards(latency={"after": 1})
    items = {item["slug"]: item for item in (await us.client.get("/_sandbox/hazards")).json()["items"]}
    await us.hazards(throttled=False)

    assert (
        items["latency"]["on"],
        items["latency"]["parameters"]["seconds"],
        items["latency"]["parameters"]["after"],
    ) == (True, 5, 1)
    assert items["throttled"]["on"]
    assert await codes(us, "GET", "preferences") == "200"


@pytest.mark.parametrize(
    "wish", [{"no_such": True}, {"latency": {"colour": 1}}, {"latency": 3}, {"latency": {"seconds": "x"}}]
)
async def test_unknown_hazards_and_parameters_are_refused(us: Books, wish: Body) -> None:
    assert (await us.client.put("/_sandbox/hazards", json=wish)).status_code == 400


async def test_after_times_entity_and_duration_limit_a_hazard(us: Books) -> None:
    await us.hazards(token_expired={"after": 1, "times": 2, "entity": "preferences"})
    seen = [await codes(us, "GET", "preferences") for _ in range(4)]
    other = await codes(us, "GET", "account/35")
    await us.hazards(token_expired={"after": 0, "times": 0, "for_seconds": 10})
    before = await codes(us, "GET", "preferences")
    us.world.clock.advance(11)

    assert seen == ["200", "401 3200", "401 3200", "200"]
    assert (other, before, await codes(us, "GET", "preferences")) == ("200", "401 3200", "200")


async def test_probability_is_the_worlds_own_chance(us: Books) -> None:
    await us.hazards(token_expired={"probability": 0.3})
    seen = [await codes(us, "GET", "preferences") for _ in range(200)]

    assert 30 < seen.count("401 3200") < 90


async def test_a_lost_answer_leaves_its_effect(us: Books) -> None:
    await us.hazards(answer_lost={"times": 1, "entity": "customer"})
    with pytest.raises(httpx.TransportError):
        await us.customer("Lost")

    assert len(await us.ids("select * from Customer where DisplayName = 'Lost'")) == 1
    assert (await us.client.get("/_sandbox/log")).json()["items"][0]["answer"] == "(the answer was lost)"


async def test_a_lost_batch_answer_is_replayed_under_its_ids(us: Books) -> None:
    await us.hazards(answer_lost={"times": 1, "entity": "batch"})
    with pytest.raises(httpx.TransportError):
        await batch(us, create("1"), requestid="r")
    await batch(us, create("1"), requestid="r")

    assert (await us.query("select count(*) from Customer"))["totalCount"] == 1


async def test_the_items_of_a_batch_answer_may_come_in_another_order(us: Books) -> None:
    await us.hazards(batch_reordered=True)
    answers = await batch(us, *[create(str(number)) for number in range(12)])

    assert [answer["bId"] for answer in answers] != [str(number) for number in range(12)]
    assert all(answer["Customer"]["DisplayName"] == f"N{answer['bId']}" for answer in answers)


async def test_an_answer_may_never_come(us: Books) -> None:
    await us.hazards(answer_timed_out={"times": 1, "seconds": 90})
    with pytest.raises(httpx.TransportError):
        await us.customer("Late")

    assert us.world.clock.offset.total_seconds() == 90
    assert (await us.query("select count(*) from Customer"))["totalCount"] == 1


@pytest.mark.parametrize(
    ("slug", "parameters", "expected"),
    [
        ("error_after_commit", {}, "500 10000"),
        ("error_after_commit", {"status": 503}, "503 text/html"),
        ("unauthorised_after_commit", {}, "401 3200"),
    ],
)
async def test_an_error_may_follow_the_effect(us: Books, slug: str, parameters: Body, expected: str) -> None:
    await us.hazards(**{slug: {"times": 1, **parameters}})
    answer = await us.call("POST", "customer", json={"DisplayName": "Done"})
    found = "text/html" if answer.status_code == 503 else str(answer.json().get("Fault", answer.json().get("fault")))

    assert f"{answer.status_code}" == expected.split()[0]
    assert expected.split()[1] in found
    assert (await us.query("select count(*) from Customer"))["totalCount"] == 1


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("system_fault", "500 10000"),
        ("unavailable_html", "503 text/html"),
        ("token_expired", "401 3200"),
        ("revoked", "401 3200"),
        ("admin_lost", "403 120"),
        ("throttled", "429 3001"),
        ("reads_blocked", "429 3001"),
    ],
)
async def test_hazards_that_refuse_before_anything_happens(us: Books, slug: str, expected: str) -> None:
    await us.hazards(**{slug: {"times": 1}})

    assert await codes(us, "GET", "preferences") == expected
    await us.hazards(**{slug: False})
    assert await codes(us, "GET", "preferences") == ("401 3200" if slug == "revoked" else "200")


@pytest.mark.parametrize(("envelope", "key"), [("upper", "Fault"), ("lower", "fault")])
async def test_throttling_speaks_in_both_envelopes_with_and_without_a_wait(us: Books, envelope: str, key: str) -> None:
    await us.hazards(throttled={"envelope": envelope, "retry_after": 7})
    with_wait = await us.call("GET", "preferences")
    await us.hazards(throttled={"retry_after": None})
    without = await us.call("GET", "preferences")

    assert (with_wait.status_code, key in with_wait.json(), with_wait.headers["retry-after"]) == (429, True, "7")
    assert "retry-after" not in without.headers


async def test_latency_is_slept_on_the_worlds_own_time(us: Books) -> None:
    await us.hazards(latency={"seconds": 12})
    await us.call("GET", "preferences")

    assert us.world.clock.offset.total_seconds() == 12


async def test_requestid_can_be_ignored_and_forgotten(us: Books) -> None:
    body = {"Line": [us.line("1")]}
    first = await us.write("SalesReceipt", body, requestid="r")
    await us.hazards(requestid_ignored=True)
    second = await us.write("SalesReceipt", body, requestid="r")
    await us.hazards(requestid_ignored=False, requestid_forgotten={"seconds": 60})
    third = await us.write("SalesReceipt", body, requestid="r")
    us.world.clock.advance(61)
    fourth = await us.write("SalesReceipt", body, requestid="r")

    assert len({first["Id"], second["Id"], fourth["Id"]}) == 3
    assert third["Id"] == second["Id"]


async def test_a_replay_can_meet_a_deleted_object(us: Books) -> None:
    body = {"Line": [us.line("1")]}
    first = await us.write("SalesReceipt", body, requestid="r")
    await us.hazards(requestid_replays_deleted=True)
    again = await us.write("SalesReceipt", body, requestid="r")

    assert again["Id"] == first["Id"]
    assert await codes(us, "GET", f"salesreceipt/{first['Id']}") == "400 610"


async def sparse_update(us: Books, entity: str, made: Body) -> str:
    answer = await us.call(
        "POST", entity, json={"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "PrivateNote": "x"}
    )
    return "200" if answer.status_code == 200 else str(answer.json()["Fault"]["Error"][0]["code"])


Making = Callable[[Books], Awaitable[tuple[str, Body]]]


async def an_invoice(us: Books) -> tuple[str, Body]:
    return "invoice", await us.invoice(await us.customer())


async def a_payment(us: Books) -> tuple[str, Body]:
    return "payment", await us.payment(await us.customer(), 5)


@pytest.mark.parametrize(
    ("slug", "making", "expected"),
    [
        ("synctoken_bumped", an_invoice, "5010"),
        ("voided_meanwhile", an_invoice, "5010"),
        ("deleted_meanwhile", an_invoice, "610"),
        ("deposited_meanwhile", a_payment, "5010"),
        ("books_closed", an_invoice, "6210"),
        ("subscription_ended", an_invoice, "6190"),
    ],
)
async def test_other_hands_get_in_first(us: Books, slug: str, making: Making, expected: str) -> None:
    entity, made = await making(us)
    await us.hazards(**{slug: {"times": 1}})

    assert await sparse_update(us, entity, made) == expected


async def test_a_payment_deposited_meanwhile_is_frozen(us: Books) -> None:
    entity, made = await a_payment(us)
    await us.hazards(deposited_meanwhile={"times": 1})
    await sparse_update(us, entity, made)

    assert await sparse_update(us, entity, {**made, "SyncToken": "1"}) == "6540"


@pytest.mark.parametrize("slug", ["inactivated_meanwhile", "merged_meanwhile"])
async def test_a_customer_goes_inactive_right_before_its_update(us: Books, slug: str) -> None:
    await us.customer("Somebody else")
    made = await us.customer()
    await us.hazards(**{slug: {"times": 1}})
    error = await us.fault("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"})

    assert error["code"] == "5010"
    assert (await us.read("Customer", made["Id"]))["Active"] is False


async def test_a_reconciled_document_is_not_deleted(us: Books) -> None:
    _, made = await an_invoice(us)
    await us.hazards(reconciled={"times": 1})
    body = {"Id": made["Id"], "SyncToken": "0"}

    assert (await us.fault("Invoice", body, operation="delete"))["code"] == "6480"
    assert (await us.write("Invoice", body, operation="delete"))["status"] == "Deleted"


async def test_somebody_else_takes_the_payment_first(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    await us.hazards(paid_meanwhile={"times": 1})

    assert (await us.fault("Payment", payment_body(customer, 100, (invoice, 100))))["code"] == "6000"
    assert (await us.read("Invoice", invoice["Id"]))["Balance"] == 0


async def test_a_vendor_takes_the_name_and_a_document_the_number(us: Books) -> None:
    customer = await us.customer("First")
    await us.hazards(displayname_taken={"times": 1}, docnumber_taken={"times": 1})
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("1")], "DocNumber": "7"}

    assert (await us.fault("Customer", {"DisplayName": "Taken"}))["code"] == "6240"
    assert len(await us.ids("select * from Vendor where DisplayName = 'Taken'")) == 1
    assert (await us.fault("Invoice", body))["code"] == "6140"


async def test_cdc_can_be_cut_shorter_and_look_back_less_far(us: Books) -> None:
    await us.person("customer", [{"DisplayName": f"C{number}"} for number in range(9)])
    await us.hazards(cdc_limit={"count": 4})
    cut = await us.call("GET", "cdc", entities="Customer", changedSince=SINCE)
    await us.hazards(cdc_window={"seconds": 60})
    us.world.clock.advance(61)

    assert len(cut.json()["CDCResponse"][0]["QueryResponse"][0]["Customer"]) == 4
    assert (await us.call("GET", "cdc", entities="Customer", changedSince=SINCE)).status_code == 400


async def test_reads_can_lag_behind_writes(us: Books) -> None:
    await us.hazards(read_lag={"seconds": 30})
    made = await us.customer()
    statement = select("Customer", "MetaData.LastUpdatedTime >= '2026-11-20T00:00:00Z'")
    query, captured = (
        await us.ids(statement),
        await us.call("GET", "cdc", entities="Customer", changedSince=SINCE),
    )
    us.world.clock.advance(30)

    assert (query, captured.json()["CDCResponse"][0]["QueryResponse"]) == ([], [{}])
    assert await us.ids(statement) == [made["Id"]]


async def test_objects_can_look_changed_without_being_so(us: Books) -> None:
    made = await us.customer()
    us.world.clock.advance(60)
    await us.hazards(touched_without_token=True)
    found = (await us.query("select * from Customer"))["Customer"][0]

    assert (found["SyncToken"], found["MetaData"]["LastUpdatedTime"]) == ("0", "2026-11-20T14:01:00-08:00")
    assert made["MetaData"]["LastUpdatedTime"] != found["MetaData"]["LastUpdatedTime"]


async def test_an_address_can_be_left_as_text_by_whoever_saves_its_document(us: Books) -> None:
    address = {"Line1": "1 Way", "City": "Bayshore", "CountrySubDivisionCode": "CA", "PostalCode": "94326"}
    made = await us.invoice(await us.customer("Ada Lovelace"), BillAddr=address)
    await us.hazards(addresses_saved_as_text=True)
    by_program = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "seen"})
    by_person = await us.person("Invoice", {"Id": made["Id"], "sparse": True, "PrivateNote": "seen again"})

    assert by_program["BillAddr"]["City"] == "Bayshore"
    assert "City" not in by_person["BillAddr"]
    assert "Bayshore, CA  94326" in by_person["BillAddr"].values()


async def test_unit_prices_can_be_derived_anew(us: Books) -> None:
    await us.hazards(unit_prices_rederived=True)
    made = await us.invoice(await us.customer(), us.line("10.01", Qty=3, UnitPrice=3.335))

    assert str(made["Line"][0]["SalesItemLineDetail"]["UnitPrice"]) == "3.3366667"


@pytest.mark.parametrize(
    ("slug", "expected"), [("tax_half_even", "0.04"), ("tax_per_line", "0.06"), ("latency", "0.05")]
)
async def test_tax_can_be_rounded_otherwise(au: Books, slug: str, expected: str) -> None:
    await au.hazards(**{slug: True})
    made = await au.invoice(await au.customer(), au.line("0.15"), au.line("0.15"), au.line("0.15"))

    assert str(made["TxnTaxDetail"]["TotalTax"]) == expected


@pytest.mark.parametrize(("ignored", "void"), [(True, False), (False, True)])
async def test_the_option_to_void_an_invoice_in_a_batch_is_ignored_from_the_start(
    au: Books, ignored: bool, void: bool
) -> None:
    made = await au.invoice(await au.customer())
    if not ignored:
        await au.hazards(void_option_ignored=False)
    head = {"Id": made["Id"], "SyncToken": made["SyncToken"]}

    item = {"bId": "1", "operation": "update", "optionsData": "void", "Invoice": head | {"sparse": True}}
    first = (await au.call("POST", "batch", json={"BatchItemRequest": [item]})).json()["BatchItemResponse"][0]
    assert (first["Invoice"]["TotalAmt"] == 0) is void
    assert first["Invoice"]["SyncToken"] == ("1" if void else "0")

    if void:
        return
    item = {"bId": "2", "operation": "void", "Invoice": head}
    second = (await au.call("POST", "batch", json={"BatchItemRequest": [item]})).json()["BatchItemResponse"][0]
    assert (second["Invoice"]["TotalAmt"], second["Invoice"]["PrivateNote"]) == (0, "Voided")


@pytest.mark.parametrize(
    ("answers", "requests", "shown", "total"),
    [("net", "net", "9.09", "100.00"), ("gross", "gross", "10.00", "100.00"), ("net", "gross", "9.09", "100.00")],
)
async def test_the_amount_of_a_discount_can_be_gross(
    au: Books, answers: str, requests: str, shown: str, total: str
) -> None:
    if "gross" in (answers, requests):
        await au.hazards(discount_gross={"answers": answers, "requests": requests})
    off = {
        "Amount": "9.09" if requests == "net" else "10",
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {},
    }

    made = await au.invoice(await au.customer(), au.line("110"), off, GlobalTaxCalculation="TaxInclusive")

    assert (made["Line"][-1]["Amount"], made["TotalAmt"]) == (Decimal(shown), Decimal(total))
    assert "TaxInclusiveAmt" not in made["Line"][-1]["DiscountLineDetail"]
    again = await au.write(
        "Invoice",
        {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": json.loads(dumps(made["Line"]))},
    )
    assert (again["SyncToken"], again["TotalAmt"]) == ("0", made["TotalAmt"])


async def test_the_discount_of_a_line_can_show_in_the_total_alone(au: Books) -> None:
    await au.hazards(line_discount_beside=True)
    made = await au.invoice(await au.customer(), au.line("108", Qty=3, UnitPrice=40, DiscountRate=10))

    assert (made["Line"][0]["Amount"], made["Line"][-1]["Amount"], made["TotalAmt"]) == (120, 108, Decimal("118.8"))
    head = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    again = await au.write("Invoice", head | {"Line": json.loads(dumps(made["Line"]))})
    assert (again["SyncToken"], again["TotalAmt"]) == ("0", made["TotalAmt"])


@pytest.mark.parametrize(("dropped", "status"), [(True, "Pending"), (False, "Closed")])
async def test_lines_that_are_sent_without_links_can_let_go_of_what_was_billed(
    au: Books, dropped: bool, status: str
) -> None:
    customer = await au.customer()
    offer = await au.write("Estimate", {"CustomerRef": {"value": customer["Id"]}, "Line": [au.line("50")]})
    bills = [{"TxnId": offer["Id"], "TxnType": "Estimate"}]
    made = await au.invoice(customer, LinkedTxn=bills)
    if dropped:
        await au.hazards(links_dropped=True)

    head = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    after = await au.write("Invoice", head | {"Line": [au.line("70")]})
    assert after["LinkedTxn"] == ([] if dropped else bills)
    assert (await au.read("Estimate", offer["Id"]))["TxnStatus"] == status
    kept = await au.write("Invoice", head | {"SyncToken": "1", "Line": [au.line("80")], "LinkedTxn": bills})
    assert kept["LinkedTxn"] == bills


async def test_a_write_can_be_called_stale_without_a_cause(us: Books) -> None:
    made = await us.customer()
    await us.hazards(stale_without_cause={"times": 2})
    head = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Notes": "x"}

    assert (await us.fault("Customer", {"DisplayName": "Bea Arthur"}))["code"] == "5010"
    assert (await us.fault("Customer", head))["code"] == "5010"
    assert (await us.write("Customer", head))["SyncToken"] == "1"


PROVEN_ELSEWHERE = {
    "rate_limits": "test_quickbooks_limits",
    "strict_rotation": "test_quickbooks_oauth",
    "rotation_overlap": "test_quickbooks_oauth",
    "reuse_revokes_grant": "test_quickbooks_oauth",
    "tax_override_ignored": "test_quickbooks_sales_forms",
    "overpaid_accepted": "test_quickbooks_payments",
    "sparse_void_refused": "test_quickbooks_payments",
    "webhooks": "test_quickbooks_webhooks",
    "report_refused": "test_quickbooks_reports",
    "cleared_filter_ignored": "test_quickbooks_reports",
}


def test_every_hazard_is_exercised_by_some_test() -> None:
    texts = {path.stem: path.read_text() for path in Path(__file__).parent.glob("test_*.py")}
    for slug in CATALOGUE:
        home = next(
            (place for prefix, place in PROVEN_ELSEWHERE.items() if slug.startswith(prefix)), Path(__file__).stem
        )

        assert slug in texts[home].split("PROVEN_ELSEWHERE")[0], slug


def test_the_catalogue_knows_the_slugs_that_others_rely_on() -> None:
    relied_on = {
        "throttled": {"retry_after", "envelope"},
        "webhooks_delayed": {"seconds"},
        "latency": {"seconds"},
        "requestid_forgotten": {"seconds"},
        "cdc_limit": {"count"},
    }
    plain = (
        "rate_limits strict_rotation reuse_revokes_grant answer_lost error_after_commit requestid_ignored webhooks_dropped "
        "webhooks_doubled webhooks_reordered unavailable_html token_expired"
    )

    assert {slug for slug, names in relied_on.items() if not names <= CATALOGUE[slug].parameters.keys()} == set()
    assert set(plain.split()) <= CATALOGUE.keys()
