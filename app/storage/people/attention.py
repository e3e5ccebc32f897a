"""Attention items: what only a person can settle. One open item per matter, however often it comes up again."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from app.domain.model.operations import Label
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import OtherRecord, format_waits_for
from app.storage.database import Transaction
from app.storage.encoding import dump, subject_shown, subject_to_plain
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_moment


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """A row as it is stored. `key` names the matter; `actions` are the words a person may answer with."""

    id: str
    connection_id: str
    key: str
    kind: str
    rule: str
    summary: str
    advice: str
    side: str
    record_kind: str
    record_id: str
    detail: dict[str, Any]
    actions: list[str]
    state: str
    resolution: str
    run_id: str
    created_at: dt.datetime
    updated_at: dt.datetime
    resolved_at: dt.datetime | None
    resolved_by: str
    subject: dict[str, Any]
    """The record as people call it (`encoding.subject_shown`)."""
    person: str
    contact: str
    """Whose it is: the name, and the contact's id on its side ("oncord:17")."""

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records that are asked about together, the first of them, as people call them; empty where it asks about one."""
        return [subject_shown(each) for each in self.detail.get("records", ())]


CHOOSE = "choose"
"""An answer to which one a record is: one of the choices."""
CREATE_NEW = "create_new"
"""The other answer: none of them."""
PUT_BACK = "put_back"
"""The counterpart that was deleted shall be made anew."""
_USED = {CHOOSE: "chosen", CREATE_NEW: "created_new"}
"""The answers to which one a record is, as they are kept until the record has its counterpart, and after that."""
ENDED = "ended"
"""What the detail of an item says whose matter has ended since somebody left it."""

SHOWN = (
    "NOT (a.state = 'open' AND a.detail ? 'lot' AND EXISTS (SELECT 1 FROM attention l"
    " WHERE l.connection_id = a.connection_id AND l.key = 'lot:' || (a.detail ->> 'lot') AND l.state = 'open'))"
)
"""Of the items `a` those that people are shown: not the single questions that one item stands for (`storage.people.bulk_questions`)."""

WORDS_OF_CAUSE = "coalesce(a.detail ->> 'about', nullif(a.advice, ''), a.rule)"
CAUSE_OF = f"left(md5({WORDS_OF_CAUSE}), 12)"
"""What tells the items of one cause from those of another: what is to be done about them."""


_LIST = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(AttentionItem))


async def open_item(
    tx: Transaction,
    connection_id: str,
    *,
    item_id: str,
    key: str,
    kind: str,
    rule: str,
    summary: str,
    now: dt.datetime,
    advice: str = "",
    side: str = "",
    record_kind: str = "",
    record_id: str = "",
    detail: Mapping[str, Any] | None = None,
    actions: Sequence[str] = (),
    run_id: str = "",
    subject: Label | None = None,
) -> str:
    """Ask a person; where the matter is open already, its item is brought up to date. Answers the item's id."""
    label = subject or Label()
    cursor = await tx.execute(
        "INSERT INTO attention (id, connection_id, key, kind, rule, summary, advice, side, record_kind, record_id,"
        " detail, actions, state, run_id, created_at, updated_at, subject, person, contact)"
        " VALUES (%(id)s, %(connection)s, %(key)s, %(kind)s, %(rule)s, %(summary)s, %(advice)s, %(side)s,"
        " %(record_kind)s, %(record_id)s, %(detail)s, %(actions)s, 'open', %(run)s, %(now)s, %(now)s, %(subject)s, %(person)s, %(contact)s)"
        " ON CONFLICT (connection_id, key) WHERE state = 'open' DO UPDATE SET kind = excluded.kind,"
        " rule = excluded.rule, summary = excluded.summary, advice = excluded.advice, side = excluded.side,"
        " record_kind = excluded.record_kind, record_id = excluded.record_id, detail = (excluded.detail - 'lot')"
        " || CASE WHEN excluded.detail ? 'lot' AND attention.detail ? 'lot'"  # it stays in its lot, and joins none later
        " THEN jsonb_build_object('lot', attention.detail -> 'lot') ELSE '{}' END,"
        " actions = excluded.actions, run_id = excluded.run_id, updated_at = excluded.updated_at,"
        " subject = excluded.subject, person = excluded.person, contact = excluded.contact RETURNING id",
        {
            "id": item_id,
            "connection": connection_id,
            "key": key,
            "kind": kind,
            "rule": rule,
            "summary": summary,
            "advice": advice,
            "side": side,
            "record_kind": record_kind,
            "record_id": record_id,
            "detail": Jsonb(dict(detail or {}), dumps=dump),
            "actions": Jsonb(list(actions)),
            "run": run_id,
            "now": now,
            "subject": Jsonb(subject_to_plain(label)),
            "person": label.person,
            "contact": label.contact,
        },
    )
    row = await cursor.fetchone()
    assert row is not None  # the conflict clause updates, so that a row always comes back
    return str(row["id"])


