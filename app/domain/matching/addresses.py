"""E-mail addresses as evidence of who somebody is: which of them are one person's, and which many people's.

The mailbox of a role, the relay of a marketplace, the shop's own domain and an address that three or more names use
support a match and never make one.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.matching.name_words import called
from app.domain.matching.names import CONTRARY, compared
from app.domain.model.records import Name

MANY_NAMES = 3
"""From so many names on an address is nobody's in particular."""

_ROLES = frozenset(
    [
        "info",
        "sales",
        "accounts",
        "account",
        "admin",
        "administration",
        "office",
        "orders",
        "order",
        "noreply",
        "no-reply",
        "donotreply",
        "do-not-reply",
        "contact",
        "contactus",
        "enquiries",
        "enquiry",
        "inquiries",
        "hello",
        "support",
        "mail",
        "email",
        "billing",
        "invoices",
        "invoice",
        "payable",
        "payables",
        "accountspayable",
        "ap",
        "receivables",
        "finance",
        "reception",
        "shop",
        "store",
        "help",
        "helpdesk",
        "service",
        "services",
        "team",
        "staff",
        "bookings",
        "booking",
        "marketing",
        "manager",
        "noemail",
        "no-email",
        "none",
        "nomail",
        "na",
        "unknown",
        "test",
        "nobody",
        "postmaster",
        "webmaster",
        "purchasing",
        "customer",
        "customers",
        "guest",
    ]
)
_RELAYS = (
    "marketplace.amazon",
    "members.ebay",
    "reply.ebay",
    "relay.catch.com.au",
    "mydeal.com.au",
    "marketplace.walmart",
    "relay.walmart.com",
    "messages.etsy.com",
    "reply.etsy.com",
    "mail.kogan.com",
)
_SEPARATORS = re.compile(r"[,;\s<>]+")


@dataclass(frozen=True, slots=True)
class Commons:
    """What is known of addresses that many use: those of the shop's own hosts, and those that several names share."""

    own_hosts: frozenset[str] = frozenset()
    shared: frozenset[str] = field(default=frozenset())

    def common(self, address: str) -> bool:
        """Whether an address may be anybody's."""
        local, _, domain = address.partition("@")
        role = local.partition("+")[0].rstrip("0123456789-_.")
        own = any(f".{host}".endswith(f".{domain}") or domain.endswith(f".{host}") for host in self.own_hosts)
        relayed = any(domain.startswith(r) or ("." + r) in domain for r in _RELAYS)
        return role in _ROLES or own or relayed or address in self.shared


def addresses(text: str) -> frozenset[str]:
    """Each address of a field that may hold a list of them."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return frozenset(a for a in _SEPARATORS.split(visible.casefold()) if "@" in a)


def many_names(displayed: Iterable[str]) -> bool:
    """Whether these names, all found with one address, are those of `MANY_NAMES` or more."""
    distinct: list[Name] = []
    for text in displayed:
        name = Name(display=text)
        if text and all(compared(called(name), called(other)) in CONTRARY for other in distinct):
            distinct.append(name)
    return len(distinct) >= MANY_NAMES
