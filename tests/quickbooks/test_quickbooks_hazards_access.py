"""What QuickBooks really does, one by one: slow, throttled, out of order, and access that ends."""

import httpx
import pytest

from app.domain.guards.grant_age import Grant, TokenPair
from app.domain.model.records import Kind, Name
from app.errors import Blocked, OutsideError, Throttled, Unauthorised, Unreachable
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.http.tokens import Tokens
from tests.quickbooks.company import START, Company
from tests.quickbooks.hazard_register import survives
from tests.quickbooks.test_quickbooks_hazards import an_invoice_batch
from tests.quickbooks.test_refreshing_tokens import OneRow
from tests.quickbooks.test_writing_quickbooks import jo, sale, snapshot_of


@survives("system_fault", "unavailable_html", "throttled", "admin_lost", "revoked")
@pytest.mark.parametrize(
    ("slug", "error"),
    [
        ("system_fault", Unreachable),
        ("unavailable_html", Unreachable),
        ("throttled", Throttled),
        ("admin_lost", Blocked),
        ("revoked", Unauthorised),
    ],
)
async def test_trouble_that_is_nobodys_record_stops_the_call_by_name(
    books: Company, slug: str, error: type[OutsideError]
) -> None:
    await books.hazard(slug)

    with pytest.raises(error) as reads:
        await books.side.ids(Kind.CONTACT)
    with pytest.raises(error):
        await books.create(Kind.CONTACT, jo())

    assert reads.value.trace_id or slug in ("revoked", "unavailable_html")


