"""The pages work without scripts: connecting, configuring, synchronising, reading, answering."""

import re
from html import unescape

from app.storage.connections import connections
from app.storage.people import attention
from app.storage.runs import runs
from tests.console.pages import fields, shown, sign_in
from tests.support.app import SITE_TOKEN, Service


async def test_a_person_connects_a_site_joins_a_company_and_configures_it(service: Service) -> None:
    realm = service.company(name="Harbour <Coffee> Pty Ltd")
    csrf = await sign_in(service)
    site = {"oncord_api_url": service.api_url, "oncord_token": "guessed", "name": "My <shop>", "csrf": csrf}

    wrong = await service.browser.post("/connections/new", data=site)
    assert wrong.status_code == 422
    assert "refused by the site" in shown(wrong)
    assert 'value="guessed"' not in wrong.text
    made = await service.browser.post("/connections/new", data={**site, "oncord_token": SITE_TOKEN})
    address = made.headers["location"]
    page = await service.browser.get(address)
    assert "My <shop>" in shown(page)
    assert "My <shop>" not in page.text

    link = re.search(r'href="(/oauth/quickbooks/connect[^"]+)"', page.text)
    assert link
    departure = await service.browser.get(unescape(link[1]))
    back = await service.browser.get(await service.consent(departure.headers["location"], f"approve={realm}"))
    assert back.headers["location"].startswith(f"{address}?outcome=connected")
    arrived = await service.browser.get(back.headers["location"])
    assert '"Harbour <Coffee> Pty Ltd" is connected' in shown(arrived)
    assert "is connected." not in shown(await service.browser.get(address))

    form = await service.browser.get(f"{address}/configuration")
    assert form.status_code == 200
    filled = fields(form)
    refused = await service.browser.post(f"{address}/configuration", data={**filled, "item_id": "", "start_date": "x"})
    assert refused.status_code == 422
    assert "Choose the day" in shown(refused)
    refused = await service.browser.post(f"{address}/configuration", data={**filled, "item_id": ""})
    assert "Choose the item" in shown(refused)
    account = re.search(r'<option value="(\d+)" >Everyday', form.text)
    assert account
    stored = await service.browser.post(f"{address}/configuration", data={**filled, "account:1:": account[1]})
    assert stored.status_code == 303, shown(stored)
    configured = (await service.api.get(f"/api/v1{address}/configuration")).json()
    assert configured["payment_methods"][0] == {
        "id": "1",
        "choice": "account",
        "deposit_account_id": account[1],
        "preferred": False,
        "currency": "",
    }
    assert configured["tax_codes"]
    assert configured["auto_sync"] is True
    assert "Synchronise" in shown(await service.browser.get(address))


