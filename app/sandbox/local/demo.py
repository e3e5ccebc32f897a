"""The demo connection of the local world, made the way a person makes one: over HTTP, through the real API and OAuth.

The Australian demo shop is joined to the Australian demo company, configured, and synchronised. At a later start the same
connection is found again and pointed to the present ports; its links, its mirrors and both worlds are those of the last time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.sandbox.local.environment import Addresses, Keys

DEMO_SITE = "demo"
START_DAYS_AGO = 30
ON_HAND = ("cash", "cheque")
"""Kinds of payment that lie in a drawer until somebody takes them to the bank."""
CLEARING = {"credit_card": "stripe", "credit_card_phone": "stripe", "paypal": "paypal", "other": "voucher"}
"""Kinds of payment that reach the bank later, in one sum with others and less the fees, or never: each goes to the
clearing account that is named after whoever holds the money."""

SORTS = ("products", "free_text", "shipping", "discounts")
UNTAXED = {"home": "gst-free", "abroad": "gst-free exports"}
"""What lines without a tax code are in the demo's shop, which sells some food, by where they are shipped to."""


class DemoFailed(Exception):
    """The demo could not be set up; the message says which step failed and what was answered."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What was done, in lines for a person."""

    told: tuple[str, ...]


async def how_to_connect(client: "DemoClient") -> Demo:
    """What a person needs to join the demo shop and the demo company; nothing is done for them."""
    shop = await client.find_shop()
    return Demo(
        (
            'Nothing is connected. Sign in to the console with the API key, choose "Connect a site", and give',
            f"  the site's API address   {shop['api_url']}",
            f"  the site's API token     {shop['token']}",
            "The page after that leads to QuickBooks' consent, where the demo company is chosen.",
        )
    )


class DemoClient:
    """The steps of a person who sets up a connection, against the running service and both simulators."""

    def __init__(self, http: httpx.AsyncClient, world: Addresses, keys: Keys, api_key: str) -> None:
        self._http = http
        self._world = world
        self._keys = keys
        self._authorised = {"Authorization": f"Bearer {api_key}"}

    async def find_shop(self) -> dict[str, Any]:
        """The demo's shop in the Oncord simulator: `site_id api_url token`."""
        return await self._first(f"{self._world.oncord}/_sandbox/sites", "site_id", DEMO_SITE)

    async def find_connection(self, shop: Mapping[str, Any]) -> dict[str, Any] | None:
        """The connection of the shop, whichever port it had when it was made."""
        path = urlsplit(shop["api_url"]).path
        for connection in (await self._api("GET", "/connections"))["items"]:
            if urlsplit(connection["oncord_api_url"]).path == path:
                return dict(connection)
        return None

    async def join_shop(self, shop: Mapping[str, Any]) -> dict[str, Any]:
        """Make the connection; the service tells the shop where to post its events."""
        body = {"oncord_api_url": shop["api_url"], "oncord_token": shop["token"], "name": f"Demo: {shop['name']}"}
        return await self._api("POST", "/connections", body)

    async def point_to_shop(self, connection: Mapping[str, Any], shop: Mapping[str, Any]) -> dict[str, Any]:
        """Tell a connection of an earlier start where the shop is now."""
        body = {"oncord_api_url": shop["api_url"], "oncord_token": shop["token"]}
        return await self._api("PATCH", f"/connections/{connection['id']}", body)

    async def post_company_events_here(self) -> None:
        """Have the QuickBooks simulator post its webhooks to the service, signed."""
        body = {
            "url": f"{self._world.service}/webhooks/quickbooks",
            "verifier_token": self._keys.verifier_token,
            "format": "cloudevents",
        }
        await self._ask("PUT", f"{self._world.quickbooks}/_sandbox/webhooks", json=body)

    async def join_company(self, connection: Mapping[str, Any]) -> None:
        """Go through the consent page as a browser would, giving access to the demo company.

        Raises `DemoFailed` where the company of an earlier start is gone or the page leads elsewhere.
        """
        realms = [each["realm_id"] for each in (await self._companies())]
        realm = connection.get("realm_id") or realms[0]
        if realm not in realms:
            raise DemoFailed(f"company {realm} of an earlier start is gone; begin anew with: make clean run")
        way = f"/oauth/quickbooks/connect?connection_id={connection['id']}"
        consent = await self._redirect(self._here(way), self._authorised)
        back = await self._redirect(f"{consent.headers['location']}&approve={realm}")
        # The cookie that proves the browser; sent by hand, since it may be meant for https only.
        browser = "; ".join(f"{name}={value}" for name, value in consent.cookies.items())
        end = await self._redirect(self._here(back.headers["location"]), {"Cookie": browser})
        if "outcome=connected" not in end.headers["location"]:
            raise DemoFailed(f"the consent page did not lead back to a connection, but to {end.headers['location']}")

    async def configure(self, connection: Mapping[str, Any]) -> None:
        """Start from what the service suggests, with an account for every payment method and a month to look back."""
        address = f"/connections/{connection['id']}/configuration"
        choices = await self._api("GET", f"{address}/choices")
        wish = configuration_from(choices, date.today() - timedelta(days=START_DAYS_AGO))  # noqa: DTZ011 - a shop's day
        await self._api("PUT", address, wish)

    async def synchronise(self, connection: Mapping[str, Any], wait: Callable[[], Awaitable[None]]) -> dict[str, Any]:
        """Start a run and wait until it has ended; `wait` is awaited between two looks."""
        address = f"/connections/{connection['id']}/syncs"
        run = await self._api("POST", address, {"dry_run": False})
        while run["state"] in ("queued", "running"):
            await wait()
            run = await self._api("GET", f"{address}/{run['id']}")
        return run

    async def read(self, connection: Mapping[str, Any]) -> dict[str, Any]:
        """The connection as it is now."""
        return await self._api("GET", f"/connections/{connection['id']}")

    async def _companies(self) -> list[dict[str, Any]]:
        return list((await self._ask("GET", f"{self._world.quickbooks}/_sandbox/companies")).json()["items"])

    async def _first(self, url: str, key: str, wanted: str) -> dict[str, Any]:
        for item in (await self._ask("GET", url)).json()["items"]:
            if item[key] == wanted:
                return dict(item)
        raise DemoFailed(f"{url} knows no {key} {wanted}; begin anew with: make clean run")

    async def _api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self._world.service}/api/v1{path}"
        return dict((await self._ask(method, url, json=body, headers=self._authorised)).json())

    async def _redirect(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        answer = await self._ask("GET", url, headers=dict(headers or {}))
        if not answer.is_redirect:
            raise DemoFailed(f"{url.partition('?')[0]} answered {answer.status_code} where a redirect was due")
        return answer

    async def _ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, url, **more)
        except httpx.TransportError as error:
            raise DemoFailed(f"{method} {url.partition('?')[0]}: {str(error) or type(error).__name__}") from error
        if answer.is_error:
            raise DemoFailed(f"{method} {url.partition('?')[0]} answered {answer.status_code}: {answer.text[:300]}")
        return answer

    def _here(self, url: str) -> str:
        """The same page on this machine: PUBLIC_URL may lead through a tunnel."""
        parts = urlsplit(url)
        return f"{self._world.service}{parts.path}?{parts.query}"


