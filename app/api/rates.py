"""How often somebody may ask, for each address, key and connection, and how often a wrong key may be shown.

A key has a limit of its own, which nobody without it can use up; an address has one for all that comes without a key. A
moving window of a minute each, in the memory of this process (the library `limits`). A wrong key uses up a share of its
address; once that is gone, wrong keys are answered 429, while a right one still passes: whoever shares an address with a
guesser is not locked out by them, and a key of 32 characters and more is found at no rate (NIST SP 800-63B asks for
throttling below 64 bits). What the limit buys is that guesses cost nothing and are seen in the log.
"""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import Scope

from app.errors import TooMany
from app.services.callers import host_of
from app.settings import Settings

WINDOW_SECONDS = 60
REMEMBERED = 2000
"""Addresses at once, and as many keys and connections. Whoever brings more than that brings a fresh address for each guess anyway."""
CONNECTIONS_SHARE = 3


@dataclass(frozen=True, slots=True)
class Rate:
    """One limit and whom it is about."""

    policy: str
    amount: int
    whose: str


class Rates:
    """The limits of one process."""

    def __init__(self, settings: Settings) -> None:
        self._requests = settings.api_requests_per_minute
        self._failures = settings.api_failed_keys_per_minute
        # One for each policy: whoever names a thousand connections makes nobody forget how often their key was shown.
        self._storages = {policy: MemoryStorage() for policy in ("address", "key", "connection", "failed-keys")}

    def count_address(self, address: str) -> dict[str, str]:
        """Count a request of an address; the headers that say what is left. Raises `TooMany`."""
        return self._count(Rate("address", self._requests, address))

    def count_key(self, key: str, connection_id: str) -> dict[str, str]:
        """Count a request of a key, and of the connection that it is about ("" for none); like `count_address`."""
        headers = self._count(Rate("key", self._requests, hashlib.sha256(key.encode()).hexdigest()))
        return self.count_connection(connection_id) if connection_id else headers

    def count_connection(self, connection_id: str) -> dict[str, str]:
        """Count a request about a connection, by whoever may ask about it; like `count_address`."""
        return self._count(Rate("connection", math.ceil(self._requests / CONNECTIONS_SHARE), connection_id))

    def count_failure(self, address: str) -> None:
        """Count a wrong key of an address. Raises `TooMany` where its share is used up."""
        rate = Rate("failed-keys", self._failures, address)
        if self._failures and not self._hit(rate):
            raise TooMany(
                "too-many-failed-keys",
                f"Too many wrong keys came from this address. Try again in {self._wait(rate)} seconds; a right key is"
                " taken at any time.",
                wait_seconds=self._wait(rate),
            )

    def _count(self, rate: Rate) -> dict[str, str]:
        if not rate.amount:
            return {}
        if not self._hit(rate):
            whom = {"address": "this address", "key": "this key", "connection": "this connection"}[rate.policy]
            wait = self._wait(rate)
            raise TooMany(
                "too-many-requests",
                f"More than {rate.amount} requests a minute came for {whom}. Try again in {wait} seconds.",
                wait_seconds=wait,
            )
        return self.headers(rate)

    def headers(self, rate: Rate) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10)."""
        left = self._window(rate).get_window_stats(_item(rate), rate.whose).remaining
        return {
            "RateLimit-Policy": f'"{rate.policy}";q={rate.amount};w={WINDOW_SECONDS}',
            "RateLimit": f'"{rate.policy}";r={max(0, left)};t={self._wait(rate)}',
        }

    def _hit(self, rate: Rate) -> bool:
        storage = self._storages[rate.policy]
        if len(storage.events) >= REMEMBERED:
            for key in [key for key, events in storage.events.items() if not events]:
                storage.clear(key)
        if len(storage.events) >= REMEMBERED:
            storage.reset()
        return self._window(rate).hit(_item(rate), rate.whose)

    def _window(self, rate: Rate) -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(self._storages[rate.policy])

    def _wait(self, rate: Rate) -> int:
        """Whole seconds until the oldest of the window leaves it."""
        reset = self._window(rate).get_window_stats(_item(rate), rate.whose).reset_time
        now, _ = self._storages[rate.policy].get_moving_window(
            "", 1, 0
        )  # the library's present: nothing is counted for ""
        return max(1, math.ceil(reset - now))


def _item(rate: Rate) -> RateLimitItem:
    return RateLimitItemPerMinute(rate.amount)


def rates_of(state: Any) -> Rates:
    """The limits of the process that this application's state belongs to."""
    rates: Rates = state.rates
    return rates


def address_of(scope: Scope) -> str:
    """Whom a request comes from: an address, or the network of an IPv6 client, who has 2 to the 64 of them."""
    client = scope.get("client")
    if not client:
        return "unknown"
    address = host_of(client[0])
    if address is None:
        return str(client[0])[:64]
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)
