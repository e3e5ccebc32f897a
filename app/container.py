"""Builds the service container: hands the services the vendors' rooms, which they may not import themselves."""

from datetime import date, timedelta

from app import deliveries
from app.domain.model.records import Side
from app.freshness import Allowed
from app.live_choices import FixedToken, LiveChoices, Unthrottled
from app.oncord import pages as shop_pages
from app.oncord.address import begins_with, check_url
from app.oncord.client import OncordSide
from app.outgoing.address import check_address
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.http.throttle import LIVE_CHOICES, Throttle
from app.quickbooks.mapping import pages as books_pages
from app.quickbooks.ports import Allowance, Meter, TokenSource
from app.runtime import Runtime
from app.services.key_look_ups import KeyLookUps
from app.services.ports import ServiceContainer
from app.services.refusals import Refusals
from app.settings import Settings


class _UncountedReads:
    """The few reads of a consent belong to no connection yet."""

    async def count(self, connection_id: str, day: date, reads: int, *, upkeep: bool = False) -> None:
        """Nothing."""


def build_container(runtime: Runtime) -> ServiceContainer:
    """Everything that a service works with, out of what this process holds open."""
    settings = runtime.settings
    companies: dict[tuple[str, str], LiveChoices] = {}
    began = runtime.clock.monotonic()

    def company(connection_id: str, realm_id: str) -> LiveChoices:
        key = (connection_id, realm_id)
        if key not in companies:
            throttle = Throttle(runtime.clock, LIVE_CHOICES, empty_at=began)
            side = _side(runtime, connection_id, realm_id, runtime.tokens, throttle, runtime.meter)
            companies[key] = LiveChoices(side, throttle, runtime.clock)
        return companies[key]

    def company_with(realm_id: str, access_token: str) -> QuickBooksSide:
        return _side(runtime, "", realm_id, FixedToken(access_token), Unthrottled(), _UncountedReads())

    def shop(connection_id: str, api_url: str, token: str) -> OncordSide:
        return OncordSide(
            connection_id=connection_id,
            api_url=api_url,
            token=token,
            http=runtime.oncord_http,
            clock=runtime.clock.now,
            request_seconds=runtime.oncord_seconds,
        )

    def record_page(side: Side, sort: str, record_id: str, place: str) -> str:
        if side is Side.ONCORD:
            return shop_pages.page_at(place, sort, record_id)
        return books_pages.page_at(sort, record_id, place, settings.quickbooks_environment)

    return ServiceContainer(
        database=runtime.database,
        key_look_ups=KeyLookUps(runtime.database, runtime.clock),
        refusals=Refusals(),
        vault=runtime.vault,
        clock=runtime.clock,
        ids=runtime.ids,
        chance=runtime.chance,
        public_url=settings.public_url.rstrip("/"),
        oauth=runtime.oauth,
        grants=runtime.grants,
        waker=runtime.waker,
        shop=shop,
        company=company,
        company_with=company_with,
        check_site_address=lambda url: check_url(url, allow_private=settings.allow_private_oncord_urls),
        check_outgoing_address=lambda url: check_address(url, allow_private=settings.allow_private_oncord_urls),
        addresses_begin=begins_with(allow_private=settings.allow_private_oncord_urls),
        sends_mail=bool(settings.smtp_url),
        allowed=allowed(settings),
        sweeps_every=timedelta(seconds=settings.sync_sweep_seconds),
        record_page=record_page,
        read_delivery=deliveries.read,
        certificate_key=settings.certificate_key,
    )


def allowed(settings: Settings) -> Allowed:
    """How long things may wait, out of the settings."""
    return Allowed(
        quiet=timedelta(seconds=settings.sync_quiet_seconds),
        longest_wait=timedelta(seconds=settings.sync_max_wait_seconds),
        idle=timedelta(hours=settings.sync_idle_hours),
        monthly_reads=settings.quickbooks_monthly_reads,
        request_seconds=settings.sync_request_seconds,
    )


def _side(
    runtime: Runtime, connection_id: str, realm_id: str, tokens: TokenSource, throttle: Allowance, meter: Meter
) -> QuickBooksSide:
    return QuickBooksSide(
        connection_id=connection_id,
        realm_id=realm_id,
        http=runtime.quickbooks_http,
        base_url=runtime.settings.quickbooks_base,
        tokens=tokens,
        throttle=throttle,
        meter=meter,
        clock=runtime.clock,
        environment=runtime.settings.quickbooks_environment,
    )
