"""Everything the simulator knows: companies, consents, hazards, the outbox, the clock and chance. No module-global state."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Literal

import httpx

from app.sandbox.quickbooks.books.company import CURRENCIES, Company, Surroundings
from app.sandbox.quickbooks.clock import Clock
from app.sandbox.quickbooks.grants import Grants
from app.sandbox.quickbooks.hazards.switches import Hazards
from app.sandbox.quickbooks.webhooks import Webhooks

CLIENT_ID = "ABsandboxQuickBooksClient0000000000000000000000000"
CLIENT_SECRET = "sandbox-quickbooks-client-secret-0000000"  # noqa: S105 - the simulator's own app, good for nothing else
VERIFIER_TOKEN = "sandbox-quickbooks-verifier-token-000000"  # noqa: S105 - likewise
LOGGED = 500


class World:
    """One simulated Intuit with one app and any number of companies.

    `lost_answers` says how an answer gets lost: `raise` (in process: the transport raises) or `close` (over real HTTP:
    the connection breaks).
    """

    def __init__(
        self,
        *,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        verifier_token: str = VERIFIER_TOKEN,
        seed: int = 0,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        webhook_transport: httpx.AsyncBaseTransport | None = None,
        redirect_uris: Collection[str] | None = None,
        lost_answers: Literal["raise", "close"] = "raise",
    ) -> None:
        self.client_id, self.client_secret = client_id, client_secret
        self.clock = clock or Clock()
        self.chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.sleep = sleep
        self.redirect_uris = redirect_uris
        self.lost_answers: Literal["raise", "close"] = lost_answers
        self.hazards = Hazards(self.clock, self.chance)
        self.webhooks = Webhooks(self.clock, self.chance, self.hazards, verifier_token, webhook_transport)
        self.surroundings = Surroundings(self.clock, self.chance, self.hazards, self.webhooks)
        self.grants = Grants(self.clock, self.chance, self.hazards)
        self.companies: dict[str, Company] = {}
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED)
        self.revision = 0
        """Grows with every request that may have changed something; tells whether the world needs saving."""

    def add_company(self, country: str, name: str = "") -> Company:
        """An empty company without accounts; `sample.furnish` fills it.

        Raises `ValueError` for a country that it does not know.
        """
        if country not in CURRENCIES:
            raise ValueError(f"country is one of {', '.join(CURRENCIES)}")
        realm = f"934145{self.chance.randrange(10**9, 10**10)}"
        while realm in self.companies:
            realm = f"934145{self.chance.randrange(10**9, 10**10)}"
        company = Company(
            self.surroundings, realm, country, name or f"Sandbox Company_{country}_{len(self.companies) + 1}"
        )
        self.companies[realm] = company
        self.revision += 1
        return company

    def tid(self) -> str:
        """An `intuit_tid`."""
        return f"1-{self.chance.getrandbits(32):08x}-{self.chance.getrandbits(96):024x}"
