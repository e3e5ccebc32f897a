"""The contract between client and simulator, row by row of docs/quickbooks.md 12: access, envelopes, the company.

Objects, queries and batches, money, and webhooks have files of their own beside this one.
"""

import asyncio
import importlib
import re
from datetime import timedelta

import httpx
import pytest

from app.domain.model.exchange import OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import Kind
from app.errors import Blocked, OutsideError, Unauthorised, Unreachable
from app.quickbooks.mapping.query import select
from tests.quickbooks.company import Company
from tests.quickbooks.contract_rows import PROVED, ROWS, row
from tests.quickbooks.test_quickbooks_hazards import an_invoice_batch
from tests.quickbooks.test_quickbooks_hazards_access import stored_grant
from tests.quickbooks.test_quickbooks_oauth import CALLBACK, consent
from tests.quickbooks.test_writing_quickbooks import jo, snapshot_of

ELSEWHERE = (
    "tests.quickbooks.test_quickbooks_contract_money",
    "tests.quickbooks.test_quickbooks_contract_objects",
    "tests.quickbooks.test_quickbooks_contract_reads",
    "tests.quickbooks.test_quickbooks_contract_webhooks",
)


def test_every_row_of_the_fact_sheet_has_a_test() -> None:
    for name in ELSEWHERE:
        importlib.import_module(name)

    assert [name for name in ROWS if name not in PROVED] == []


async def raw(books: Company, path: str, **headers: str) -> httpx.Response:
    """What the simulator says to somebody who is not our client."""
    chosen = {"Authorization": f"Bearer {books.tokens.access}", "Accept": "application/json", **headers}
    return await books.http.get(f"/v3/company/{books.realm}/{path}", headers=chosen)


@row("code single-use")
async def test_a_code_that_is_used_twice_is_refused_and_takes_its_grant_along(books: Company) -> None:
    code = (await consent(books, approve=books.realm))["code"]
    pair = await books.oauth.exchange(code, CALLBACK)

    with pytest.raises(Unauthorised):
        await books.oauth.exchange(code, CALLBACK)
    with pytest.raises(Unauthorised):
        await books.oauth.refresh(pair.refresh_token)


@row("access token 3600 s")
async def test_an_access_token_works_for_an_hour_and_is_then_replaced(books: Company) -> None:
    books.clock.world.advance(3590)
    await books.side.ids(Kind.CONTACT)
    assert books.tokens.refreshed == 0

    books.clock.world.advance(20)
    await books.side.ids(Kind.CONTACT)
    assert books.tokens.refreshed == 1


@row("refresh rotates after 24 h", "invalid_grant on a stale value")
async def test_the_refresh_token_stays_for_a_day_and_then_rotates_and_the_old_one_is_dead(books: Company) -> None:
    pair = await books.oauth.exchange((await consent(books, approve=books.realm))["code"], CALLBACK)
    books.clock.world.advance(23 * 3600)
    same = await books.oauth.refresh(pair.refresh_token)
    books.clock.world.advance(3600)
    rotated = await books.oauth.refresh(pair.refresh_token)

    assert same.refresh_token == pair.refresh_token != rotated.refresh_token
    with pytest.raises(Unauthorised) as stale:
        await books.oauth.refresh(pair.refresh_token)
    assert stale.value.code == "invalid_grant"


@row("concurrent refresh race")
async def test_twenty_who_need_a_new_token_at_once_ask_for_one(books: Company) -> None:
    _, tokens = stored_grant(books)
    await books.hazard("strict_rotation")
    await books.hazard("reuse_revokes_grant")
    await books.door("DELETE", f"/companies/{books.realm}/calls")

    found = await asyncio.gather(*(tokens.renewed_token("con_1", books.tokens.access) for _ in range(20)))

    assert (len(set(found)), (await books.calls())["oauth"]) == (1, 1)
    books.tokens.access = found[0]
    assert await books.side.ids(Kind.CONTACT) == frozenset()
    assert books.tokens.refreshed == 0


@row("revoke")
async def test_a_grant_that_we_give_back_ends_every_token_of_it(books: Company) -> None:
    (grant,) = books.world.grants.grants

    await books.oauth.revoke(grant.refresh)

    with pytest.raises(Unauthorised):
        await books.side.ids(Kind.CONTACT)
    with pytest.raises(Unauthorised):
        await books.oauth.refresh(grant.refresh)


