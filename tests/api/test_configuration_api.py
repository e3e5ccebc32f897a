"""The configuration: offered live, judged field by field, kept with who changed it (T4, docs/rules.md 9)."""

from typing import Any

import pytest

from app.api.configuration_shapes import ConfigurationIn
from app.domain.model.configuration import default_contact_winners
from tests.support.app import SITE, Service


async def joined(service: Service) -> str:
    realm = service.company()
    connection_id: str = (await service.connect_site())["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    return connection_id


async def test_choices_are_read_live_from_both_sides(service: Service) -> None:
    connection_id = await joined(service)

    choices = await service.choices(connection_id)

    assert {method["id"] for method in choices["payment_methods"]} == {
        str(method["id"]) for method in service.shop.sites[SITE].payment_methods
    }
    assert {account["kind"] for account in choices["deposit_accounts"]} == {"Bank", "Other Current Asset"}
    assert {account["kind"] for account in choices["income_accounts"]} <= {"Income", "Other Income"}
    assert [(code["id"], code["rate"]) for code in choices["tax_codes"] if code["id"] == "GST"] == [("GST", "10")]
    assert ("GST", "10") in {(code["name"], code["rate"]) for code in choices["quickbooks_tax_codes"]}
    assert choices["items"]
    assert (choices["classes"], choices["locations"]) == ([], []), "the company uses neither"


async def test_the_suggestion_maps_what_is_obvious_and_sends_no_money_anywhere(service: Service) -> None:
    suggested = (await service.choices(await joined(service)))["suggested"]

    assert suggested["start_date"] == "2026-11-22"
    assert "GST" in {code["code"] for code in suggested["tax_codes"]}
    assert {method["deposit_account_id"] for method in suggested["payment_methods"]} == {None}
    assert suggested["home_currency"] == "AUD"


async def test_t4_a_valid_configuration_makes_the_connection_ready(service: Service) -> None:
    connection_id = await joined(service)

    answer = await service.configure(connection_id)

    assert answer.status_code == 200
    assert (answer.json()["configured"], answer.json()["version"]) == (True, 1)
    assert (await service.state(connection_id))["state"] == "ready"
    shown = (await service.api.get(f"/api/v1/connections/{connection_id}/configuration")).json()
    assert shown == answer.json()
    again = await service.api.put(f"/api/v1/connections/{connection_id}/configuration", json=shown)
    assert (again.status_code, again.json()["version"]) == (200, 1)


async def test_before_it_is_configured_nothing_is_chosen(service: Service) -> None:
    connection_id = await joined(service)

    shown = (await service.api.get(f"/api/v1/connections/{connection_id}/configuration")).json()

    assert (shown["configured"], shown["start_date"], shown["payment_methods"]) == (False, None, [])
    assert shown["conflict_winner"] == {
        "contact": "oncord",
        "item": "oncord",
        "sale": "quickbooks",
        "receipt": "quickbooks",
    }
    assert {field for field, side in shown["contact_winner"].items() if side == "quickbooks"} == {
        "name",
        "tax_number",
        "billing_address",
    }


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ({}, default_contact_winners()),
        ({"conflict_winner": {"sale": "oncord"}}, default_contact_winners()),
        ({"conflict_winner": {"contact": "oncord"}}, {}),
        (
            {"conflict_winner": {"contact": "oncord"}, "contact_winner": {"email": "quickbooks"}},
            {"email": "quickbooks"},
        ),
    ],
)
def test_c5_who_says_which_side_wins_for_contacts_alone_means_every_field(
    said: dict[str, Any], stored: dict[str, str]
) -> None:
    wish = ConfigurationIn.model_validate({"start_date": "2026-11-01", **said}).wish()

    assert wish.contact_winner == stored


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"payment_methods": [{"id": "999", "deposit_account_id": None}]}, "payment_methods[0].id"),
        ({"payment_methods": [{"id": "1", "deposit_account_id": "1"}]}, "payment_methods[0].deposit_account_id"),
        (
            {"payment_methods": [{"id": "1", "deposit_account_id": "35"}, {"id": "2", "deposit_account_id": "35"}]},
            "payment_methods[0].preferred",
        ),
        (
            {
                "payment_methods": [
                    {"id": "1", "deposit_account_id": "35", "preferred": True},
                    {"id": "2", "deposit_account_id": "35", "preferred": True},
                ]
            },
            "payment_methods[1].preferred",
        ),
        ({"payment_methods": [{"id": "1"}, {"id": "1"}]}, "payment_methods[1].id"),
        (
            {"payment_methods": [{"id": "1", "deposit_account_id": "35", "currency": "USD"}]},
            "payment_methods[0].deposit_account_id",
        ),
        ({"tax_codes": [{"code": "XYZ", "quickbooks_id": "1"}]}, "tax_codes[0].code"),
        ({"tax_codes": [{"code": "GST", "quickbooks_id": "999"}]}, "tax_codes[0].quickbooks_id"),
        ({"items": {"mode": "single", "item_id": ""}}, "items.item_id"),
        ({"items": {"mode": "match", "income_account_id": "35"}}, "items.income_account_id"),
        ({"items": {"mode": "single", "item_id": "1", "shipping_item_id": "999"}}, "items.shipping_item_id"),
        ({"start_date": None}, "start_date"),
        ({"start_date": "tomorrow"}, "start_date"),
        ({"document_numbers": "random"}, "document_numbers"),
        ({"removals": "forget"}, "removals"),
        ({"conflict_winner": {"sale": "nobody"}}, "conflict_winner.sale"),
        ({"contact_winner": {"email": "nobody"}}, "contact_winner.email"),
        ({"contact_winner": {"shoe_size": "oncord"}}, "contact_winner.shoe_size"),
        ({"hold_questions_days": -1}, "hold_questions_days"),
        ({"hold_questions_days": 8}, "hold_questions_days"),
        ({"hold_questions_days": 1.5}, "hold_questions_days"),
        ({"hold_questions_days": True}, "hold_questions_days"),
        ({"hold_questions_days": "soon"}, "hold_questions_days"),
        ({"hold_questions_days": None}, "hold_questions_days"),
        ({"payment_methods": [{"deposit_account_id": "35"}]}, "payment_methods[0].id"),
    ],
)
async def test_each_field_at_fault_is_named_and_nothing_is_stored(
    service: Service, changes: dict[str, Any], field: str
) -> None:
    connection_id = await joined(service)

    answer = await service.configure(connection_id, **changes)

    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}, answer.text
    assert (await service.state(connection_id))["state"] == "needs_configuration"


