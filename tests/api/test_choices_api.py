"""What was decided is a choice of its own (law 13), and is judged by what the company is now."""

from typing import Any

import pytest

from tests.support.app import Service


async def methods_after(service: Service, connection_id: str, *methods: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await service.configure(connection_id, payment_methods=list(methods))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["payment_methods"]
    return found


async def test_null_alone_means_undecided_and_none_is_said(service: Service) -> None:
    connection_id, _ = await service.ready_connection()

    shown = await methods_after(
        service,
        connection_id,
        {"id": "1", "deposit_account_id": "35"},
        {"id": "2", "deposit_account_id": None},
        {"id": "3", "choice": "none"},
        {"id": "4", "choice": "undecided", "deposit_account_id": None},
        {"id": "5", "choice": "undecided", "deposit_account_id": "4"},
    )

    assert [(m["id"], m["choice"], m["deposit_account_id"]) for m in shown] == [
        ("1", "account", "35"),
        ("2", "undecided", None),
        ("3", "none", None),
        ("4", "undecided", None),
        ("5", "account", "4"),
    ]


async def test_what_is_read_may_be_sent_back_and_decides_nothing(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/configuration"
    await methods_after(service, connection_id, {"id": "1"}, {"id": "2", "choice": "none"})
    shown = (await service.api.get(address)).json()

    again = await service.api.put(address, json=shown)

    assert (again.status_code, again.json()) == (200, shown)


async def test_the_suggestion_decides_about_no_method_and_about_no_tax_code_that_is_not_obvious(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()

    suggested = (await service.choices(connection_id))["suggested"]

    assert {m["choice"] for m in suggested["payment_methods"]} == {"undecided"}
    assert {c["code"]: c["choice"] for c in suggested["tax_codes"]}["GST"] == "code"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"payment_methods": [{"id": "1", "choice": "account"}]}, "payment_methods[0].deposit_account_id"),
        ({"payment_methods": [{"id": "1", "choice": "none", "deposit_account_id": "35"}]}, "payment_methods[0].choice"),
        ({"payment_methods": [{"id": "1", "choice": "maybe"}]}, "payment_methods[0].choice"),
        ({"payment_methods": [{"id": "1", "choice": "none", "preferred": True}]}, "payment_methods[0].preferred"),
        ({"tax_codes": [{"code": "GST", "choice": "code"}]}, "tax_codes[0].quickbooks_id"),
        ({"tax_codes": [{"code": "GST", "choice": "none", "quickbooks_id": "6"}]}, "tax_codes[0].choice"),
    ],
)
async def test_a_choice_that_contradicts_what_was_chosen_is_refused(
    service: Service, changes: dict[str, Any], field: str
) -> None:
    connection_id, _ = await service.ready_connection()

    answer = await service.configure(connection_id, **changes)

    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}, answer.text


async def test_tax_codes_have_the_same_three_choices(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    gst = next(c for c in (await service.choices(connection_id))["suggested"]["tax_codes"] if c["code"] == "GST")

    for given, choice, target in (
        ({"code": "GST", "quickbooks_id": None}, "undecided", None),
        ({"code": "GST", "choice": "none"}, "none", None),
        ({"code": "GST", "quickbooks_id": gst["quickbooks_id"]}, "code", gst["quickbooks_id"]),
    ):
        answer = await service.configure(connection_id, tax_codes=[given])
        [shown] = answer.json()["tax_codes"]
        assert (shown["choice"], shown["quickbooks_id"]) == (choice, target)


@pytest.mark.parametrize("seconds", [0, 5, 60])
async def test_what_is_stored_is_judged_by_the_company_as_it_is_now(service: Service, seconds: int) -> None:
    connection_id, realm = await service.ready_connection()
    wish = await service.wish(connection_id)
    books = f"http://books.test/_sandbox/companies/{realm}"
    several = {"Id": "1", "sparse": True, "CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    assert (await service.vendors.post(f"{books}/preferences", json=several)).status_code == 200
    service.clock.advance(seconds=seconds)

    answer = await service.api.put(f"/api/v1/connections/{connection_id}/configuration", json=wish)

    assert (answer.status_code, answer.json()["multi_currency"]) == (200, True)


async def test_an_account_that_was_made_inactive_a_moment_ago_is_not_accepted(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    wish = await service.wish(connection_id)
    bank = wish["payment_methods"][0]["deposit_account_id"]
    books = f"http://books.test/_sandbox/companies/{realm}/account"
    account = next(a for a in (await service.vendors.get(books)).json()["items"] if a["Id"] == bank)
    assert (await service.vendors.post(books, json={**account, "Active": False})).status_code == 200
    service.clock.advance(seconds=5)

    answer = await service.api.put(f"/api/v1/connections/{connection_id}/configuration", json=wish)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "payment_methods[0].deposit_account_id"


async def test_one_save_reads_the_company_once(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    wish = await service.wish(connection_id)
    books = f"http://books.test/_sandbox/companies/{realm}/calls"
    await service.vendors.delete(books)

    assert (await service.api.put(f"/api/v1/connections/{connection_id}/configuration", json=wish)).status_code == 200

    assert (await service.vendors.get(books)).json()["metered"] <= 9
