"""What the services need from others, and the container that holds it; whoever starts the application builds it.

The vendors' rooms, the storage and the runtime satisfy these protocols structurally.
"""

import base64
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol

from app.domain.guards.grant_age import Grant, TokenPair
from app.domain.model.exchange import SideFacts
from app.domain.model.ledger import Ledger
from app.domain.model.records import Sale, Side
from app.freshness import Allowed
from app.services.refusals import Refusals
from app.storage.changes.intake import InboundEvent
from app.storage.connections.vault import Vault
from app.storage.database import Database, Transaction
from app.storage.people.api_keys import ApiKey


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Ids(Protocol):
    """Ids, injected."""

    def new(self, prefix: str) -> str:
        """An id that nobody had before."""
        ...


class Shop(Protocol):
    """An Oncord site, as far as connecting and configuring go."""

    async def facts(self) -> SideFacts:
        """What the site says of itself."""
        ...

    async def payment_methods(self) -> list[dict[str, Any]]:
        """`id title type active` of each."""
        ...

    async def tax_codes(self) -> list[dict[str, Any]]:
        """`code name rate active` of each."""
        ...

    async def set_connector(self, url: str, secret: str) -> None:
        """Have the site post its events to `url`, signed with `secret`."""
        ...

    async def posts_to(self) -> str | None:
        """Where the site posts its events; "" nowhere, None where it does not say."""
        ...

    async def recent_sales(self, since: datetime) -> tuple[list[Sale], bool]:
        """Sales that were entered or changed since, of a few pages at most; and whether those are all."""
        ...

    async def clear_connector(self) -> None:
        """Have the site post its events nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class Option:
    """Something of QuickBooks that may be chosen. `kind` is an account's or an item's type, `rate` a tax code's, `group`
    the heading under which an account is offered, `account` the type of the account that the sales of an item go to ("Income",
    "Other Current Liability"; "" where it is not known)."""

    id: str
    name: str
    kind: str = ""
    currency: str = ""
    rate: str = ""
    group: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class CompanyChoices:
    """What a company has to choose from, active entries only."""

    facts: SideFacts
    deposit_accounts: tuple[Option, ...]
    income_accounts: tuple[Option, ...]
    tax_codes: tuple[Option, ...]
    items: tuple[Option, ...]
    opening_items: tuple[Option, ...] = ()
    """The items on an Opening Balance Equity account, which belong to `items` as well."""
    classes: tuple[Option, ...] = ()
    """Empty where the company does not use them; likewise `locations`."""
    locations: tuple[Option, ...] = ()
    expense_accounts: tuple[Option, ...] = ()
    report_basis: Literal["", "cash", "accrual"] = ""
    """That of QuickBooks' own reports: a hint at how GST is reported, and no more."""
    last_filed_on: date | None = None
    """When QuickBooks saw a return of GST filed last; None where it does not say."""
    inactive_accounts: dict[str, str] = field(default_factory=dict)
    """The names of accounts that nothing can be booked to any more, by id: what was chosen before may be one of them."""


@dataclass(frozen=True, slots=True)
class BookedSale:
    """A sale as it stands in a company's books: `what` it is called there ("sales receipt"), in `currency` ("" the company's own)."""

    what: str
    number: str
    date: date | None
    total: Decimal
    currency: str = ""


class NewCompany(Protocol):
    """A QuickBooks company that somebody has just given access to."""

    async def facts(self) -> SideFacts:
        """What the company says of itself."""
        ...


class Company(Protocol):
    """A QuickBooks company that is joined, as far as configuring goes."""

    async def choices(self, *, max_age: timedelta) -> CompanyChoices:
        """What may be chosen, read live or no longer ago than `max_age`."""
        ...

    async def other_entries(
        self, since: date, numbers: Sequence[str], *, max_age: timedelta
    ) -> tuple[tuple[BookedSale, ...], tuple[BookedSale, ...]]:
        """The sales receipts dated on or after a day, the latest of them, and the invoices that have one of some numbers: read no longer ago
        than `max_age`, whatever numbers were asked for then, at two metered reads of upkeep (one where no number is asked for)."""
        ...

    async def ledger(self, first: date, last: date, *, basis: str, clearing: Collection[str], labels: bool) -> Ledger:
        """What QuickBooks' own reports say of a period, read now: what customers owe, the labels of a tax return (`labels`: it
        has any), and undeposited funds with the accounts of `clearing` that are no bank's."""
        ...