async def resolve(
    tx: Transaction,
    connection_id: str,
    item_id: str,
    *,
    resolution: str,
    by: str,
    now: dt.datetime,
    detail: Mapping[str, Any] | None = None,
) -> bool:
    """Close an item with what was decided, and keep `detail` with it; False where it is not open."""
    cursor = await tx.execute(
        "UPDATE attention SET state = 'resolved', resolution = %s, resolved_by = %s, resolved_at = %s, updated_at = %s,"
        " detail = detail || %s WHERE connection_id = %s AND id = %s AND state = 'open'",
        (resolution, by, now, now, Jsonb(dict(detail or {})), connection_id, item_id),
    )
    return cursor.rowcount == 1


async def settle(tx: Transaction, connection_id: str, keys: Sequence[str], *, reason: str, now: dt.datetime) -> int:
    """Close the open items of matters that have settled themselves; tells how many."""
    if not keys:
        return 0
    cursor = await tx.execute(
        "UPDATE attention SET state = 'resolved', resolution = %s, resolved_by = 'sync', resolved_at = %s,"
        " updated_at = %s WHERE connection_id = %s AND key = ANY(%s) AND state = 'open'",
        (reason, now, now, connection_id, list(keys)),
    )
    return cursor.rowcount


async def open_keys(tx: Transaction, connection_id: str, kind: str) -> set[str]:
    """The matters of one kind that are open."""
    cursor = await tx.execute(
        "SELECT key FROM attention WHERE connection_id = %s AND kind = %s AND state = 'open' ORDER BY key",
        (connection_id, kind),
    )
    return {row["key"] for row in await cursor.fetchall()}


async def was_said(tx: Transaction, connection_id: str, key: str, summary: str) -> bool:
    """Whether somebody has been told just this, and has closed it."""
    cursor = await tx.execute(
        "SELECT 1 FROM attention WHERE connection_id = %s AND key = %s AND summary = %s AND state <> 'open' LIMIT 1",
        (connection_id, key, summary),
    )
    return await cursor.fetchone() is not None


async def was_let_be(tx: Transaction, connection_id: str, key: str, summary: str, shown: str) -> bool:
    """Whether a person was told just this and has left it so; what has ended by itself, or was answered, may come back.

    `shown` stands for what is asked, whatever people and documents are called by now; items of before it was kept tell by their words.
    """
    cursor = await tx.execute(
        "SELECT 1 FROM attention WHERE connection_id = %s AND key = %s AND (summary = %s OR detail ->> 'shown' = %s) AND state <> 'open'"
        " AND resolved_by <> 'sync' AND resolution = 'dismiss' LIMIT 1",
        (connection_id, key, summary, shown),
    )
    return await cursor.fetchone() is not None


@dataclass(frozen=True, slots=True)
class Left:
    """A question that a person has left as it is, and that has not ended since."""

    record: tuple[str, str, str]
    """Side, kind and id of the one that it was put about."""
    summary: str
    detail: Mapping[str, Any]
    subject: Mapping[str, Any]
    at: dt.datetime


async def left(tx: Transaction, connection_id: str, keys: Collection[str], record_ids: Collection[str]) -> Left | None:
    """The last word on a matter, where that was a person's who left it; None where it was answered otherwise, or has ended since.

    `keys` are those under which it is put, about one of the records with these ids.
    """
    cursor = await tx.execute(
        "SELECT side, record_kind, record_id, resolution, resolved_by, summary, detail, subject, resolved_at FROM attention"
        " WHERE connection_id = %s AND record_id <> '' AND record_id = ANY(%s) AND key = ANY(%s) AND state = 'resolved'"
        " ORDER BY resolved_at DESC, id DESC LIMIT 1",
        (connection_id, list(record_ids), list(keys)),
    )
    last = await cursor.fetchone()
    if last is None or last["resolution"] != "dismiss" or last["resolved_by"] == "sync" or ENDED in last["detail"]:
        return None
    record = (last["side"], last["record_kind"], last["record_id"])
    return Left(record, last["summary"], last["detail"], last["subject"], last["resolved_at"])