async def set_up_demo(client: DemoClient, wait: Callable[[], Awaitable[None]]) -> Demo:
    """Make or find the demo connection, bring it up to date, and tell what happened.

    Raises `DemoFailed` where the run failed.
    """
    shop = await client.find_shop()
    found = await client.find_connection(shop)
    connection = await client.point_to_shop(found, shop) if found else await client.join_shop(shop)
    await client.post_company_events_here()
    if connection["state"] in ("not_connected", "reconnect_required"):
        await client.join_company(connection)
        connection = await client.read(connection)
    if not connection["configured"]:
        await client.configure(connection)
    run = await client.synchronise(connection, wait)
    if run["state"] == "failed":
        raise DemoFailed(f"the synchronisation failed: {run['error']} {run['advice']}".rstrip())
    connection = await client.read(connection)
    joined = f'Oncord shop "{shop["name"]}" and QuickBooks company "{connection["company_name"]}"'
    return Demo(
        (
            f"{'Found' if found else 'Connected'} {joined} (connection {connection['id']}).",
            f"Synchronised: {run['state']}; {told(run['counters'])}; {connection['attention_count']} for a person to settle.",
        )
    )


def configuration_from(choices: Mapping[str, Any], start: date) -> dict[str, Any]:
    """The service's own suggestion, with a decision about every payment method in use as a bookkeeper would take it."""
    methods: list[dict[str, Any]] = []
    seen = set()
    for method in choices["payment_methods"]:
        if method["active"]:
            account = account_for(method["kind"], choices["deposit_accounts"])
            choice = "none" if account is None else "account"
            preferred = account is not None and account not in seen
            methods.append(
                {"id": method["id"], "choice": choice, "deposit_account_id": account, "preferred": preferred}
            )
            seen.add(account)
    untaxed = {
        destination: dict.fromkeys(SORTS, code_named(wanted, choices["untaxed_codes"]))
        for destination, wanted in UNTAXED.items()
    }
    if choices["closed_until"]:
        start = max(start, date.fromisoformat(choices["closed_until"]) + timedelta(days=1))
    chosen = {"start_date": start.isoformat(), "payment_methods": methods, "untaxed_lines": untaxed}
    return {**choices["suggested"], **chosen}


def code_named(name: str, codes: Sequence[Mapping[str, Any]]) -> str | None:
    """The id of the tax code without tax of that name; None where the company has none."""
    return next((str(code["id"]) for code in codes if code["name"].casefold() == name), None)


def account_for(kind: str, accounts: Sequence[Mapping[str, Any]]) -> str | None:
    """Where receipts of a kind of payment method go; None where they are no money and have no account of their own."""
    word = CLEARING.get(kind)
    clearing = [each["id"] for each in accounts if word is not None and word in each["name"].casefold()]
    if clearing:
        return str(clearing[0])
    if kind == "other":
        return None
    bank = next(
        (each["id"] for each in accounts if each["kind"] == "Bank" and "clearing" not in each["name"].casefold()), None
    )
    drawer = next((each["id"] for each in accounts if each["name"] == "Undeposited Funds"), bank)
    return drawer if kind in ON_HAND else bank


def told(counters: Mapping[str, Any]) -> str:
    """The counters of a run in words, those that counted something."""
    counted = [
        f"{number} {name.replace('_', ' ')}" for name, number in counters.items() if isinstance(number, int) and number
    ]
    return ", ".join(counted) or "nothing to do"