class OAuth(Protocol):
    """The consent page and the token endpoint. Errors are those of `app.errors`."""

    def authorise_url(self, *, state: str, redirect_uri: str) -> str:
        """Where the browser goes to consent."""
        ...

    async def exchange(self, code: str, redirect_uri: str) -> TokenPair:
        """Trade the code of the callback for tokens."""
        ...

    async def revoke(self, refresh_token: str) -> None:
        """Give the grant back."""
        ...


class Grants(Protocol):
    """Where the tokens are kept."""

    async def read(self, connection_id: str) -> Grant | None:
        """The stored grant."""
        ...

    async def lives(self, connection_id: str) -> bool:
        """Whether there is a grant that QuickBooks has not refused; it is not opened."""
        ...

    async def put(self, tx: Transaction, connection_id: str, pair: TokenPair, now: datetime, /) -> None:
        """Store the pair of a fresh consent."""
        ...

    async def remove(self, tx: Transaction, connection_id: str, /) -> None:
        """Forget the grant."""
        ...


class Waker(Protocol):
    """Wakes a worker. Ringing may fail and lose nothing: the sweeper finds what is due in PostgreSQL (law 2)."""

    async def wake(self, connection_id: str) -> None:
        """Let a worker look at this connection now. Never raises."""
        ...

    async def wake_for_messages(self) -> None:
        """Let a worker send the messages that are due. Never raises."""
        ...

    async def answers(self) -> bool:
        """Whether Redis is there."""
        ...

    async def waiting(self) -> frozenset[str]:
        """The connections for which a wake-up is ripe while a worker lives."""
        ...


class KeyLookUps(Protocol):
    """Finds keys of connections by the digests of their secrets, many at once."""

    async def of(self, digest: str) -> ApiKey | None:
        """The key that a secret with this digest belongs to, if it is good now."""
        ...


@dataclass(frozen=True, slots=True)
class LateSales:
    """What a shop at an address sold of late, as it was read at a moment; `sales` is None where it did not answer, `whole`: those are all."""

    address: str
    at: datetime
    sales: Sequence[Sale] | None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ServiceContainer:
    """Everything that a service works with."""

    database: Database
    key_look_ups: KeyLookUps
    refusals: Refusals
    vault: Vault
    clock: Clock
    ids: Ids
    chance: random.Random
    public_url: str
    oauth: OAuth
    grants: Grants
    waker: Waker
    shop: Callable[[str, str, str], Shop]
    """The site of (connection id, address, token)."""
    company: Callable[[str, str], Company]
    """The company of (connection id, realm id), with the stored grant."""
    company_with: Callable[[str, str], NewCompany]
    """The company of (realm id, access token), before anything is stored."""
    check_site_address: Callable[[str], str]
    """The address, tidied; `InvalidInput` where this service may not call it."""
    check_outgoing_address: Callable[[str], str]
    """The address of a webhook that somebody is told by; `InvalidInput` where this service may not call it."""
    allowed: Allowed
    """How long things may wait here."""
    sweeps_every: timedelta
    """How often the workers sweep."""
    record_page: Callable[[Side, str, str, str], str]
    """Where a person finds a record of (side, sort, id, realm id or the site's template); "" where that is not known."""
    read_delivery: Callable[[Side, str, bytes, str], Iterable[InboundEvent]]
    """The events of a verified body of (side, connection id, body, request id); ValueError where nobody can read it."""
    addresses_begin: str = "https://"
    """What an address that this service may call begins with, in words."""
    sends_mail: bool = False
    """Whether this installation has a mail server."""
    late_sales: dict[str, LateSales] = field(default_factory=dict)
    """What each connection's shop sold of late, as this process has read it."""
    certificate_key: str = ""
    """The private key that certificates are signed with; "" where the installation has none."""

    @property
    def request_seconds(self) -> float:
        """The longest that a request which a run has sent may still be under way."""
        return self.allowed.request_seconds

    def secret(self, letters: int = 43) -> str:
        """An unguessable word for addresses and cookies."""
        alphabet: Sequence[str] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return "".join(alphabet[byte & 63] for byte in self.chance.randbytes(letters))

    def webhook_secret(self) -> str:
        """A new secret of Standard Webhooks: 256 bits behind "whsec_"."""
        return "whsec_" + base64.b64encode(self.chance.randbytes(32)).decode()