async def test_an_account_abroad_takes_a_method_only_in_its_own_currency(service: Service) -> None:
    realm = service.company()
    connection_id: str = (await service.connect_site())["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    books = f"http://books.test/_sandbox/companies/{realm}"
    several = {"Id": "1", "sparse": True, "CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    assert (await service.vendors.post(f"{books}/preferences", json=several)).status_code == 200
    abroad = {"Name": "Dollars", "AccountType": "Bank", "CurrencyRef": {"value": "USD"}}
    dollars = (await service.vendors.post(f"{books}/account", json=abroad)).json()["Account"]["Id"]
    choices = await service.choices(connection_id)
    bank = next(a["id"] for a in choices["deposit_accounts"] if a["kind"] == "Bank" and a["id"] != dollars)
    at_home = {"id": "1", "deposit_account_id": bank, "currency": ""}
    wrong = {
        "payment_methods[0].deposit_account_id": [{"id": "1", "deposit_account_id": dollars, "currency": ""}],
        "payment_methods[1].deposit_account_id": [
            at_home,
            {"id": "1", "deposit_account_id": dollars, "currency": "EUR"},
        ],
        "payment_methods[1].id": [at_home, {"id": "1", "deposit_account_id": bank, "currency": "AUD"}],
    }
    for field, methods in wrong.items():
        refused = await service.configure(connection_id, payment_methods=methods)
        assert refused.status_code == 422
        assert field in {error["field"] for error in refused.json()["errors"]}, refused.text

    mapped = [at_home, {"id": "1", "deposit_account_id": dollars, "currency": "USD"}]
    answer = await service.configure(connection_id, payment_methods=mapped)
    assert answer.status_code == 200, answer.text
    assert answer.json()["multi_currency"] is True
    assert [m["currency"] for m in answer.json()["payment_methods"]] == ["", "USD"]
    settled_at_home = [at_home, {"id": "1", "deposit_account_id": bank, "currency": "USD"}]
    answer = await service.configure(connection_id, payment_methods=settled_at_home)
    assert answer.status_code == 200, answer.text


async def test_a_tax_code_of_another_rate_is_refused(service: Service) -> None:
    connection_id = await joined(service)
    choices = await service.choices(connection_id)
    free = next(code for code in choices["quickbooks_tax_codes"] if code["rate"] == "0")

    answer = await service.configure(connection_id, tax_codes=[{"code": "GST", "quickbooks_id": free["id"]}])

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "tax_codes[0].quickbooks_id"


async def test_the_start_date_lies_after_the_closing_date_only_when_it_is_chosen_anew(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    close = f"http://books.test/_sandbox/companies/{realm}/close-books"
    assert (await service.vendors.post(close, json={"date": "2026-11-30"})).status_code == 200
    service.clock.advance(minutes=5)

    kept = await service.configure(connection_id, start_date="2026-11-22", document_numbers="quickbooks")
    chosen = await service.configure(connection_id, start_date="2026-11-25")

    assert kept.status_code == 200, kept.text
    assert chosen.status_code == 422
    assert chosen.json()["errors"][0]["field"] == "start_date"
    assert (await service.choices(connection_id))["suggested"]["start_date"] == "2026-12-01"


async def test_an_account_that_was_made_a_moment_ago_can_be_chosen(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    made = await service.vendors.post(
        f"http://books.test/_sandbox/companies/{realm}/account",
        json={"Name": "New bank", "AccountType": "Bank", "AccountSubType": "Checking"},
    )
    service.clock.advance(seconds=15)

    wish = {
        **await service.wish(connection_id),
        "payment_methods": [{"id": "1", "deposit_account_id": made.json()["Account"]["Id"]}],
    }
    answer = await service.api.put(f"/api/v1/connections/{connection_id}/configuration", json=wish)

    assert answer.status_code == 200, answer.text


async def test_every_change_is_kept_with_who_and_when(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await service.configure(connection_id, document_numbers="quickbooks", removals="void")

    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]

    changed = [act for act in acts if act["action"] == "configuration.changed"]
    assert [act["who"] for act in changed] == ["API key", "API key"]
    assert changed[0]["detail"]["before"]["document_numbers"] == "oncord"
    assert changed[0]["detail"]["after"]["document_numbers"] == "quickbooks"
    assert [changed[0]["detail"][when]["removals"] for when in ("before", "after")] == ["delete", "void"]
    assert changed[1]["detail"]["before"] is None


async def test_choices_need_a_company(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    answer = await service.api.get(f"/api/v1/connections/{connection_id}/configuration/choices")

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/not-connected")


async def test_the_books_of_an_american_company_know_tax_and_non(service: Service) -> None:
    realm = service.company("US")
    connection_id = (await service.connect_site())["id"]
    await service.join_company(connection_id, realm)

    choices = await service.choices(connection_id)

    assert {"TAX", "NON"} <= {code["id"] for code in choices["quickbooks_tax_codes"]}


@pytest.mark.parametrize("days", [0, 3, 7])
async def test_how_long_a_question_about_a_person_holds_documents_is_kept_and_sent_back(
    service: Service, days: int
) -> None:
    connection_id = await joined(service)
    address = f"/api/v1/connections/{connection_id}/configuration"

    answer = await service.configure(connection_id, hold_questions_days=days)

    shown = (await service.api.get(address)).json()
    again = (await service.api.put(address, json=shown)).json()
    assert (answer.status_code, shown["hold_questions_days"], again["hold_questions_days"]) == (200, days, days)
    assert (shown["version"], again["version"]) == (1, 1)


async def test_a_put_that_leaves_the_days_of_holding_out_means_the_default_as_it_does_for_document_numbers(
    service: Service,
) -> None:
    connection_id = await joined(service)
    await service.configure(connection_id, hold_questions_days=4, document_numbers="quickbooks")

    replaced = (await service.configure(connection_id)).json()

    assert (replaced["hold_questions_days"], replaced["document_numbers"]) == (1, "oncord")


async def test_too_many_days_of_holding_are_refused_in_words(service: Service) -> None:
    connection_id = await joined(service)

    refused = await service.configure(connection_id, hold_questions_days=8)

    assert refused.status_code == 422
    assert "whole number of days from 0 to 7" in refused.text


async def test_b1_what_was_lodged_and_how_gst_is_reported_are_kept_and_the_lock_date_is_shown(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}"
    open_books = (await service.api.get(address)).json()

    answer = await service.configure(connection_id, lodged_until="2026-09-30", gst_basis="cash")

    shown = (await service.api.get(f"{address}/configuration")).json()
    locked = (await service.api.get(address)).json()
    assert (open_books["locked_until"], open_books["locked_by"]) == (None, "")
    assert (answer.status_code, shown["lodged_until"], shown["gst_basis"]) == (200, "2026-09-30", "cash")
    assert (locked["locked_until"], locked["locked_by"]) == ("2026-09-30", "lodged")
    close = f"http://books.test/_sandbox/companies/{realm}/close-books"
    assert (await service.vendors.post(close, json={"date": "2026-10-31"})).status_code == 200
    await service.configure(connection_id, lodged_until="2026-09-30", gst_basis="cash")
    closed = (await service.api.get(address)).json()
    assert (closed["locked_until"], closed["locked_by"]) == ("2026-10-31", "books")


@pytest.mark.parametrize("until", ["2027-01-31", "soon"])
async def test_b1_a_period_that_is_not_over_cannot_have_been_lodged(service: Service, until: str) -> None:
    connection_id, _ = await service.ready_connection()

    refused = await service.configure(connection_id, lodged_until=until)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "lodged_until"
