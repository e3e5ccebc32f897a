"""Connections: who is joined to whom, in which state, with which configuration. The tenant of every other row."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, LiteralString

from psycopg import sql
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from app.domain.model.configuration import Configuration
from app.storage.connections.configuration import configuration_from_json, configuration_to_json
from app.storage.database import Transaction
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_moment

State = Literal["not_connected", "needs_configuration", "ready", "reconnect_required", "blocked"]


def token_context(connection_id: str) -> str:
    """What a sealed site token is bound to."""
    return f"connection:{connection_id}:oncord-token"


def secret_context(connection_id: str) -> str:
    """What a sealed webhook secret is bound to."""
    return f"connection:{connection_id}:oncord-secret"


def recipient_context(connection_id: str) -> str:
    """What the sealed secret of a recipient is bound to; "" are the operator's own recipients."""
    return f"connection:{connection_id}:recipient-secret"


@dataclass(frozen=True, slots=True)
class Connection:
    """A row as it is stored; the token and the secrets are sealed. `facts` holds what each side last said of itself."""

    id: str
    name: str
    oncord_api_url: str
    oncord_token: str
    oncord_secrets: tuple[str, ...]
    created_at: dt.datetime
    updated_at: dt.datetime
    site_id: str = ""
    """What the site says that it is; "" where its connector does not. It decides which connection is the site's one (T5)."""
    state: State = "not_connected"
    state_reason: str = ""
    remedy: str = ""
    """What a person does here about the reason (`errors.Remedy`)."""
    auto_sync: bool = True
    realm_id: str = ""
    facts: dict[str, dict[str, Any]] | None = None
    configuration: Configuration | None = None
    configuration_version: int = 0
    company_generation: int = 0
    """How often somebody may have changed the company's settings: what was read of it before then is out of date."""
    connected_at: dt.datetime | None = None
    first_sync_completed_at: dt.datetime | None = None
    probe_at: dt.datetime | None = None
    archived_at: dt.datetime | None = None
    restored_from: dt.datetime | None = None
    """When the backup was taken that the installation was restored from; None once both sides were compared since."""
    restored_at: dt.datetime | None = None

    @property
    def closed_until(self) -> str:
        """QuickBooks' closing date as it was last read; "" for none."""
        return str(((self.facts or {}).get("quickbooks") or {}).get("closed_until") or "")


_COLUMNS = tuple(field.name for field in fields(Connection))
_LIST = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))


async def insert(tx: Transaction, connection: Connection) -> None:
    """Store a new connection; `psycopg.errors.UniqueViolation` where its site or company has a live one already."""
    row = _to_row(connection)
    await tx.execute(
        sql.SQL("INSERT INTO connection ({}) VALUES ({})").format(
            _LIST, sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS))
        ),
        row,
    )


async def get(tx: Transaction, connection_id: str, *, lock: bool = False) -> Connection | None:
    """A live connection, or None. With `lock`, nobody else changes it until the transaction ends."""
    found = await _select(
        tx, "WHERE id = %s AND archived_at IS NULL" + (" FOR UPDATE" if lock else ""), (connection_id,)
    )
    return found[0] if found else None


async def exists(tx: Transaction, connection_id: str) -> bool:
    """Whether there is, or was, such a connection: records of one that was removed can still be read."""
    found = await tx.execute("SELECT FROM connection WHERE id = %s", (connection_id,))
    return await found.fetchone() is not None


async def page(
    tx: Transaction, limit: int = DEFAULT_LIMIT, cursor: str | None = None, *, only: str = ""
) -> Page[Connection]:
    """Live connections, the oldest first; with `only`, no other than that one."""
    after = decode_moment(cursor) if cursor else (None, None)
    found = await _select(
        tx,
        "WHERE archived_at IS NULL AND %s IN ('', id) AND (%s::timestamptz IS NULL OR (created_at, id) > (%s, %s))"
        " ORDER BY created_at, id LIMIT %s",
        (only, after[0], *after, checked_limit(limit) + 1),
    )
    return cut(found, limit, lambda row: (row.created_at, row.id))


