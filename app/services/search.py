"""Finding a record by what somebody knows of it: a number, an id, an amount, a name or an e-mail address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.matching.search_keys import Search, search_for
from app.domain.model.records import Kind, Side, Snapshot
from app.services.pairs import Named, named, people_of_both
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.database import Transaction
from app.storage.records import mirrors, search
from app.storage.records.search import Key

MOST = 50
"""So many pairs are shown; with more somebody types more."""
_PEOPLE = 20
"""So many people's documents are shown beside them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found, with its counterpart across, and how it stands in a few words."""

    own: Named
    across: Named | None
    stands: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, what is most alike first. `more`: there are others; type more of it, or go on from `next_cursor`."""

    hits: tuple[Hit, ...]
    more: bool = False
    next_cursor: str | None = None


async def find(container: ServiceContainer, connection_id: str, text: str) -> Found:
    """The records that a text is about: exactly its id, number or amount; by the beginning of each word its name or e-mail."""
    wanted = search_for(text)
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        keys = await _keys(tx, connection_id, wanted)
        pairs, more = await _paired(tx, connection_id, keys)
        return Found(await _hits(tx, connection_id, pairs), more)


async def list_all(container: ServiceContainer, connection_id: str, limit: int, cursor: str | None) -> Found:
    """Every record with its counterpart, a page at a time: those of Oncord, then what of QuickBooks stands beside none of them yet.

    A page of records that were on pages before is empty.
    """
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        page = await search.page_of_all(tx, connection_id, limit, cursor)
        across = await search.across(tx, connection_id, page.items)
        back = await search.across(tx, connection_id, list(across.values()))
        pairs = [
            _listed(key, across.get(key))
            for key in page.items
            if key[0] is Side.ONCORD or key not in across or back.get(across[key]) != key
        ]
        hits = await _hits(tx, connection_id, pairs)
    return Found(hits, page.next_cursor is not None, page.next_cursor)


def _listed(key: Key, other: Key | None) -> tuple[Key, Key | None]:
    """A record and its counterpart, Oncord's first."""
    return (other, key) if other is not None and key[0] is Side.QUICKBOOKS else (key, other)


async def _hits(tx: Transaction, connection_id: str, pairs: Sequence[tuple[Key, Key | None]]) -> tuple[Hit, ...]:
    """Some pairs as they are called and stand; without those of which nothing is known any more."""
    known = await mirrors.load_several(tx, connection_id, [k for pair in pairs for k in pair if k is not None])
    people = await people_of_both(tx, connection_id, known.values())
    waits = await search.waiting(tx, connection_id, list(known))
    return tuple(_hit(own, across, known, people, waits) for own, across in pairs if own in known)


async def _keys(tx: Transaction, connection_id: str, wanted: Search) -> list[Key]:
    """What is most alike first: the id, then a number or an amount, then people with what is theirs."""
    found = await search.of_keys(tx, connection_id, wanted.record_id, wanted.exact, MOST + 1)
    named_so = await search.of_words(tx, connection_id, wanted, MOST + 1)
    people = [(side, record_id) for side, kind, record_id in named_so if kind is Kind.CONTACT]
    some = [each for side in Side for each in [p for p in people if p[0] is side][:_PEOPLE]]
    found += [*named_so, *await search.documents_of(tx, connection_id, some, 2 * MOST + 2)]
    return list(dict.fromkeys(found))[: 2 * MOST + 2]


async def _paired(
    tx: Transaction, connection_id: str, keys: Sequence[Key]
) -> tuple[list[tuple[Key, Key | None]], bool]:
    """Each record with its counterpart, a pair once: by Oncord's record, or by the other one where there is none."""
    across = await search.across(tx, connection_id, keys)
    pairs_found: dict[Key, Key | None] = {}
    for key in keys:
        other = across.get(key)
        own, counterpart = _listed(key, other)
        pairs_found.setdefault(own, counterpart)
    listed = list(pairs_found.items())
    return listed[:MOST], len(listed) > MOST


def _hit(
    own: Key,
    across: Key | None,
    known: Mapping[Key, Snapshot],
    people: Mapping[Side, dict[str, str]],
    waits: Mapping[Key, str],
) -> Hit:
    first, other = known[own], known.get(across) if across is not None else None
    reason = waits.get(own, "") or (waits.get(across, "") if across is not None else "")
    return Hit(
        named(first, people[first.side]),
        named(other, people[other.side]) if other else None,
        _stands(first, other, reason),
    )


def _stands(own: Snapshot, other: Snapshot | None, reason: str) -> str:
    """How a record stands, in a few words."""
    here, there = own.side.called, own.side.other.called
    if own.deleted:
        words = f"Deleted in {here}" + (f", still in {there}" if other is not None and not other.deleted else "")
    elif other is None:
        words = f"Only in {here}"
    else:
        words = f"Deleted in {there}, still in {here}" if other.deleted else "On both sides"
    return f"{words}. {reason}" if reason else f"{words}."
