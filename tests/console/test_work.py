"""The list of work: what needs attention by its cause with what it comes to, answered many at a time, and asked again."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.model.operations import Label
from app.storage.people import attention
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import Service
from tests.support.counted import Counted


async def ask(service: Service, connection_id: str, number: int, **members: Any) -> None:
    label = Label(f"Sale {number}", str(number), date(2026, 11, 22), Decimal("44.00"), "AUD", "Ada Byron", "oncord:17")
    asked = {
        "item_id": f"att_{number:04}",
        "key": f"key {number}",
        "kind": "parked",
        "rule": "S1",
        "summary": f"Sale {number} cannot go over.",
        "side": "oncord",
        "record_kind": "sale",
        "record_id": str(number),
        "actions": ["retry"],
        "subject": label,
        "now": service.clock.now(),
        **members,
    }
    async with service.container.database.transaction(connection_id) as tx:
        await attention.open_item(tx, connection_id, **asked)


async def some_work(service: Service) -> str:
    connection_id, _ = await service.ready_connection()
    for number in range(3):
        await ask(service, connection_id, number)
    waiting = [{"side": "oncord", "kind": "receipt", "count": 12, "amount": "1204.50", "currency": "AUD"}]
    unmapped = {"kind": "unmapped", "record_id": "", "subject": None, "detail": {"count": 12, "waiting": waiting}}
    await ask(service, connection_id, 90, summary="12 receipts wait for PayPal.", **unmapped)
    methods = [{"id": "3", "name": "PayPal", "receipts": 2, "amount": "30.00", "currency": "NZD"}]
    await ask(service, connection_id, 92, kind="unmapped", subject=None, detail={"methods": methods})
    named = {"label": "Sale 1042", "person": "Ada Byron", "amount": "44.00", "currency": "AUD"}
    removed = {"count": 11, "amounts": {"AUD": "484.00"}, "records": [named]}
    await ask(service, connection_id, 91, kind="mass_delete", actions=["approve"], subject=None, detail=removed)
    return connection_id


async def test_a_question_about_methods_names_its_receipts_and_leads_to_their_accounts(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    methods = [{"id": "3", "name": "PayPal", "receipts": 1, "amount": "30.00", "currency": "AUD"}]
    receipt = {"label": "Receipt 77, Ada Byron", "amount": "30.00", "currency": "AUD"}
    detail = {"methods": methods, "count": 1, "records": [receipt]}
    await ask(service, connection_id, 92, kind="unmapped", record_id="", subject=None, detail=detail)
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}/attention/att_0092")

    assert "See it" in shown(page)
    assert "Receipt 77, Ada Byron, $30.00" in shown(page)
    assert f'href="/connections/{connection_id}/configuration#payment_methods"' in page.text


async def test_work_is_grouped_by_cause_with_counts_and_amounts(service: Service) -> None:
    connection_id = await some_work(service)
    await sign_in(service)
    address = f"/connections/{connection_id}/attention"

    words = shown(await service.browser.get(address))
    assert "Needs attention (6)" in words
    assert (
        "Wait for a choice in the configuration 14 in 2 questions $1,204.50, 30.00 NZD Choose it in the configuration"
        in words
    )
    assert "Removals that wait for a yes 11 in 1 question $484.00" in words
    assert "See the first 1 of 11 Sale 1042, Ada Byron, $44.00" in words
    assert "Cannot go over as they are 3 $132.00" in words
    only = shown(await service.browser.get(address, params={"kind": "parked"}))
    assert "Sale 2 cannot go over." in only
    assert "PayPal" not in only

    found = (await service.api.get(f"/api/v1{address}/groups")).json()["items"]
    causes = found[0].pop("causes")
    assert found[0] == {"kind": "unmapped", "items": 2, "records": 14, "amounts": {"AUD": "1204.50", "NZD": "30.00"}}
    assert [each["records"] for each in causes] == [12, 2]
    assert causes[1]["words"] == "2 receipts wait for PayPal: choose its account."
    listed = (await service.api.get(f"/api/v1{address}", params={"kind": "parked"})).json()["items"]
    assert {item["kind"] for item in listed} == {"parked"}


async def test_many_are_answered_at_once_and_each_answer_says_before_what_it_does(service: Service) -> None:
    connection_id = await some_work(service)
    await sign_in(service)
    address = f"/connections/{connection_id}/attention"
    page = await service.browser.get(address, params={"kind": "parked"})
    assert "Leave it as it is: Nothing is done; both sides stay as they are. It can be re-opened." in shown(page)
    csrf = csrf_in(page)
    ticked = re.findall(r'name="item" value="(\w+)" form="bulk"', page.text)
    assert len(ticked) == 3

    nothing = await service.browser.post(address, data={"csrf": csrf, "action": "dismiss"})
    assert "Nothing was answered" in shown(await service.browser.get(nothing.headers["location"]))
    answer = await service.browser.post(address, data={"csrf": csrf, "item": ticked[:2], "action": "dismiss"})
    assert "2 are answered." in shown(await service.browser.get(answer.headers["location"]))
    again = await service.browser.post(address, data={"csrf": csrf, "item": ticked, "action": "retry"})
    assert "1 is answered. This item has been settled already." in shown(
        await service.browser.get(again.headers["location"])
    )


async def test_what_was_answered_says_by_whom_and_what_was_dismissed_is_asked_again(service: Service) -> None:
    connection_id = await some_work(service)
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}/attention"
    await service.browser.post(f"{address}/att_0000", data={"csrf": csrf, "action": "dismiss"})
    await service.browser.post(f"{address}/att_0001", data={"csrf": csrf, "action": "retry"})
    words = shown(await service.browser.get(address, params={"state": "resolved"}))
    assert "answered: Leave it as it is" in words
    assert "answered: Try again" in words
    assert words.count("Ask again") == 1

    answer = await service.browser.post(f"{address}/att_0000/reopen", data={"csrf": csrf})
    assert "It is open again." in shown(await service.browser.get(answer.headers["location"]))
    assert "Sale 0 cannot go over." in shown(await service.browser.get(address))
    for settled in ("att_0000", "att_0001", "att_none"):
        assert (await service.api.post(f"/api/v1{address}/{settled}/reopen")).status_code == 409
    audit = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    assert audit[0]["action"] == "attention.reopened"


async def test_what_removes_or_chooses_is_answered_by_itself_and_the_api_says_what_was_refused(
    service: Service,
) -> None:
    connection_id = await some_work(service)
    address = f"/api/v1/connections/{connection_id}/attention/resolve"

    refused = await service.api.post(address, json={"items": ["att_0091"], "action": "approve"})
    assert refused.status_code == 422
    assert "one item at a time" in refused.json()["detail"]
    done = await service.api.post(address, json={"items": ["att_0000", "att_0000", "att_none"], "action": "dismiss"})
    assert done.json() == {"answered": 1, "refused": ["This connection has no such item."]}
    assert (await service.api.post(address, json={"items": [], "action": "dismiss"})).status_code == 422


async def test_five_thousand_items_are_no_trouble(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "INSERT INTO attention (id, connection_id, key, kind, rule, summary, detail, actions, subject, state, created_at,"
            " updated_at) SELECT 'att_' || n, %(c)s, 'k' || n, 'parked', 'S1', 'Sale ' || n || ' waits.', '{}', '[\"retry\"]',"
            " jsonb_build_object('label', 'Sale ' || n, 'amount', '1.01', 'currency', 'AUD'), 'open', %(now)s, %(now)s"
            " FROM generate_series(1, 5000) n",
            {"c": connection_id, "now": service.clock.now()},
        )
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}/attention")

    assert "Cannot go over as they are 5000 $5,050.00" in shown(page)
    assert len(page.text) < 200_000
    assert page.text.count('form="bulk"') == 50


async def test_within_a_kind_work_is_grouped_by_what_there_is_to_do_with_the_sum(service: Service) -> None:
    connection_id = await some_work(service)
    paypal = [
        {"id": "4", "name": "PayPal", "receipts": 12, "amount": "1204.50", "currency": "AUD"},
        {"id": "5", "name": "Cheque", "receipts": 1, "amount": "9.00", "currency": "AUD"},
        {"id": "4", "name": "PayPal", "receipts": 2, "amount": "30.00", "currency": "NZD"},
    ]
    await ask(service, connection_id, 92, kind="unmapped", subject=None, detail={"methods": paypal})
    for number in range(10, 13):
        await ask(service, connection_id, number, kind="refused", advice="Shorten its number.")
    await ask(service, connection_id, 13, kind="refused", advice="Choose another date.")
    await sign_in(service)
    address = f"/connections/{connection_id}/attention"

    page = await service.browser.get(address)
    words = shown(page)
    assert "14 receipts wait for PayPal: choose its account. 14, $1,204.50, 30.00 NZD" in words
    assert "1 receipt waits for Cheque: choose its account. 1, $9.00" in words
    assert "Shorten its number. 3, $132.00" in words
    assert "S1: " not in words.partition("All of them")[0], "a rule is told by its sentence"
    groups = {each["kind"]: each for each in (await service.api.get(f"/api/v1{address}/groups")).json()["items"]}
    several = groups["refused"]["causes"]
    assert [(each["words"], each["items"], each["amounts"]) for each in several] == [
        ("Shorten its number.", 3, {"AUD": "132.00"}),
        ("Choose another date.", 1, {"AUD": "44.00"}),
    ]
    for each in several:
        asked = {"kind": "refused", "cause": each["cause"]}
        listed = (await service.api.get(f"/api/v1{address}", params=asked)).json()["items"]
        assert [item["advice"] for item in listed] == [each["words"]] * each["items"]
    one = shown(await service.browser.get(address, params={"kind": "refused", "cause": several[1]["cause"]}))
    assert "Sale 13 cannot go over." in one
    assert "Sale 12 cannot go over." not in one


MANY = 5000
_MANY = (
    "INSERT INTO attention (id, connection_id, key, kind, rule, summary, advice, side, record_kind, record_id, detail, subject, person, state,"
    " created_at, updated_at) SELECT 'att_m' || n, %(c)s, 'm' || n, CASE WHEN n %% 3 = 0 THEN 'refused' ELSE 'parked' END, 'S1',"
    " 'Sale ' || n || ' cannot go over.', 'Do thing ' || n %% 7 || '.', 'oncord', 'sale', n::text, '{}', jsonb_build_object('label', 'Sale ' || n,"
    " 'amount', '1.00', 'currency', 'AUD'), 'Ada Byron', 'open', %(now)s, %(now)s FROM generate_series(1, %(many)s) n"
)


async def test_five_thousand_items_are_a_page_by_a_fixed_number_of_statements(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    few, many = Counted(), Counted(explain=True)
    address = f"/connections/{connection_id}/attention"
    await ask(service, connection_id, 1)
    few.watch(service.container.database)
    await service.browser.get(address)
    of_one = len(few.statements)
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(_MANY, {"c": connection_id, "now": service.clock.now(), "many": MANY})
    many.watch(service.container.database)

    page = await service.browser.get(address)

    assert f"Needs attention ({MANY + 1})" in shown(page)
    assert "Do thing 3. 476, $476.00" in shown(page)
    assert len(many.statements) == of_one, many.statements
    assert max(many.pages) < MANY, "no item is looked up by itself"
    assert len(page.text) < 400_000
    listed, cursor = set[str](), None
    for _ in range(3):
        asked = {"limit": 200, "kind": "refused", **({"cursor": cursor} if cursor else {})}
        part = (await service.api.get(f"/api/v1{address}", params=asked)).json()
        listed |= {item["id"] for item in part["items"]}
        cursor = part["next_cursor"]
    assert len(listed) == 600


async def test_a_kind_that_there_is_not_has_a_heading_without_a_word_of_the_address(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}/attention?kind=con_typed_by_somebody")

    assert "Other questions" in shown(page)
    assert "typed by somebody" not in shown(page).lower()