async def end_what_was_left(
    tx: Transaction, connection_id: str, keys: Sequence[str], record_ids: Sequence[str]
) -> None:
    """These matters have ended, whoever has left them before: should they come up again, that is asked about."""
    if keys:
        await tx.execute(
            "UPDATE attention SET detail = detail || %s WHERE connection_id = %s AND record_id <> '' AND record_id = ANY(%s)"
            " AND key = ANY(%s) AND state = 'resolved' AND resolution = 'dismiss' AND NOT detail ? %s",
            (Jsonb({ENDED: True}), connection_id, list(record_ids), list(keys), ENDED),
        )


async def last_left(tx: Transaction, connection_id: str, key: str) -> dict[str, Any] | None:
    """What was kept with a matter when a person last left it as it was; None where nobody has."""
    cursor = await tx.execute(
        "SELECT detail FROM attention WHERE connection_id = %s AND key = %s AND state = 'resolved' AND resolved_by <> 'sync'"
        " AND resolution = 'dismiss' ORDER BY resolved_at DESC, id DESC LIMIT 1",
        (connection_id, key),
    )
    row = await cursor.fetchone()
    return dict(row["detail"]) if row else None


async def use_answer(
    tx: Transaction,
    connection_id: str,
    item_id: str,
    kinds: Collection[str],
    kept_as: Mapping[str, str],
    now: dt.datetime,
) -> None:
    """An answer to an item of these kinds has been carried out: it is kept as what it is called from then on."""
    await tx.execute(
        "UPDATE attention SET resolution = %s::jsonb ->> resolution, updated_at = %s WHERE connection_id = %s AND id = %s"
        " AND kind = ANY(%s) AND state = 'resolved' AND resolution = ANY(%s)",
        (Jsonb(dict(kept_as)), now, connection_id, item_id, list(kinds), list(kept_as)),
    )


async def get(tx: Transaction, connection_id: str, item_id: str) -> AttentionItem | None:
    """One item, open or not."""
    found = await _select(tx, "WHERE connection_id = %s AND id = %s", (connection_id, item_id))
    return found[0] if found else None


async def page(
    tx: Transaction,
    connection_id: str,
    state: str = "open",
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    *,
    kind: str = "",
    cause: str = "",
) -> Page[AttentionItem]:
    """The items of a connection in one state, and of one kind and cause where that is said, the newest first."""
    before = decode_moment(cursor) if cursor else (None, None)
    found = await _select(
        tx,
        f"WHERE connection_id = %s AND state = %s AND %s IN ('', kind) AND %s IN ('', {CAUSE_OF}) AND {SHOWN}"
        " AND (%s::timestamptz IS NULL OR (created_at, id) < (%s, %s))"
        " ORDER BY created_at DESC, id DESC LIMIT %s",
        (connection_id, state, kind, cause, before[0], *before, checked_limit(limit) + 1),
    )
    return cut(found, limit, lambda item: (item.created_at, item.id))


async def reopen(tx: Transaction, connection_id: str, item_id: str, now: dt.datetime) -> bool:
    """Ask again what somebody has dismissed; False where it was not, or where the same is asked about by now."""
    cursor = await tx.execute(
        "UPDATE attention a SET state = 'open', resolution = '', resolved_by = '', resolved_at = NULL, updated_at = %s"
        " WHERE connection_id = %s AND id = %s AND state = 'resolved' AND resolution = 'dismiss' AND NOT EXISTS ("
        " SELECT FROM attention o WHERE o.connection_id = a.connection_id AND o.key = a.key AND o.state = 'open')",
        (now, connection_id, item_id),
    )
    return cursor.rowcount == 1