@dataclass(frozen=True, slots=True)
class Called:
    """What a connection is called, and which clock its site goes by ("": it never said)."""

    name: str
    time_zone: str


async def more_than(tx: Transaction, count: int) -> bool:
    """Whether there are more live connections than so many; the transaction is about all of them."""
    found = await tx.execute("SELECT coalesce(sum(connections), 0) > %s AS more FROM connections_by_state", (count,))
    row = await found.fetchone()
    return bool(row and row["more"])


async def names(tx: Transaction, among: Collection[str] | None = None) -> dict[str, Called]:
    """What the live connections are called, by their ids: all of them, or those `among` some."""
    some = "" if among is None else " AND id = ANY(%(among)s)"
    found = await tx.execute(
        "SELECT id, name, coalesce(facts #>> '{oncord,time_zone}', '') AS time_zone FROM connection"
        f" WHERE archived_at IS NULL{some} ORDER BY id",
        {"among": list(among or ())},
    )
    return {row["id"]: Called(row["name"], row["time_zone"]) for row in await found.fetchall()}


async def live_for_site(tx: Transaction, oncord_api_url: str, site_id: str) -> Connection | None:
    """The live connection of an Oncord site (T5: there is one at most): by what it says that it is, and by where it is."""
    found = await _select(
        tx,
        "WHERE (oncord_api_url = %s OR site_id = %s AND site_id <> '') AND archived_at IS NULL ORDER BY created_at, id",
        (oncord_api_url, site_id),
    )
    return found[0] if found else None


async def live_for_company(tx: Transaction, realm_id: str) -> Connection | None:
    """The live connection of a QuickBooks company (T5: there is one at most)."""
    found = await _select(tx, "WHERE realm_id = %s AND realm_id <> '' AND archived_at IS NULL", (realm_id,))
    return found[0] if found else None


async def last_archived(tx: Transaction, oncord_api_url: str, site_id: str, realm_id: str) -> Connection | None:
    """What was archived most recently for this site and this company (T5). Where one of them did not say what site it is,
    the address tells."""
    found = await _select(
        tx,
        "WHERE realm_id = %(realm)s AND archived_at IS NOT NULL AND CASE WHEN site_id = '' OR %(site)s = ''"
        " THEN oncord_api_url = %(url)s ELSE site_id = %(site)s END ORDER BY archived_at DESC, id LIMIT 1",
        {"realm": realm_id, "site": site_id, "url": oncord_api_url},
    )
    return found[0] if found else None


async def save(tx: Transaction, connection: Connection, now: dt.datetime) -> Connection:
    """Write every column of a connection that `get(..., lock=True)` read in this transaction."""
    saved = replace(connection, updated_at=now)
    await tx.execute(
        sql.SQL("UPDATE connection SET ({}) = ROW({}) WHERE id = %(id)s").format(
            _LIST, sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS))
        ),
        _to_row(saved),
    )
    return saved


async def set_state(
    tx: Transaction,
    connection_id: str,
    state: State,
    reason: str,
    now: dt.datetime,
    *,
    probe_at: dt.datetime | None = None,
    remedy: str = "",
) -> None:
    """Move a connection to a state, with the reason in words and its remedy; `probe_at`: when a blocked one is tried again.

    A connection that a person has disconnected meanwhile stays so, whatever a run that was under way has met.
    """
    await tx.execute(
        "UPDATE connection SET state = %(state)s, state_reason = %(reason)s, remedy = %(remedy)s, probe_at = %(probe)s,"
        " updated_at = %(now)s, state_since = CASE WHEN state = %(state)s THEN state_since ELSE %(now)s END"
        " WHERE id = %(c)s AND state <> 'not_connected'",
        {"state": state, "reason": reason, "remedy": remedy, "probe": probe_at, "now": now, "c": connection_id},
    )