async def test_a_subscription_that_ended_blocks_writing_and_not_reading(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/subscription", {"active": False})

    assert await books.side.ids(Kind.CONTACT) == frozenset()
    with pytest.raises(Blocked) as blocked:
        await books.create(Kind.CONTACT, jo())
    assert (blocked.value.code, "subscription" in blocked.value.message) == ("6190", True)


async def test_a_lost_admin_right_blocks(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/admin", {"active": False})

    with pytest.raises(Blocked) as blocked:
        await books.side.facts()
    assert blocked.value.code == "120"


@survives("throttled")
@pytest.mark.parametrize("envelope", ["upper", "lower"])
@pytest.mark.parametrize(("retry_after", "seconds"), [(7, 7), (None, 60)])
async def test_throttling_in_either_envelope_waits_as_told_and_then_goes_on(
    books: Company, envelope: str, retry_after: int | None, seconds: int
) -> None:
    await books.hazard("throttled", times=1, retry_after=retry_after, envelope=envelope)
    with pytest.raises(Throttled) as throttled:
        await books.side.ids(Kind.CONTACT)
    before = books.clock.monotonic()

    await books.side.ids(Kind.CONTACT)

    assert throttled.value.wait_seconds == seconds
    assert books.clock.monotonic() - before >= seconds - 1


@survives("rate_limits")
async def test_enforced_limits_are_never_met(books: Company) -> None:
    await books.hazard("rate_limits")
    await books.door("DELETE", f"/companies/{books.realm}/calls")
    for n in range(45):
        await books.create(Kind.CONTACT, jo(name=Name(display=f"N {n}")))
    for _ in range(30):
        await books.side.ids(Kind.CONTACT)

    counted = await books.calls()
    assert counted["throttled"] == 0
    assert counted["peak_per_second"] <= 10
    assert counted["peak_batches_per_minute"] <= 40


@survives("token_expired")
async def test_a_token_that_dies_early_is_replaced_once_and_the_read_goes_on(books: Company) -> None:
    await books.hazard("token_expired", times=1)

    await books.side.ids(Kind.CONTACT)

    assert books.tokens.refreshed == 1


@survives("token_expired")
async def test_tokens_that_keep_dying_mean_reconnect(books: Company) -> None:
    await books.hazard("token_expired")

    with pytest.raises(Unauthorised):
        await books.side.ids(Kind.CONTACT)
    with pytest.raises(Unauthorised):
        await books.create(Kind.CONTACT, jo())


@survives("token_expired")
async def test_documents_whose_token_died_twice_mean_reconnect(books: Company) -> None:
    batch = await an_invoice_batch(books)
    await books.hazard("token_expired")

    with pytest.raises(Unreachable):
        await books.side.send(batch)
    with pytest.raises(Unauthorised):
        await books.side.send(batch)


async def test_access_that_a_person_revoked_means_reconnect(books: Company) -> None:
    await books.door("POST", f"/companies/{books.realm}/revoke")

    with pytest.raises(Unauthorised):
        await books.side.changes([Kind.CONTACT], START)


@survives("answer_lost")
async def test_a_refresh_whose_answer_is_lost_says_that_nobody_knows(books: Company) -> None:
    await books.hazard("answer_lost", times=1, entity="oauth")
    with pytest.raises(Unreachable):
        await books.tokens.renewed_token("con_1", "")

    assert await books.tokens.renewed_token("con_1", "")


async def test_answers_that_never_come_are_unreachable(books: Company) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("120 s", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as http:
        side = QuickBooksSide(
            connection_id="con_1",
            realm_id=books.realm,
            http=http,
            base_url="http://quickbooks.test",
            tokens=books.tokens,
            throttle=books.side._throttle,
            meter=books.meter,
            clock=books.clock,
        )
        with pytest.raises(Unreachable) as lost:
            await side.facts()
    assert lost.value.code == "timeout"


@pytest.mark.parametrize(
    ("environment", "host"),
    [("production", "sandbox-quickbooks.api.intuit.com"), ("sandbox", "quickbooks.api.intuit.com")],
)
async def test_sandbox_keys_never_meet_a_production_company(books: Company, environment: str, host: str) -> None:
    with pytest.raises(ValueError, match=environment):
        QuickBooksSide(
            connection_id="con_1",
            realm_id="1",
            http=books.http,
            base_url=f"https://{host}",
            tokens=books.tokens,
            throttle=books.side._throttle,
            meter=books.meter,
            clock=books.clock,
            environment=environment,
        )


@survives("latency")
async def test_slow_answers_only_take_longer_and_outlive_an_access_token(books: Company) -> None:
    customer = await books.customer("Patience")
    await books.hazard("latency", seconds=100, entity="query")
    began = books.clock.monotonic()

    for _ in range(40):
        assert customer in await books.side.ids(Kind.CONTACT)

    assert books.clock.monotonic() - began >= 4000
    assert books.tokens.refreshed == 1


@survives("reads_blocked")
async def test_when_the_free_reads_are_used_up_reading_is_throttled_and_writing_goes_on(books: Company) -> None:
    await books.hazard("reads_blocked")

    for read in (
        lambda: books.side.ids(Kind.CONTACT),
        lambda: books.side.fetch(Kind.CONTACT, ["1"]),
        lambda: books.side.changes([Kind.CONTACT], START),
    ):
        with pytest.raises(Throttled):
            await read()
    made = snapshot_of(await books.create(Kind.CONTACT, jo()))

    assert [row["Id"] for row in await books.objects("customer")] == [made.id]


@survives("subscription_ended")
async def test_a_subscription_that_ends_blocks_the_next_write_and_nothing_is_parked(books: Company) -> None:
    customer = await books.customer("A")
    await books.hazard("subscription_ended")

    with pytest.raises(Blocked) as blocked:
        await books.create(Kind.SALE, await sale(books, customer))

    assert (blocked.value.code, bool(blocked.value.advice)) == ("6190", True)
    assert customer in await books.side.ids(Kind.CONTACT)
    assert await books.objects("invoice") == []


def stored_grant(books: Company) -> tuple[OneRow, Tokens]:
    """The token store and its keeper, holding what the company's consent gave."""
    row = OneRow()
    (consent,) = books.world.grants.grants
    row.grant = Grant(TokenPair(books.tokens.access, consent.refresh, books.clock.now()), 1)
    names = iter(range(100))
    return row, Tokens(row, books.oauth, books.clock, lambda: f"owner {next(names)}")


@survives("rotation_overlap")
async def test_a_rotation_whose_answer_is_lost_is_asked_for_again_while_the_old_value_lives(books: Company) -> None:
    row, tokens = stored_grant(books)
    await books.hazard("strict_rotation")
    await books.hazard("rotation_overlap")
    await books.hazard("answer_lost", times=1, entity="oauth")

    books.tokens.access = await tokens.renewed_token("con_1", books.tokens.access)

    (consent,) = books.world.grants.grants
    assert row.grant is not None
    assert row.grant.pair.refresh_token == consent.refresh
    assert await books.side.ids(Kind.CONTACT) == frozenset()


@survives("strict_rotation", "reuse_revokes_grant")
async def test_a_rotation_whose_answer_is_lost_without_overlap_means_reconnect_and_is_not_tried_again(
    books: Company,
) -> None:
    row, tokens = stored_grant(books)
    await books.hazard("strict_rotation")
    await books.hazard("reuse_revokes_grant")
    await books.hazard("answer_lost", times=1, entity="oauth")
    await books.door("DELETE", f"/companies/{books.realm}/calls")

    for _ in range(3):
        with pytest.raises(Unauthorised) as gone:
            await tokens.renewed_token("con_1", books.tokens.access)
        assert gone.value.code == "invalid_grant"

    assert (await books.calls())["oauth"] == 1
    assert row.grant is not None
    assert row.grant.dead_since is not None
    with pytest.raises(Unauthorised):
        await books.side.ids(Kind.CONTACT)