async def about(
    tx: Transaction, connection_id: str, records: Collection[tuple[Side, Kind, str]]
) -> list[AttentionItem]:
    """What a person is asked about some records now, the newest first."""
    return await _select(
        tx,
        f"WHERE connection_id = %s AND state = 'open' AND {SHOWN} AND (side, record_kind, record_id) IN (SELECT r.side, r.kind, r.id"
        " FROM unnest(%s::text[], %s::text[], %s::text[]) AS r(side, kind, id)) ORDER BY created_at DESC, id DESC",
        (connection_id, *([str(each[place]) for each in records] for place in range(3))),
    )


async def answered_about(
    tx: Transaction, connection_id: str, records: Collection[tuple[Side, Kind, str]], limit: int
) -> list[AttentionItem]:
    """What persons have answered about some records, the latest first."""
    return await _select(
        tx,
        "WHERE connection_id = %s AND record_id <> '' AND state = 'resolved' AND resolved_by <> 'sync' AND resolved_at IS NOT NULL"
        " AND (side, record_kind, record_id) IN (SELECT r.side, r.kind, r.id"
        " FROM unnest(%s::text[], %s::text[], %s::text[]) AS r(side, kind, id)) ORDER BY resolved_at DESC, id DESC LIMIT %s",
        (connection_id, *([str(each[place]) for each in records] for place in range(3)), limit),
    )


async def left_as_they_are(
    tx: Transaction, connection_id: str, records: Collection[tuple[Side, Kind, str]]
) -> list[AttentionItem]:
    """The conflicts about some records that somebody has dismissed while the value that lost was kept, and that nobody is asked about
    again by now; the latest first."""
    return await _select(
        tx,
        "WHERE connection_id = %s AND record_id <> '' AND state = 'resolved' AND resolution = 'dismiss' AND kind = 'conflict'"
        " AND detail ? 'losing' AND (side, record_kind, record_id) IN (SELECT r.side, r.kind, r.id"
        " FROM unnest(%s::text[], %s::text[], %s::text[]) AS r(side, kind, id)) AND NOT EXISTS (SELECT FROM attention o"
        " WHERE o.connection_id = a.connection_id AND o.key = a.key AND o.state = 'open') ORDER BY created_at DESC, id DESC LIMIT 10",
        (connection_id, *([str(each[place]) for each in records] for place in range(3))),
    )


async def open_counts(tx: Transaction, connection_ids: list[str]) -> Mapping[str, int]:
    """How many open items each of these connections has; those without any are left out."""
    cursor = await tx.execute(
        f"SELECT connection_id, count(*) AS items FROM attention a WHERE connection_id = ANY(%s) AND state = 'open' AND {SHOWN}"
        " GROUP BY connection_id ORDER BY connection_id",
        (connection_ids,),
    )
    return {row["connection_id"]: row["items"] for row in await cursor.fetchall()}


async def _select(tx: Transaction, rest: LiteralString, parameters: tuple[object, ...]) -> list[AttentionItem]:
    cursor = await tx.execute(sql.SQL("SELECT {} FROM attention a ").format(_LIST) + sql.SQL(rest), parameters)
    return [
        AttentionItem(**{**row, "subject": subject_shown(row["subject"], row["person"])})
        for row in await cursor.fetchall()
    ]


@dataclass(frozen=True, slots=True)
class MatchChoice:
    """A person's answer to which one a record is: `chosen` of those `offered`, or "" for none of them."""

    side: str
    kind: str
    record_id: str
    scope: str
    chosen: str
    offered: tuple[str, ...]
    facts: Mapping[str, str]
    """How the chosen one was shown."""
    of_lot: bool
    """Whether it was given to many questions at once."""


async def choices(tx: Transaction, connection_id: str) -> list[MatchChoice]:
    """The answers to which one a record is that have not led to a link yet; the oldest first."""
    cursor = await tx.execute(
        "SELECT side, record_kind, record_id, detail ->> 'scope' AS scope, detail ->> 'chosen' AS chosen,"
        " detail -> 'choices' AS choices, detail ? 'lot' AS of_lot FROM attention"
        " WHERE connection_id = %s AND state = 'resolved' AND resolution = ANY(%s) ORDER BY resolved_at, id",
        (connection_id, list(_USED)),
    )
    return [
        MatchChoice(
            row["side"],
            row["record_kind"],
            row["record_id"],
            row["scope"] or "",
            row["chosen"] or "",
            tuple(each["id"] for each in row["choices"]),
            next((each.get("facts") or {} for each in row["choices"] if each["id"] == row["chosen"]), {}),
            row["of_lot"],
        )
        for row in await cursor.fetchall()
    ]