async def note_closing_date(tx: Transaction, connection_id: str, closed_until: str, now: dt.datetime) -> bool:
    """Keep QuickBooks' closing date ("" for none) with what the company says of itself; whether it has moved."""
    cursor = await tx.execute(
        "UPDATE connection SET facts = facts || jsonb_build_object('quickbooks',"
        " coalesce(facts -> 'quickbooks', '{}') || jsonb_build_object('closed_until', %(closed)s::text)), updated_at = %(now)s"
        " WHERE id = %(c)s AND coalesce(facts #>> '{quickbooks,closed_until}', '') <> %(closed)s",
        {"c": connection_id, "closed": closed_until, "now": now},
    )
    return cursor.rowcount == 1


async def note_site_id(tx: Transaction, connection_id: str, site_id: str, now: dt.datetime) -> bool:
    """Keep what the site of a connection says that it is, where that was not known; False where another one has it."""
    try:
        async with tx.transaction():
            cursor = await tx.execute(
                "UPDATE connection c SET site_id = %(site)s, updated_at = %(now)s, facts = c.facts"
                " || jsonb_build_object('oncord', coalesce(c.facts -> 'oncord', '{}') || jsonb_build_object('id', %(site)s::text))"
                " WHERE c.id = %(c)s AND c.site_id = ''",
                {"c": connection_id, "site": site_id, "now": now},
            )
    except UniqueViolation:
        return False
    return cursor.rowcount == 1


async def note_record_url(tx: Transaction, connection_id: str, record_url: str, now: dt.datetime) -> None:
    """Keep where the site says that a person finds its records."""
    await tx.execute(
        "UPDATE connection c SET updated_at = %(now)s, facts = coalesce(c.facts, '{}') || jsonb_build_object('oncord',"
        " coalesce(c.facts -> 'oncord', '{}') || jsonb_build_object('record_url', %(url)s::text))"
        " WHERE c.id = %(c)s AND coalesce(c.facts #>> '{oncord,record_url}', '') <> %(url)s",
        {"c": connection_id, "url": record_url, "now": now},
    )


async def company_may_have_changed(tx: Transaction, connection_id: str) -> None:
    """Let no process go by what it read of the company's settings before: a person has just been at work there, perhaps."""
    await tx.execute(
        "UPDATE connection SET company_generation = company_generation + 1 WHERE id = %s", (connection_id,)
    )


async def has_been_compared(tx: Transaction, connection_id: str) -> None:
    """What happened after the backup that the installation was restored from is known by now, or was asked about."""
    await tx.execute("UPDATE connection SET restored_from = NULL WHERE id = %s", (connection_id,))


async def version_in_force(tx: Transaction, connection_id: str) -> int:
    """The version of the configuration, held until the transaction ends: a choice is stored before it or after it."""
    cursor = await tx.execute("SELECT configuration_version FROM connection WHERE id = %s FOR SHARE", (connection_id,))
    row = await cursor.fetchone()
    return int(row["configuration_version"]) if row else 0


async def mark_first_sync_completed(tx: Transaction, connection_id: str, now: dt.datetime) -> None:
    """T4: from the first completed manual run on, T1 and T2 apply."""
    await tx.execute(
        "UPDATE connection SET first_sync_completed_at = %s, updated_at = %s"
        " WHERE id = %s AND first_sync_completed_at IS NULL",
        (now, now, connection_id),
    )


async def _select(
    tx: Transaction, rest: LiteralString, parameters: tuple[object, ...] | dict[str, object]
) -> list[Connection]:
    cursor = await tx.execute(sql.SQL("SELECT {} FROM connection ").format(_LIST) + sql.SQL(rest), parameters)
    return [_from_row(row) for row in await cursor.fetchall()]


def _from_row(row: dict[str, Any]) -> Connection:
    configuration = row["configuration"]
    return Connection(
        **{
            **row,
            "oncord_secrets": tuple(row["oncord_secrets"]),
            "configuration": configuration_from_json(configuration) if configuration else None,
        }
    )


def _to_row(connection: Connection) -> dict[str, Any]:
    row = {name: getattr(connection, name) for name in _COLUMNS}
    configuration = connection.configuration
    return {
        **row,
        "facts": Jsonb(connection.facts or {}),
        "oncord_secrets": Jsonb(list(connection.oncord_secrets)),
        "configuration": Jsonb(configuration_to_json(configuration)) if configuration else None,
    }
