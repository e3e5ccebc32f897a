"""Takes what names a person out of every table: their own rows by their ids, and mentions of them elsewhere by their texts.

Numbers, dates, amounts, tax, versions and ids stay, so that what has to be kept can be read, and nothing is made a second time.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final, LiteralString

from app.storage.database import Transaction
from app.storage.life.mentions import NO_MENTIONS, Mentions, mentions_of, replace_mentions
from app.storage.life.persons import Documents, Person, Record, documents

NO_REASON = "It was about a person who was erased."
"""What stands in place of the reason of a decision."""
OF_A_CONTACT: Final = (
    "name", "email", "phone", "mobile", "fax", "website", "billing_address", "shipping_address", "tax_number", "books_reason",
    "books_url",
)  # fmt: skip
OF_A_DOCUMENT: Final = ("notes", "reference", "billing_address", "shipping_address", "books_reason", "books_url")
"""What of a document is text; its number, and the reference of a receipt, which is one, stay."""
_OF_A_RECEIPT: Final = ("books_reason", "books_url")

Counts = dict[str, int]


def stripped(column: LiteralString, kind: LiteralString = "a.kind") -> LiteralString:
    """SQL: a record without its texts; `TEXTS` are its parameters."""
    return (
        f"CASE WHEN {kind} = 'sale' THEN CASE WHEN {column} #> '{{money,lines}}' IS NULL THEN {column} - %(document)s::text[] ELSE"
        f" jsonb_set({column} - %(document)s::text[], '{{money,lines}}', (SELECT coalesce(jsonb_agg(l.line - 'description' ORDER BY"
        f" l.n), '[]') FROM jsonb_array_elements({column} #> '{{money,lines}}') WITH ORDINALITY AS l(line, n))) END"
        f" WHEN {kind} = 'receipt' THEN {column} - %(receipt)s::text[] ELSE {column} - %(contact)s::text[] END"
    )


_ASKED: Final = "SELECT * FROM unnest(%(sides)s::text[], %(kinds)s::text[], %(ids)s::text[]) AS a(side, kind, id)"

_MIRROR = (
    f"UPDATE mirror m SET record = {stripped('record')}, key_email = '', key_name = '', people_keys = '{{}}', extras = '[]',"
    " key_number = CASE WHEN m.kind = 'contact' THEN '' ELSE key_number END, digest = ''"
    f" FROM ({_ASKED}) a WHERE m.connection_id = %(c)s AND m.side = a.side AND m.kind = a.kind AND m.record_id = a.id"
    " AND (m.kind = 'contact' OR m.deleted)"
)
_LINK = (
    f"UPDATE link l SET base_oncord = {stripped('base_oncord')}, base_quickbooks = {stripped('base_quickbooks')}, gone_reason = ''"
    f" FROM ({_ASKED}) a WHERE l.connection_id = %(c)s AND l.kind = a.kind"
    " AND a.id = CASE a.side WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END AND (l.kind = 'contact' OR %(gone)s OR l.state <> 'live')"
)
_OPERATION = (
    f"UPDATE operation o SET record = {stripped('record')}, before = {stripped('before')}, subject = '{{}}', person = '', disagreements = '[]', reason = %(no_reason)s, body = '',"
    " document = NULL, message = '', advice = ''"
    f" FROM ({_ASKED}) a WHERE o.connection_id = %(c)s AND o.kind = a.kind"
    " AND (o.side = a.side AND a.id IN (o.target_id, o.result_id) OR o.side <> a.side AND a.id = o.source_id)"
)
_PENDING = (
    f"UPDATE pending_change d SET reason = '' FROM ({_ASKED}) a WHERE d.connection_id = %(c)s AND d.side = a.side AND d.kind = a.kind"
    " AND d.record_id = a.id AND d.reason <> ''"
)
_ATTENTION = (
    f"DELETE FROM attention t USING ({_ASKED}) a WHERE t.connection_id = %(c)s AND t.side = a.side AND t.record_kind = a.kind"
    " AND t.record_id = a.id"
)
NO_TEXTS_OF_A_CHANGE: Final = "label = '', reason = '', before = NULL, after = NULL, document = NULL"
_CHANGES = (
    f"UPDATE document_change d SET {NO_TEXTS_OF_A_CHANGE} FROM ({_ASKED}) a"
    " WHERE d.connection_id = %(c)s AND d.side = a.side AND (d.kind = a.kind AND d.record_id = a.id"
    " OR a.kind = 'contact' AND (a.id IN (d.before ->> 'contact_id', d.after ->> 'contact_id') OR d.contact = a.side || ':' || a.id))"
)
_SEARCH = (
    f"DELETE FROM search_key s USING ({_ASKED}) a WHERE s.connection_id = %(c)s AND s.side = a.side AND s.kind = a.kind"
    " AND s.record_id = a.id"
)
_WHOSE: Final = (
    "UPDATE operation SET subject = '{}', person = '', disagreements = '[]', reason = %(no_reason)s, body = '', message = '', advice = ''"
    " WHERE connection_id = %(c)s AND contact = ANY(%(parties)s) AND person <> ''",
    "UPDATE attention SET person = '' WHERE connection_id = %(c)s AND contact = ANY(%(parties)s) AND person <> ''",
)
"""Rows that say whose they are, about documents that are known by nothing else any more."""
NO_TEXTS_OF_A_DIFFERENCE: Final = (
    'line || \'{"who": "", "why": "", "salt": ""}\''
    " || CASE WHEN line ->> 'what' = 'contact' THEN '{\"oncord\": \"\", \"quickbooks\": \"\"}'::jsonb ELSE '{}' END"
    " || CASE WHEN line ? 'texts' THEN '{}'::jsonb ELSE '{\"erased\": true}' END"
)
_DIFFERENCES = f"UPDATE tie_out_difference SET line = {NO_TEXTS_OF_A_DIFFERENCE} WHERE connection_id = %(c)s AND subjects && %(subjects)s::text[]"
_MENTIONED_DIFFERENCES = f"UPDATE tie_out_difference SET line = {NO_TEXTS_OF_A_DIFFERENCE} WHERE connection_id = %(c)s AND lower(line::text) LIKE ANY(%(like)s)"
_CERTIFICATES = (
    "UPDATE tie_out SET certificate = jsonb_set(certificate, '{figures}', (SELECT jsonb_agg(CASE WHEN f.figure ->> 'key' = ANY(%(keys)s)"
    " OR f.figure ->> 'table' = 'owed' AND f.figure ->> 'name' = ANY(%(names)s)"
    ' THEN f.figure || \'{"name": ""}\' || CASE WHEN f.figure ? \'texts\' THEN \'{"salt": ""}\'::jsonb'
    " ELSE '{\"erased\": true}' END ELSE f.figure END ORDER BY f.n)"
    " FROM jsonb_array_elements(certificate -> 'figures') WITH ORDINALITY AS f(figure, n)))"
    " WHERE connection_id = %(c)s AND EXISTS (SELECT FROM jsonb_array_elements(certificate -> 'figures') f"
    " WHERE (f ->> 'key' = ANY(%(keys)s) OR f ->> 'table' = 'owed' AND f ->> 'name' = ANY(%(names)s)) AND f ->> 'name' <> '')"
)
_REMEMBER = (
    "INSERT INTO erased_person (connection_id, side, record_id, erased_at, looked_at)"
    " SELECT %(c)s, a.side, a.id, %(now)s, %(now)s FROM ("
    + _ASKED
    + ") a WHERE a.kind = 'contact' ORDER BY a.side, a.id"
    " ON CONFLICT (connection_id, side, record_id) DO UPDATE SET looked_at = excluded.looked_at"
)
_RECORDS_OF: Final = (
    f"SELECT m.record FROM mirror m JOIN ({_ASKED}) a ON m.side = a.side AND m.record_id = a.id"
    " WHERE m.connection_id = %(c)s AND m.kind = 'contact' AND m.record IS NOT NULL"
    f" UNION ALL SELECT b.base FROM link l JOIN ({_ASKED}) a"
    " ON a.id = CASE a.side WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END"
    " CROSS JOIN LATERAL (VALUES (l.base_oncord), (l.base_quickbooks)) AS b(base)"
    " WHERE l.connection_id = %(c)s AND l.kind = 'contact' AND b.base IS NOT NULL"
    f" UNION ALL SELECT o.record FROM operation o JOIN ({_ASKED}) a ON o.side = a.side AND a.id IN (o.target_id, o.result_id)"
    " OR o.side <> a.side AND a.id = o.source_id"
    " WHERE o.connection_id = %(c)s AND o.kind = 'contact' AND o.record IS NOT NULL"
)


async def erase(
    tx: Transaction, connection_id: str, people: Collection[Person], now: dt.datetime, also: Mentions = NO_MENTIONS
) -> Counts:
    """Empty every text about these contacts and customers and their documents; answers how many rows each table had of them.

    Of a document that a side still holds the mirror keeps what stands there, and its pair what both sides agreed on. They are
    remembered by their ids (`standing_orders`). `also`: what else they are mentioned by.
    """
    papers = await documents(tx, connection_id, people)
    mentions = (await texts_of(tx, connection_id, people)).with_those_of(also)
    counts = await _own_rows(tx, connection_id, people, papers, now, mentions)
    counts["mentions"] = await replace_mentions(tx, connection_id, mentions, people)
    if mentions:
        like = {"c": connection_id, "like": mentions.patterns}
        counts["mentions"] += (await tx.execute(_MENTIONED_DIFFERENCES, like)).rowcount
    return {name: count for name, count in counts.items() if count}


async def _own_rows(
    tx: Transaction,
    connection_id: str,
    people: Collection[Person],
    papers: Documents,
    now: dt.datetime,
    mentions: Mentions,
) -> Counts:
    """What is stored about the person and their documents themselves."""
    persons = [(side, "contact", record_id) for side, record_id in people]
    every = [*persons, *papers.all]
    counts: Counts = {}

    async def run(name: str, statement: LiteralString, records: Collection[Record], **more: Any) -> None:
        done = await tx.execute(statement, {"c": connection_id, "now": now, **_columns(records), **TEXTS, **more})
        counts[name] = counts.get(name, 0) + done.rowcount

    await run("mirror", _MIRROR, every)
    await run("link", _LINK, [*persons, *papers.gone], gone=True)
    await run("link", _LINK, papers.standing, gone=False)
    await run("operation", _OPERATION, every)
    await run("pending_change", _PENDING, [*persons, *papers.gone])
    await run("attention", _ATTENTION, [*persons, *papers.gone])
    await run("search_key", _SEARCH, [*persons, *papers.gone])
    parties = [f"{side}:{record_id}" for side, record_id in people]
    for table, statement in zip(("operation", "attention"), _WHOSE, strict=True):
        await run(table, statement, (), parties=parties)
    await run("document_change", _CHANGES, every)
    await run("tie_out_difference", _DIFFERENCES, (), subjects=[":".join(each) for each in every])
    await run("tie_out", _CERTIFICATES, (), keys=parties, names=list(mentions.texts))
    await run("erased_person", _REMEMBER, persons)
    return counts


TEXTS: Final[Mapping[str, Any]] = {
    "contact": list(OF_A_CONTACT),
    "document": list(OF_A_DOCUMENT),
    "receipt": list(_OF_A_RECEIPT),
    "no_reason": NO_REASON,
}


def _columns(records: Collection[Record]) -> dict[str, Any]:
    known = sorted(records)
    return {name: [each[i] for each in known] for i, name in enumerate(("sides", "kinds", "ids"))}


async def texts_of(tx: Transaction, connection_id: str, people: Collection[Person]) -> Mentions:
    """By what a person may be named in somebody else's rows: what their contacts and customers say, or said once."""
    persons = [(side, "contact", record_id) for side, record_id in people]
    found = await tx.execute(_RECORDS_OF, {"c": connection_id, **_columns(persons)})
    return mentions_of(row["record"] for row in await found.fetchall())