async def use_choices(tx: Transaction, connection_id: str, now: dt.datetime) -> None:
    """Note the answers that have been carried out: the chosen one is linked, or a new one was made; earlier answers to
    the same question go with them."""
    cursor = await tx.execute(
        "SELECT DISTINCT a.key FROM attention a CROSS JOIN LATERAL ("
        " SELECT quickbooks_id AS other_id, created_at FROM link WHERE connection_id = a.connection_id AND state = 'live'"
        " AND kind = a.record_kind AND oncord_id = a.record_id AND a.side = 'oncord'"
        " UNION ALL SELECT oncord_id, created_at FROM link WHERE connection_id = a.connection_id AND state = 'live'"
        " AND kind = a.record_kind AND quickbooks_id = a.record_id AND a.side = 'quickbooks') l"
        " WHERE a.connection_id = %(c)s AND a.state = 'resolved' AND a.resolution = ANY(%(answers)s)"
        " AND CASE a.resolution WHEN %(choose)s THEN a.detail ->> 'chosen' = l.other_id"
        " ELSE l.created_at >= a.resolved_at END ORDER BY a.key",
        {"c": connection_id, "answers": list(_USED), "choose": CHOOSE},
    )
    keys = [row["key"] for row in await cursor.fetchall()]
    for resolution, used in _USED.items():
        await tx.execute(
            "UPDATE attention SET resolution = %s, updated_at = %s WHERE connection_id = %s AND state = 'resolved'"
            " AND resolution = %s AND key = ANY(%s)",
            (used, now, connection_id, resolution, keys),
        )


async def asked_about_people(tx: Transaction, connection_id: str) -> dict[OtherRecord, dt.datetime]:
    """The open questions about who a contact or customer is, by what waits for them, with the
    moment at which each was put."""
    cursor = await tx.execute(
        "SELECT side, record_id, min(created_at) AS asked_at FROM attention WHERE connection_id = %s AND state = 'open'"
        " AND kind = 'ambiguous_match' AND record_kind = 'contact' GROUP BY side, record_id ORDER BY side, record_id",
        (connection_id,),
    )
    return {
        OtherRecord(Kind.CONTACT, Side(row["side"]), row["record_id"]): row["asked_at"]
        for row in await cursor.fetchall()
    }


async def asked_about_documents(tx: Transaction, connection_id: str) -> list[tuple[str, str, str, str]]:
    """The pairs of documents, and of money, that a person is asked about, until the answer is carried out: their kind, the
    side and id of the one, and the id of the one across."""
    cursor = await tx.execute(
        "SELECT a.record_kind, a.side, a.record_id, c ->> 'id' AS offered FROM attention a"
        " CROSS JOIN LATERAL jsonb_array_elements(a.detail -> 'choices') c"
        " WHERE a.connection_id = %s AND a.kind = 'ambiguous_match' AND a.record_kind IN ('sale', 'receipt')"
        " AND c ->> 'side' <> a.side"
        " AND (a.state = 'open' OR a.state = 'resolved' AND a.resolution = ANY(%s)) ORDER BY a.id, offered",
        (connection_id, list(_USED)),
    )
    return [(row["record_kind"], row["side"], row["record_id"], row["offered"]) for row in await cursor.fetchall()]


async def offering(tx: Transaction, connection_id: str, records: Collection[OtherRecord]) -> list[tuple[str, str, str]]:
    """The records (side, kind, id) of open questions that offer one of these as a choice."""
    if not records:
        return []
    cursor = await tx.execute(
        "SELECT side, record_kind, record_id FROM attention WHERE connection_id = %s AND state = 'open'"
        " AND kind = 'ambiguous_match' AND EXISTS (SELECT 1 FROM jsonb_array_elements(detail -> 'choices') c"
        " WHERE record_kind || ':' || (c ->> 'side') || ':' || (c ->> 'id') = ANY(%s)) ORDER BY id",
        (connection_id, [format_waits_for(one) for one in records]),
    )
    return [(row["side"], row["record_kind"], row["record_id"]) for row in await cursor.fetchall()]