async def test_a_method_is_mapped_in_each_currency_that_the_company_has_an_account_for(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    books = f"http://books.test/_sandbox/companies/{realm}"
    several = {"Id": "1", "sparse": True, "CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    assert (await service.vendors.post(f"{books}/preferences", json=several)).status_code == 200
    abroad = {"Name": "Dollars", "AccountType": "Bank", "CurrencyRef": {"value": "USD"}}
    dollars = (await service.vendors.post(f"{books}/account", json=abroad)).json()["Account"]["Id"]
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"

    form = await service.browser.get(address)
    assert " in USD" in shown(form)
    assert "Not decided: such receipts wait" in shown(form)
    stored = await service.browser.post(address, data={**fields(form), "account:1:USD": dollars})
    assert stored.status_code == 303, shown(stored)
    mapped = (await service.api.get(f"/api/v1{address}")).json()["payment_methods"]
    abroad_ones = [m for m in mapped if m["currency"] == "USD"]
    assert [(m["id"], m["deposit_account_id"]) for m in abroad_ones if m["choice"] == "account"] == [("1", dollars)]
    assert {m["choice"] for m in abroad_ones if m["id"] != "1"} == {"undecided"}


async def test_synchronise_queues_a_run_and_shows_it(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    csrf = await sign_in(service)

    answer = await service.browser.post(f"/connections/{connection_id}/synchronise", data={"csrf": csrf})

    assert answer.status_code == 303
    page = await service.browser.get(answer.headers["location"])
    assert "Queued" in shown(page)
    assert service.waker.rung[-1] == connection_id


async def test_t4_synchronise_leads_to_the_configuration_first(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    await service.join_company(connection_id, service.company())
    csrf = await sign_in(service)

    answer = await service.browser.post(f"/connections/{connection_id}/synchronise", data={"csrf": csrf})

    assert answer.headers["location"] == f"/connections/{connection_id}/configuration"
    assert "must be configured" in shown(await service.browser.get(answer.headers["location"]))


async def test_a_run_is_shown_with_the_rule_and_reason_of_each_decision(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    run_id = (await service.api.post(f"/api/v1/connections/{connection_id}/syncs")).json()["id"]
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "INSERT INTO operation (id, connection_id, run_id, sequence, epoch, action, side, kind, source_id, rule,"
            " reason, fields, disagreements, state, created_at) VALUES ('op_1', %s, %s, 1, 1, 'create', 'quickbooks', 'sale', '1041',"
            " 'S1', 'Sale 1041 is <confirmed>.', '[\"due_date\"]', '[]', 'done', %s)",
            (connection_id, run_id, service.clock.now()),
        )
        await runs.finish(tx, run_id, "succeeded", {"created": 1, "nested": {}}, service.clock.now())
    await sign_in(service)

    page = shown(await service.browser.get(f"/connections/{connection_id}/runs/{run_id}"))

    assert "S1: Every confirmed sale created in Oncord" in page
    assert "Sale Made in QuickBooks Sale 1041 is" in page
    assert "Sale 1041 is <confirmed>. (due date)" in page
    assert "1 made" in shown(await service.browser.get(f"/connections/{connection_id}"))


async def test_attention_is_answered_on_the_page_of_its_connection(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await attention.open_item(
            tx,
            connection_id,
            item_id="att_1",
            key="k",
            kind="conflict",
            rule="C2",
            summary="Both sides changed the e-mail of Ada.",
            actions=["retry", "use_other"],
            detail={"disagreements": [{"field": "email", "oncord": "a@x", "quickbooks": "b@x", "winner": "oncord"}]},
            now=service.clock.now(),
        )
    csrf = await sign_in(service)
    page = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "Both sides changed the e-mail of Ada." in page
    assert "Try again Use QuickBooks' “b@x” Keep Oncord's “a@x”" in page

    answer = await service.browser.post(
        f"/connections/{connection_id}/attention/att_1", data={"csrf": csrf, "action": "dismiss"}
    )

    assert answer.status_code == 303
    assert "Nothing waits for you." in shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "1" not in shown(await service.browser.get("/")).partition("Needs attention")[2][:12]


async def test_which_one_it_is_is_answered_with_the_button_of_a_choice(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    choices = [
        {"side": "quickbooks", "id": "58", "name": "Ada", "facts": {"email": "ada@example.com", "suburb": "Brisbane"}},
        {"side": "quickbooks", "id": "59", "name": "Ada <L>", "facts": {}},
    ]
    async with service.container.database.transaction(connection_id) as tx:
        await attention.open_item(
            tx,
            connection_id,
            item_id="att_1",
            key="k",
            kind="ambiguous_match",
            rule="C1",
            summary="2 QuickBooks customers could be Oncord contact Ada.",
            side="oncord",
            record_kind="contact",
            record_id="17",
            actions=["choose", "create_new", "retry"],
            detail={"choices": choices},
            now=service.clock.now(),
        )
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}"
    page = shown(await service.browser.get(address))
    assert "Ada email: ada@example.com, suburb: Brisbane It is this one" in page
    assert "Ada <L> It is this one" in page
    assert "It is a new one Try again Leave it unanswered" in page

    await service.browser.post(f"{address}/attention/att_1", data={"csrf": csrf, "choice": "60"})
    assert "60 is not among the choices of this item." in shown(await service.browser.get(address))
    await service.browser.post(f"{address}/attention/att_1", data={"csrf": csrf, "choice": "59"})

    assert "Nothing waits for you." in shown(await service.browser.get(address))
    async with service.container.database.transaction(connection_id) as tx:
        assert [kept.chosen for kept in await attention.choices(tx, connection_id)] == ["59"]


async def test_automatic_disconnect_and_start_over_are_buttons(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}"

    await service.browser.post(f"{address}/automatic", data={"csrf": csrf, "on": "0"})
    assert (await service.state(connection_id))["auto_sync"] is False
    await service.browser.post(f"{address}/start-over", data={"csrf": csrf})
    assert (await service.state(connection_id))["configured"] is True
    await service.browser.post(f"{address}/disconnect", data={"csrf": csrf})
    assert (await service.state(connection_id))["state"] == "not_connected"
    assert "Reconnect to QuickBooks" in shown(await service.browser.get(address))
    await service.browser.post(f"{address}/start-over", data={"csrf": csrf, "sure": "1"})
    assert (await service.state(connection_id))["configured"] is False


async def test_a_fresh_token_of_the_site_ends_reconnect_required(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}"
    async with service.container.database.transaction(connection_id) as tx:
        await connections.set_state(
            tx,
            connection_id,
            "reconnect_required",
            "The shop no longer accepts our token.",
            service.clock.now(),
            remedy="renew_site_token",
        )
    page = await service.browser.get(address)
    assert "Give a fresh Oncord token" in shown(page)
    assert "Reconnect to QuickBooks" not in shown(page)
    assert re.search(r'class="button main" href="#site"', page.text)
    assert '<details id="site" open>' in page.text

    await service.browser.post(f"{address}/site", data={"csrf": csrf, "oncord_token": "guessed"})
    assert "does not accept this token" in shown(await service.browser.get(address))
    await service.browser.post(f"{address}/site", data={"csrf": csrf, "oncord_token": SITE_TOKEN})
    assert (await service.state(connection_id))["state"] == "ready"


async def test_what_is_not_there_is_said_on_a_page(service: Service) -> None:
    await sign_in(service)

    for path in ("/connections/con_0", "/connections/con_0/runs/run_0", "/connections/%00", "/?cursor=x"):
        answer = await service.browser.get(path, headers={"Accept": "text/html,*/*"})
        assert answer.status_code in (404, 422), path
        assert answer.headers["content-type"].startswith("text/html")


async def test_the_result_page_tells_a_launched_visitor_how_it_ended(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    page = await service.to_consent_page(connection_id)
    back = await service.browser.get(await service.consent(page, "deny=1"))

    result = await service.browser.get(back.headers["location"])

    assert "Access was not given" in shown(result)
    assert "Access was not given" not in shown(await service.browser.get("/connect/result"))


async def test_the_reference_shows_every_operation_and_reaches_no_other_host(service: Service) -> None:
    answer = await service.browser.get("/reference")

    assert answer.status_code == 200
    for path in service.app.openapi()["paths"]:
        assert path in unescape(answer.text)
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)
    assert (await service.browser.get("/static/console.css")).status_code == 200


async def test_storing_the_page_unchanged_decides_nothing(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"

    for _ in range(2):
        form = await service.browser.get(address)
        assert "Not decided: such receipts wait" in shown(form)
        stored = await service.browser.post(address, data=fields(form))
        assert stored.status_code == 303, shown(stored)
        configured = (await service.api.get(f"/api/v1{address}")).json()
        assert {m["choice"] for m in configured["payment_methods"]} == {"undecided"}
        assert {c["choice"] for c in configured["tax_codes"]} <= {"code", "undecided"}


async def test_what_seems_obvious_is_named_filled_in_where_it_is_asked_for_and_stored_by_a_person(
    service: Service,
) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    proposed = (await service.choices(connection_id))["proposed"]
    assert "Cash" in {each["what"] for each in proposed}

    form = await service.browser.get(address)
    assert all(f"{each['what']}: {each['name']}" in shown(form) for each in proposed)
    filled = await service.browser.get(address, params={"fill": "1"})
    assert "What seems obvious" not in shown(filled)
    configured = (await service.api.get(f"/api/v1{address}")).json()
    assert configured["configured"] is False
    stored = await service.browser.post(address, data=fields(filled))

    assert stored.status_code == 303, shown(stored)
    configured = (await service.api.get(f"/api/v1{address}")).json()
    by_field = {f"payment_methods[{i}].deposit_account_id": m for i, m in enumerate(configured["payment_methods"])}
    of_methods = [each for each in proposed if each["field"].startswith("payment_methods")]
    assert of_methods
    assert all(by_field[each["field"]]["deposit_account_id"] == each["id"] for each in of_methods)
    assert (await service.choices(connection_id))["proposed"] == []


async def test_a_decision_against_is_a_choice_of_its_own_and_stays_when_the_page_is_stored_again(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    chosen = fields(await service.browser.get(address)) | {"account:6:": "none", "account:7:": "", "tax:FRE": "none"}
    chosen.pop("preferred:7:", None)
    assert (await service.browser.post(address, data=chosen)).status_code == 303
    assert (await service.browser.post(address, data=fields(await service.browser.get(address)))).status_code == 303

    configured = (await service.api.get(f"/api/v1{address}")).json()
    assert [m["choice"] for m in configured["payment_methods"]] == ["account"] * 5 + ["none", "undecided"]
    assert {c["code"]: c["choice"] for c in configured["tax_codes"]}["FRE"] == "none"


async def test_accounts_are_offered_in_groups_and_stock_and_prepayments_are_not(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    form = await service.browser.get(f"/connections/{connection_id}/configuration")

    groups = list(dict.fromkeys(re.findall(r'<optgroup label="([^"]+)"', form.text)))
    assert groups == ["Bank accounts", "Undeposited funds", "Other current assets"]
    offered = (await service.choices(connection_id))["deposit_accounts"]
    names = [account["name"] for account in offered]
    assert not {"Inventory Asset", "Prepaid Expenses"} & set(names)
    assert "Undeposited Funds" in names
    assert [a["group"] for a in offered] == sorted((a["group"] for a in offered), key=groups.index)


async def test_how_long_a_question_about_a_person_holds_documents_is_chosen_on_the_page_and_stays(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"

    async def held() -> int:
        return int((await service.api.get(f"/api/v1{address}")).json()["hold_questions_days"])

    form = await service.browser.get(address)
    assert "Days to wait for an answer to who somebody is" in shown(form)
    assert 'for="hold_questions_days"' in form.text
    assert fields(form)["hold_questions_days"] == "1"
    for days in ("0", "5"):
        chosen = {**fields(form), "hold_questions_days": days}
        assert (await service.browser.post(address, data=chosen)).status_code == 303
        unchanged = fields(await service.browser.get(address))
        assert (await service.browser.post(address, data=unchanged)).status_code == 303
        assert await held() == int(days)
    for days in ("8", "-1", "1.5", "soon", ""):
        refused = await service.browser.post(address, data={**fields(form), "hold_questions_days": days})
        assert refused.status_code == 422
        assert "whole number of days from 0 to 7" in shown(refused)
    del unchanged["hold_questions_days"]
    assert (await service.browser.post(address, data=unchanged)).status_code == 303
    assert await held() == 5


async def test_what_lines_without_a_tax_code_are_is_chosen_on_the_page_and_nothing_is_preselected(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    form = await service.browser.get(address)
    chosen = fields(form)

    assert {name: chosen[name] for name in chosen if name.startswith("untaxed:")} == {
        f"untaxed:{destination}:{sort}": ""
        for destination in ("home", "abroad")
        for sort in ("products", "free_text", "shipping", "discounts")
    }
    assert "Not decided: such sales wait" in shown(form)
    assert "Proposed: GST-free exports" in shown(form)
    assert "on no label of the BAS" in shown(form)
    free = next(c["id"] for c in (await service.choices(connection_id))["untaxed_codes"] if c["name"] == "GST-free")
    assert (await service.browser.post(address, data=chosen | {"untaxed:home:shipping": free})).status_code == 303
    assert (await service.browser.post(address, data=fields(await service.browser.get(address)))).status_code == 303

    stored = (await service.api.get(f"/api/v1{address}")).json()["untaxed_lines"]
    assert stored["home"] == {"products": None, "free_text": None, "shipping": free, "discounts": None}
    assert set(stored["abroad"].values()) == {None}


async def test_items_of_vouchers_and_of_reasons_are_chosen_on_the_page_and_nothing_is_preselected(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    form = await service.browser.get(address)
    chosen = fields(form)

    reasons = {name: chosen[name] for name in chosen if name.startswith("reason:")}
    assert reasons == {f"reason:{reason}": "" for reason in ("bad_debt", "return", "price", "goodwill", "other")}
    assert chosen["voucher_item_id"] == ""
    assert "Not decided: such adjustments wait" in shown(form)
    sold = chosen["item_id"]
    refused = await service.browser.post(address, data=chosen | {"voucher_item_id": sold, "reason:bad_debt": sold})
    assert refused.status_code == 422
    assert "owed to whoever redeems it" in shown(refused)
    assert "Choose an active item whose account is an expense" in shown(refused)
    assert (await service.browser.post(address, data=chosen | {"reason:return": "lines"})).status_code == 303
    of_before = {name: value for name, value in chosen.items() if name not in reasons and name != "voucher_item_id"}
    assert (await service.browser.post(address, data=of_before)).status_code == 303

    stored = (await service.api.get(f"/api/v1{address}")).json()["items"]
    assert (stored["voucher_item_id"], stored["reason_items"]) == ("", {"return": "lines"})


async def test_an_account_for_methods_that_nobody_mapped_is_offered_unticked(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    chosen = fields(await service.browser.get(address))
    account = (await service.choices(connection_id))["deposit_accounts"][0]["id"]

    async def stored() -> str | None:
        found: str | None = (await service.api.get(f"/api/v1{address}")).json()["unmapped_methods_account_id"]
        return found

    assert "unmapped" not in chosen
    assert (await service.browser.post(address, data=chosen | {"unmapped_account": account})).status_code == 303
    assert await stored() is None, "an account without the tick is no choice"
    refused = await service.browser.post(address, data=chosen | {"unmapped": "1"})
    assert (refused.status_code, "Choose the account, or take the tick off." in shown(refused)) == (422, True)
    ticked = chosen | {"unmapped": "1", "unmapped_account": account}
    assert (await service.browser.post(address, data=ticked)).status_code == 303
    assert (await service.browser.post(address, data=fields(await service.browser.get(address)))).status_code == 303
    assert await stored() == account


async def test_the_winner_of_a_contacts_field_is_chosen_in_the_form_and_stays(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    proposed = fields(await service.browser.get(address))
    assert (proposed["detail:name"], proposed["detail:email"]) == ("quickbooks", "oncord")

    chosen = proposed | {"detail:name": "oncord", "detail:email": ""}
    assert (await service.browser.post(address, data=chosen)).status_code == 303
    assert (await service.browser.post(address, data=fields(await service.browser.get(address)))).status_code == 303

    winner = (await service.api.get(f"/api/v1{address}")).json()["contact_winner"]
    assert (winner["name"], winner.get("email"), winner["tax_number"]) == ("oncord", None, "quickbooks")
