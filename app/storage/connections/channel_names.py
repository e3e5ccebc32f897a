"""What deposit accounts and payment methods are called, as they were last read: nobody is shown an id in place of a name.

The accounts are kept with the company's facts whenever the configuration is stored, the methods then and whenever a run reads them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.storage.connections.connections import Connection
from app.storage.database import Transaction

ACCOUNT, METHOD = "account", "method"
NAMELESS_ACCOUNT, NAMELESS_METHOD = "an account that QuickBooks does not name", "a payment method without a name"
METHODS = "payment_methods"
"""The member of Oncord's facts that holds the names of its payment methods by id."""


def channel_names(connection: Connection) -> dict[str, str]:
    """What each channel is called, by the name that comparisons give it ("account:57", "method:8")."""
    facts = connection.facts or {}
    accounts = (facts.get("quickbooks") or {}).get("accounts") or {}
    return {
        **{f"{ACCOUNT}:{i}": str(name) for i, name in accounts.items() if name},
        **{f"{METHOD}:{i}": f"payment method {name}" for i, name in _methods(connection).items() if name},
    }


def nameless(channel: str) -> str:
    """What a channel is called of which nobody has ever said the name."""
    return NAMELESS_METHOD if channel.startswith(f"{METHOD}:") else NAMELESS_ACCOUNT


def account_called(connection: Connection, account_id: str) -> str:
    """What a deposit account is called; "" where there is none."""
    if not account_id:
        return ""
    return channel_names(connection).get(f"{ACCOUNT}:{account_id}", NAMELESS_ACCOUNT)


def method_called(connection: Connection, method_id: str) -> str:
    """What a payment method is called; "" where there is none."""
    return str(_methods(connection).get(method_id) or NAMELESS_METHOD) if method_id else ""


def kept_with(connection: Connection, shop_facts: Mapping[str, object]) -> dict[str, object]:
    """What a site says of itself, with the names of its methods, which it says elsewhere."""
    methods = _methods(connection)
    return {**shop_facts, METHODS: methods} if methods else dict(shop_facts)


def _methods(connection: Connection) -> Mapping[str, Any]:
    found: Mapping[str, Any] = ((connection.facts or {}).get("oncord") or {}).get(METHODS) or {}
    return found


async def note_methods(tx: Transaction, connection_id: str, names: Mapping[str, str], now: datetime) -> None:
    """Keep what the site's payment methods are called; those that it lists no more keep the names that they had."""
    await tx.execute(
        "UPDATE connection c SET updated_at = %(now)s, facts = coalesce(c.facts, '{}') || jsonb_build_object('oncord',"
        " coalesce(c.facts -> 'oncord', '{}') || jsonb_build_object('payment_methods',"
        "  coalesce(c.facts #> '{oncord,payment_methods}', '{}') || %(names)s))"
        " WHERE c.id = %(c)s AND NOT coalesce(c.facts #> '{oncord,payment_methods}', '{}') @> %(names)s",
        {"c": connection_id, "names": Jsonb(dict(names)), "now": now},
    )
