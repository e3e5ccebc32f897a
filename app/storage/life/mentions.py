"""Mentions of a person in rows that are about somebody or something else: found by the person's own texts, and replaced.

A question about another contact offers the person as a choice; a reason names the customer that something waits for.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.life.persons import Person

ERASED = "[erased]"
"""What stands in place of a person's name or address in a text about something else."""
SHORTEST = 4
"""Texts below this length say nothing about anybody by themselves."""
_VALUES = ("email", "phone", "mobile", "fax", "website", "tax_number")
_LOST = "losing"
"""In the detail of a question: a value that somebody else typed and that lost, kept for them (law 8)."""

_WILD = re.compile(r"[%_\\]")

_SEARCHED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "attention": (("id",), ("summary", "advice", "person"), ("detail", "subject")),
    "operation": (("id",), ("reason", "message", "advice", "person"), ("subject", "disagreements")),
    "pending_change": (("side", "kind", "record_id"), ("reason",), ()),
    "event": (("id",), ("reason",), ("detail",)),
    "run": (("id",), ("error", "advice"), ()),
    "settled_otherwise": (("quickbooks_id",), (), ("parts",)),
    "link": (("id",), ("gone_reason",), ()),
    "message": (("id",), ("summary",), ("lines",)),
}
"""By table: its key, its columns of text, and those of JSON."""
_EMPTIED = ("label", "reason")
"""Of records of money, which can be emptied and not rewritten."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """The texts by which a person may be named."""

    texts: tuple[str, ...] = ()

    @property
    def patterns(self) -> list[str]:
        """For LIKE, in lower case; as they stand in a text, and as they stand in JSON."""
        forms = {form for text in self.texts for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])}
        return sorted("%" + _WILD.sub(r"\\\g<0>", form.lower()) + "%" for form in forms)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Any of them as whole words, the longest first."""
        known = sorted(self.texts, key=lambda text: (-len(text), text))
        return re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in known), re.IGNORECASE)

    def with_those_of(self, other: "Mentions") -> "Mentions":
        """Both together."""
        return Mentions(tuple(sorted({*self.texts, *other.texts})))

    def __bool__(self) -> bool:
        return bool(self.texts)


NO_MENTIONS = Mentions()


def mentions_of(records: Iterable[Mapping[str, Any]]) -> Mentions:
    """The texts of records of contacts and customers that name nobody else: names, addresses of e-mail, telephones, streets."""
    found: set[str] = set()
    for record in records:
        name = record.get("name") or {}
        found |= {name.get("display", ""), name.get("company", ""), f"{name.get('first', '')} {name.get('last', '')}"}
        found |= {str(record.get(value) or "") for value in _VALUES}
        for address in (record.get("billing_address") or {}, record.get("shipping_address") or {}):
            found |= {address.get("line1", ""), address.get("line2", ""), *(address.get("addressed") or ())}
    return Mentions(tuple(sorted(text.strip() for text in found if len(text.strip()) >= SHORTEST)))


async def replace_mentions(tx: Transaction, connection_id: str, mentions: Mentions, people: Collection[Person]) -> int:
    """Replace what names the person in rows about others; answers in how many rows."""
    if not mentions:
        return 0
    count = 0
    like, pattern = mentions.patterns, mentions.pattern
    for table, (keys, texts, plain) in _SEARCHED.items():
        rewrite = _rewriting(pattern, people)
        count += await _rewrite(tx, connection_id, (table, keys, texts, plain), like, rewrite)
    for column in _EMPTIED:
        statement = sql.SQL("UPDATE document_change SET {0} = '' WHERE connection_id = %s AND lower({0}) LIKE ANY(%s)")
        done = await tx.execute(statement.format(sql.Identifier(column)), (connection_id, like))
        count += done.rowcount
    return count


async def _rewrite(
    tx: Transaction,
    connection_id: str,
    where: tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]],
    like: list[str],
    rewrite: Callable[[Any], Any],
) -> int:
    table, keys, texts, plain = where
    columns = (*texts, *plain)
    search = sql.SQL(" OR ").join(
        sql.SQL("lower({}::text) LIKE ANY(%(like)s)").format(sql.Identifier(column)) for column in columns
    )
    names = sql.SQL(", ").join(map(sql.Identifier, (*keys, *columns)))
    found = await tx.execute(
        sql.SQL("SELECT {} FROM {} WHERE connection_id = %(c)s AND ({})").format(names, sql.Identifier(table), search),
        {"c": connection_id, "like": like},
    )
    rows = await found.fetchall()
    moves = sql.SQL(", ").join(sql.SQL("{0} = {1}").format(sql.Identifier(c), sql.Placeholder(c)) for c in columns)
    which = sql.SQL(" AND ").join(sql.SQL("{0} = {1}").format(sql.Identifier(k), sql.Placeholder(k)) for k in keys)
    statement = sql.SQL("UPDATE {} SET {} WHERE connection_id = %(c)s AND {}").format(
        sql.Identifier(table), moves, which
    )
    for row in rows:
        values = {c: rewrite(row[c]) for c in texts} | {c: Jsonb(rewrite(row[c])) for c in plain}
        await tx.execute(statement, {"c": connection_id, **{k: row[k] for k in keys}, **values})
    return len(rows)


def _rewriting(pattern: re.Pattern[str], people: Collection[Person]) -> Callable[[Any], Any]:
    """A value with each mention replaced; of the person as a choice of a question nothing but the id stays."""

    def rewrite(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(ERASED, value)
        if isinstance(value, list):
            return [rewrite(each) for each in value]
        if isinstance(value, dict):
            if (value.get("side"), value.get("id")) in people and "facts" in value:
                return {"side": value["side"], "id": value["id"], "name": ERASED, "facts": {}}
            return {name: each if name == _LOST else rewrite(each) for name, each in value.items()}
        return value

    return rewrite
