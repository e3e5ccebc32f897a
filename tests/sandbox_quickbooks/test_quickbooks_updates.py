"""SyncToken, full and sparse updates, no-ops, the shapes of faults and answers (docs/quickbooks.md 0, 5, 8)."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from .books import Books, select

NAMESPACE = "{http://schema.intuit.com/finance/v3}"


async def test_an_update_needs_the_present_token_and_raises_it_by_one(us: Books) -> None:
    customer = await us.customer()
    body = {"Id": customer["Id"], "sparse": True, "Notes": "x"}

    changed = await us.write("Customer", {**body, "SyncToken": "0"})
    stale = await us.fault("Customer", {**body, "SyncToken": "0", "Notes": "y"})
    higher = await us.fault("Customer", {**body, "SyncToken": "7", "Notes": "y"})
    without = await us.fault("Customer", {**body, "Notes": "y"})

    assert changed["SyncToken"] == "1"
    assert [stale["code"], higher["code"], without["code"]] == ["5010", "5010", "2020"]
    assert stale["Message"] == "Stale Object Error"


async def test_a_no_op_changes_neither_token_nor_time(us: Books) -> None:
    customer = await us.customer(Notes="same")
    us.world.clock.advance(60)
    again = await us.write("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Notes": "same"})

    assert (again["SyncToken"], again["MetaData"]) == ("0", customer["MetaData"])


async def test_a_sparse_update_leaves_what_it_does_not_name(us: Books) -> None:
    customer = await us.customer(CompanyName="Engines", Notes="x", PrimaryPhone={"FreeFormNumber": "1"})
    body = {
        "Id": customer["Id"],
        "SyncToken": "0",
        "sparse": True,
        "DisplayName": "Renamed",
        "Notes": "",
        "PrimaryPhone": None,
    }
    changed = await us.write("Customer", body)

    assert (changed["DisplayName"], changed["CompanyName"], changed["PrintOnCheckName"]) == (
        "Renamed",
        "Engines",
        "Engines",
    )
    assert "Notes" not in changed
    assert changed["PrimaryPhone"] == {"FreeFormNumber": "1"}


async def test_a_full_update_clears_what_it_does_not_name_and_ignores_what_the_server_owns(us: Books) -> None:
    customer = await us.customer(Notes="x", CompanyName="Engines")
    await us.invoice(customer)
    changed = await us.write(
        "Customer", {"Id": customer["Id"], "SyncToken": "0", "DisplayName": "Ada", "Balance": 999, "MetaData": {}}
    )

    assert not {"Notes", "CompanyName"} & changed.keys()
    assert changed["Balance"] == 100


async def test_lines_are_replaced_whole(us: Books) -> None:
    made = await us.invoice(await us.customer(), us.line("10"), us.line("20"))
    lines = [us.line("5"), {**us.line("25"), "Id": made["Line"][1]["Id"]}]
    changed = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": lines})

    assert [(line["Id"], line["Amount"]) for line in changed["Line"][:-1]] == [("3", 5), ("2", 25)]
    assert changed["TotalAmt"] == 30


async def test_a_missing_object_is_400_with_610(us: Books) -> None:
    answer = await us.call("GET", "invoice/987654")

    assert answer.status_code == 400
    assert answer.json()["Fault"]["Error"][0]["code"] == "610"
    assert (await us.fault("Invoice", {"Id": "987654", "SyncToken": "0"}, operation="delete"))["Detail"].endswith(
        "deleted this transaction."
    )


async def test_an_application_fault_has_the_upper_case_shape(us: Books) -> None:
    answer = await us.call("POST", "customer", json={})

    assert answer.json().keys() == {"Fault", "time"}
    assert answer.json()["Fault"]["type"] == "ValidationFault"
    assert answer.headers["intuit_tid"].startswith("1-")


async def test_without_a_wish_for_json_the_answer_is_xml(us: Books) -> None:
    customer = await us.customer("A & B")
    us.headers = {"accept": "*/*"}
    good = await us.call("GET", f"customer/{customer['Id']}")
    us.token = "expired-expired-expired"
    bad = await us.call("GET", "preferences")

    found = ET.fromstring(good.text)  # noqa: S314 - our own answer
    fault = ET.fromstring(bad.text).find(f"{NAMESPACE}Fault")  # noqa: S314 - our own answer
    assert found.findtext(f"{NAMESPACE}Customer/{NAMESPACE}DisplayName") == "A & B"
    assert fault is not None
    assert (bad.status_code, fault.get("type")) == (401, "AUTHENTICATION")


async def test_the_time_of_an_answer_is_when_the_request_started_with_milliseconds(us: Books) -> None:
    assert (await us.call("GET", "preferences")).json()["time"] == "2026-11-20T14:00:00.000-08:00"


async def test_numbers_lose_trailing_zeros_and_gain_no_artefacts(us: Books) -> None:
    made = await us.call(
        "POST",
        "invoice",
        json={
            "CustomerRef": {"value": (await us.customer())["Id"]},
            "Line": [us.line("100"), us.line("0.1"), us.line("0.2")],
        },
    )

    assert '"TotalAmt":100.3,' in made.text
    assert '"Amount":100,' in made.text


async def test_broken_json_and_broken_text_have_codes_of_their_own(us: Books) -> None:
    us.headers = {"content-type": "application/json"}
    broken = await us.call("POST", "customer", content="{")
    latin = await us.call("POST", "customer", content='{"DisplayName": "Söhne"}'.encode("latin-1"))

    assert [answer.json()["Fault"]["Error"][0]["code"] for answer in (broken, latin)] == ["2010", "500"]


async def test_an_unknown_entity_is_an_unsupported_operation(us: Books) -> None:
    answer = await us.call("POST", "spaceship", json={"Name": "x"})

    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "500")


async def test_endpoints_show_slightly_different_properties(us: Books) -> None:
    made = await us.customer(BillAddr={"Line1": "1"}, DefaultTaxCodeRef={"value": "2"})
    read, queried = (
        await us.read("Customer", made["Id"]),
        (await us.query(select("Customer", f"Id = '{made['Id']}'")))["Customer"][0],
    )

    assert ("V4IDPseudonym" in made, "V4IDPseudonym" in read, "V4IDPseudonym" in queried) == (False, True, True)
    assert ("ClientEntityId" in made, "ClientEntityId" in read, "ClientEntityId" in queried) == (False, False, True)
    assert ("DefaultTaxCodeRef" in read, "DefaultTaxCodeRef" in queried) == (True, False)
    assert (made["BillAddr"]["Lat"], "Lat" in read["BillAddr"]) == ("INVALID", False)


async def test_requestid_replays_the_first_answer_even_of_a_deleted_object(us: Books) -> None:
    customer = await us.customer()
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("1")]}
    first = await us.write("Invoice", body, requestid="r1")
    await us.write("Invoice", {"Id": first["Id"], "SyncToken": "0"}, operation="delete")

    replayed = await us.write("Invoice", {**body, "PrivateNote": "another body"}, requestid="r1")

    assert replayed == first
    assert (await us.query("select count(*) from Invoice"))["totalCount"] == 0


async def test_a_refused_request_is_not_remembered(us: Books) -> None:
    await us.fault("Customer", {}, requestid="r1")

    assert (await us.write("Customer", {"DisplayName": "Now"}, requestid="r1"))["DisplayName"] == "Now"


async def test_a_requestid_has_at_most_fifty_characters(us: Books) -> None:
    assert (await us.fault("Customer", {"DisplayName": "x"}, requestid="r" * 51))["code"] == "2130"


async def test_an_ended_subscription_lets_read_but_not_write(us: Books) -> None:
    await us.client.post(f"/_sandbox/companies/{us.company.realm}/subscription", json={"active": False})

    assert (await us.fault("Customer", {"DisplayName": "x"}))["code"] == "6190"
    assert (await us.call("GET", "preferences")).status_code == 200


async def test_a_user_who_is_no_admin_any_more_gets_120(us: Books) -> None:
    await us.client.post(f"/_sandbox/companies/{us.company.realm}/admin", json={"active": False})
    answer = await us.call("GET", "preferences")

    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (403, "120")
