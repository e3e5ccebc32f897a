"""What is left of a connection some time after it was removed, or set aside by starting over: identities, and what the law wants.

Both ids of each link, its origin and whether it is a tombstone stay, with the figures that documents last agreed on, so that a site and
a company that are joined again find their pairs (T5) and nothing is made twice. Records of money, acts and certificates stay for their years, without what names a person.
"""

import datetime as dt
from typing import Final

from app.storage.database import Transaction
from app.storage.life.erasing import NO_TEXTS_OF_A_CHANGE, NO_TEXTS_OF_A_DIFFERENCE, TEXTS, stripped

AT_ONCE: Final = 2000
"""So many rows of a table are erased by one call."""

_DELETED: Final = (
    "mirror", "cursor", "pending_change", "schedule", "foreseen", "source_check", "settlement_due", "settled_otherwise", "mark_due", "search_key",
    "attention", "operation", "run", "event", "read_meter", "reads_of_month", "lease", "token", "oauth_state", "api_key", "console_session",
    "launch_link", "company_facts", "delivery", "message", "recipient", "told_condition",
)  # fmt: skip
DELETED: Final = frozenset(_DELETED)
"""Tables of which nothing is left."""
KEPT: Final = {
    "connection": "which site and company it was: ids and address",
    "link": "both ids, origin, part and state, and the figures of documents",
    "opening_answer": "ids and the answer",
    "erased_person": "ids",
    "audit": "acts, without a customer's name: seven years",
    "document_change": "figures, without texts: seven years",
    "tie_out": "certificates, without names: seven years",
    "tie_out_difference": "what certificates list, without names: seven years",
    "sealed_month": "figures and proofs: seven years",
    "sealed_document": "figures: seven years",
}
"""What is left of the others."""

_STATEMENTS: Final = (
    *(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE connection_id = %(c)s LIMIT {AT_ONCE}))"
        for table in _DELETED
    ),
    "DELETE FROM tie_out_difference WHERE (tie_out_id, position) IN (SELECT d.tie_out_id, d.position FROM tie_out_difference d"
    " LEFT JOIN tie_out t ON t.id = d.tie_out_id AND t.certificate IS NOT NULL"
    f" WHERE d.connection_id = %(c)s AND t.id IS NULL LIMIT {AT_ONCE})",
    f"DELETE FROM tie_out WHERE id IN (SELECT id FROM tie_out WHERE connection_id = %(c)s AND certificate IS NULL LIMIT {AT_ONCE})",
    "UPDATE link SET base_oncord = NULL, base_quickbooks = NULL, gone_reason = '' WHERE id IN (SELECT id FROM link"
    " WHERE connection_id = %(c)s AND kind NOT IN ('sale', 'receipt')"
    f" AND (base_oncord IS NOT NULL OR base_quickbooks IS NOT NULL OR gone_reason <> '') LIMIT {AT_ONCE})",
    f"UPDATE link SET base_oncord = {stripped('base_oncord', 'kind')}, base_quickbooks = {stripped('base_quickbooks', 'kind')},"
    " gone_reason = '' WHERE id IN (SELECT l.id FROM link l CROSS JOIN LATERAL (VALUES (l.base_oncord), (l.base_quickbooks)) AS b(base)"
    " WHERE l.connection_id = %(c)s AND l.kind IN ('sale', 'receipt') AND (b.base ?| %(document)s AND l.kind = 'sale'"
    " OR b.base ?| %(receipt)s OR b.base @? '$.money.lines[*].description' OR l.gone_reason <> '')"
    f" LIMIT {AT_ONCE})",
    f"UPDATE document_change SET {NO_TEXTS_OF_A_CHANGE} WHERE id IN (SELECT id"
    " FROM document_change WHERE connection_id = %(c)s AND (label <> '' OR reason <> '' OR before IS NOT NULL"
    f" OR after IS NOT NULL OR document IS NOT NULL) LIMIT {AT_ONCE})",
    f"UPDATE tie_out_difference SET line = {NO_TEXTS_OF_A_DIFFERENCE} WHERE (tie_out_id, position) IN (SELECT tie_out_id, position"
    " FROM tie_out_difference WHERE connection_id = %(c)s AND (line ->> 'who' <> '' OR line ->> 'why' <> '' OR line ->> 'salt' <> '')"
    f" LIMIT {AT_ONCE})",
    "UPDATE tie_out SET certificate = jsonb_set(certificate, '{figures}', (SELECT jsonb_agg(CASE WHEN f.figure ->> 'table' = 'owed'"
    ' THEN f.figure || \'{"name": ""}\' || CASE WHEN f.figure ? \'texts\' THEN \'{"salt": ""}\'::jsonb'
    " WHEN f.figure ->> 'name' <> '' THEN '{\"erased\": true}' ELSE '{}' END ELSE f.figure END ORDER BY f.n)"
    " FROM jsonb_array_elements(certificate -> 'figures') WITH ORDINALITY AS f(figure, n)))"
    " WHERE id IN (SELECT id FROM tie_out WHERE connection_id = %(c)s AND EXISTS (SELECT FROM"
    " jsonb_array_elements(certificate -> 'figures') f WHERE f ->> 'table' = 'owed' AND (f ->> 'name' <> '' OR f ->> 'salt' <> '')) LIMIT 50)",
)
_FORGET = (
    "UPDATE connection SET name = '', facts = '{}', configuration = NULL, state_reason = '', oncord_token = '',"
    " oncord_secrets = '[]', erased_at = %(now)s WHERE id = %(c)s"
)


async def due(tx: Transaction, before: dt.datetime, limit: int) -> list[str]:
    """Connections that were archived before this moment and are not erased yet; the transaction is about all of them."""
    found = await tx.execute(
        "SELECT id FROM connection WHERE archived_at < %s AND erased_at IS NULL ORDER BY archived_at, id LIMIT %s",
        (before, limit),
    )
    return [row["id"] for row in await found.fetchall()]


async def erase_some(tx: Transaction, connection_id: str, now: dt.datetime) -> int:
    """Erase a portion of an archived connection; answers how many rows that were. Once none is left, it counts as erased."""
    count = 0
    for statement in _STATEMENTS:
        count += (await tx.execute(statement, {"c": connection_id, **TEXTS})).rowcount
    if not count:
        await tx.execute(_FORGET, {"c": connection_id, "now": now})
    return count