@row("disconnect")
async def test_a_person_who_disconnects_the_app_is_met_at_the_next_call(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/revoke")

    with pytest.raises(Unauthorised):
        await books.create(Kind.CONTACT, jo())
    assert await books.objects("customer") == []


@row("hard expiry header")
async def test_the_day_on_which_the_grant_ends_for_good_is_asked_for_and_kept(books: Company) -> None:
    pair = await books.oauth.exchange((await consent(books, approve=books.realm))["code"], CALLBACK)
    unasked = await books.http.post(
        "/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": pair.refresh_token},
        auth=(books.world.client_id, books.world.client_secret),
    )

    assert "x_refresh_token_hard_expires_in" not in unasked.json()
    assert pair.refresh_hard_expires_at is not None
    assert pair.refresh_hard_expires_at - books.clock.now() > timedelta(days=4 * 365)


@row("envelope and time")
async def test_the_time_of_an_answer_is_quickbooks_own_and_becomes_the_watermark(books: Company) -> None:
    books.clock.world.advance(5000)
    await books.tokens.renewed_token("con_1", "")

    _, asked_at = await books.side.wire.query(select("Customer"))
    changes = await books.side.changes([Kind.CONTACT], asked_at)

    assert abs(asked_at - books.clock.now()) < timedelta(seconds=1)
    assert changes.as_of >= asked_at
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+-0[78]:00", (await raw(books, "companyinfo/1")).json()["time"])


@row("XML without Accept")
async def test_xml_is_what_nobody_asked_against_and_the_client_always_asks(books: Company) -> None:
    answer = await raw(books, "companyinfo/1", Accept="*/*")
    assert answer.text.startswith("<")

    assert (await books.side.facts()).id == books.realm


@row("lower-case gateway 401")
async def test_the_gateways_own_401_is_understood(books: Company) -> None:
    answer = await raw(books, "companyinfo/1", Authorization="Bearer nonsense")
    assert (answer.status_code, "fault" in answer.json(), "Fault" in answer.json()) == (401, True, False)
    await books.hazard("token_expired")

    with pytest.raises(Unauthorised) as refused:
        await books.side.ids(Kind.CONTACT)

    assert (refused.value.code, books.tokens.refreshed) == ("3200", 1)
    assert refused.value.advice


@row("400/610 not found")
async def test_what_is_not_there_is_a_610_and_gone_only_where_it_was_to_go(books: Company) -> None:
    answer = await raw(books, "invoice/999")
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "610")

    update = books.write(Action.UPDATE, Kind.CONTACT, jo(), target="999", version="0", fields=("email",))
    (outcome,) = await books.send(update)

    assert (outcome.state, outcome.code) == (OutcomeState.AMBIGUOUS, "610")
    assert (await books.side.fetch(Kind.SALE, ["999"])).missing == ("999",)


@row("6190 subscription")
async def test_an_ended_subscription_stops_writing_by_name(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/subscription", {"active": False})

    with pytest.raises(Blocked) as blocked:
        await books.create(Kind.CONTACT, jo())
    assert blocked.value.code == "6190"

    await books.door("POST", f"/companies/{books.realm}/subscription", {"active": True})
    snapshot_of(await books.create(Kind.CONTACT, jo()))


@row("120 lost admin")
async def test_a_lost_admin_right_stops_reading_and_writing_by_name(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/admin", {"active": False})

    with pytest.raises(Blocked) as reading:
        await books.side.ids(Kind.CONTACT)
    with pytest.raises(Blocked) as writing:
        await books.create(Kind.CONTACT, jo())
    assert (reading.value.code, writing.value.code) == ("120", "120")


@row("time-out after commit")
async def test_a_time_out_after_the_effect_is_unknown_and_the_same_batch_finds_it_done(books: Company) -> None:
    batch = await an_invoice_batch(books)
    await books.hazard("answer_timed_out", times=1)
    with pytest.raises(Unreachable):
        await books.side.send(batch)
    (made,) = await books.objects("invoice")

    (outcome,) = await books.side.send(batch)

    assert snapshot_of(outcome).id == made["Id"]
    assert len(await books.objects("invoice")) == 1


@row("500", "503 HTML")
@pytest.mark.parametrize(("slug", "code"), [("system_fault", "10000"), ("unavailable_html", "503")])
async def test_an_inner_failure_or_a_page_in_html_is_no_answer_at_all(books: Company, slug: str, code: str) -> None:
    batch = await an_invoice_batch(books)
    await books.hazard(slug, times=2)

    errors: list[OutsideError] = []
    for call in (books.side.ids(Kind.CONTACT), books.side.send(batch)):
        with pytest.raises(Unreachable) as failed:
            await call
        errors.append(failed.value)

    assert [error.code for error in errors] == [code, code]
    assert await books.objects("invoice") == []
    snapshot_of((await books.side.send(batch))[0])
