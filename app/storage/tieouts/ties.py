"""Which ids are one: people by links and merges, documents by links; looked up for the groups of a batch."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from app.domain.model.records import Side
from app.storage.database import Transaction
from app.tieout.facts import Entry, Group, Lost, Ties
from app.tieout.people import Person, parties

_HOPS = 6
"""So many links and merges lie between two that are one, at most."""

_LINKS = (
    "SELECT DISTINCT oncord_id, quickbooks_id FROM link WHERE connection_id = %(c)s AND kind = 'contact' {0}"
    " ORDER BY oncord_id, quickbooks_id"
)
_FAMILY = (
    "SELECT side, record_id, merged_into, coalesce(record ->> 'parent_id', '') AS parent_id FROM mirror"
    " WHERE connection_id = %(c)s AND kind = 'contact' AND (merged_into <> '' OR record ->> 'parent_id' <> '') {0}"
    " ORDER BY side, record_id"
)
_AMONG = {
    _LINKS: "AND (oncord_id = ANY(%(oncord)s) OR quickbooks_id = ANY(%(quickbooks)s))",
    _FAMILY: (
        "AND (side = 'oncord' AND (record_id = ANY(%(oncord)s) OR merged_into = ANY(%(oncord)s))"
        " OR side = 'quickbooks' AND (record_id = ANY(%(quickbooks)s) OR merged_into = ANY(%(quickbooks)s)))"
    ),
}


async def everybody(tx: Transaction, connection_id: str) -> Mapping[Person, str]:
    """The parties of a whole connection: it keeps names, no records."""
    return await _parties(tx, connection_id, None)


async def around(tx: Transaction, connection_id: str, groups: Iterable[Group]) -> Mapping[Person, str]:
    """The parties of whom these groups speak."""
    known: set[Person] = {(each.side, each.contact_id) for group in groups for each in _parts(group)}
    paid = {(each.side, part.document_id) for group in groups for each in _parts(group) for part in each.applied}
    known |= {(side, contact) for (side, _), contact in (await _owners(tx, connection_id, paid)).items()}
    for _ in range(_HOPS):
        links, family = await _rows(tx, connection_id, known)
        further = known | {person for link in links for person in (("oncord", link[0]), ("quickbooks", link[1]))}
        further |= {person for pair in (*_merges(family), *_parents(family)) for person in pair}
        if further == known:
            break
        known = further
    return await _parties(tx, connection_id, known)


async def ties(tx: Transaction, connection_id: str, groups: Sequence[Group], people: Mapping[Person, str]) -> Ties:
    """The ties of one batch."""
    paid = {(each.side, part.document_id) for group in groups for each in _parts(group) for part in each.applied}
    documents = {entry.id for group in groups for entry in group.quickbooks if entry.is_document}
    documents |= {record_id for side, record_id in paid if side == "quickbooks"}
    linked = await tx.execute(
        "SELECT quickbooks_id, oncord_id FROM link WHERE connection_id = %s AND kind = 'sale' AND state = 'live'"
        " AND quickbooks_id = ANY(%s) ORDER BY id",
        (connection_id, sorted(documents)),
    )
    known = {row["quickbooks_id"]: row["oncord_id"] for row in await linked.fetchall()}
    named = Ties(known, people)
    wanted = paid | {("oncord", oncord_id) for oncord_id in known.values()}
    owners: dict[str, str] = {}
    for (side, record_id), contact in sorted((await _owners(tx, connection_id, wanted)).items()):
        # One owner for both sides: where a document is somebody else's there, that is told of the document.
        place: Side = Side(side)
        owners.setdefault(named.document(place.value, record_id), named.party(place.value, contact))
    return Ties(known, people, owners)


def _parts(group: Group) -> Iterator[Entry | Lost]:
    """The records of a group, and what they had on the other side once."""
    for entry in group.entries:
        yield entry
        yield from entry.lost


async def _owners(tx: Transaction, connection_id: str, documents: Collection[Person]) -> dict[Person, str]:
    if not documents:
        return {}
    ids: dict[str, list[str]] = {side: sorted(i for s, i in documents if s == side) for side in Side}
    found = await tx.execute(
        "SELECT side, record_id, coalesce(record ->> 'contact_id', '') AS contact_id FROM mirror WHERE connection_id = %(c)s"
        " AND kind = 'sale' AND (side = 'oncord' AND record_id = ANY(%(oncord)s)"
        " OR side = 'quickbooks' AND record_id = ANY(%(quickbooks)s)) ORDER BY side, record_id",
        {"c": connection_id, **ids},
    )
    return {(row["side"], row["record_id"]): row["contact_id"] for row in await found.fetchall()}


async def _parties(tx: Transaction, connection_id: str, known: Collection[Person] | None) -> Mapping[Person, str]:
    links, family = await _rows(tx, connection_id, known)
    return parties(links, _merges(family), [(child[1], parent[1]) for child, parent in _parents(family)])


Family = list[tuple[str, str, str, str]]
"""Side, id, what it was merged into, and its parent."""


async def _rows(
    tx: Transaction, connection_id: str, known: Collection[Person] | None
) -> tuple[list[tuple[str, str]], Family]:
    values: dict[str, object] = {"c": connection_id}
    if known is not None:
        values |= {side.value: sorted(i for s, i in known if s == side) for side in Side}
    answers = []
    for statement in (_LINKS, _FAMILY):
        only = "" if known is None else _AMONG[statement]
        found = await tx.execute(statement.format(only), values)
        answers.append([tuple(row.values()) for row in await found.fetchall()])
    return answers[0], answers[1]


def _merges(family: Family) -> list[tuple[Person, Person]]:
    return [((side, i), (side, into)) for side, i, into, _ in family if into]


def _parents(family: Family) -> list[tuple[Person, Person]]:
    return [
        ((side, i), (side, parent)) for side, i, into, parent in family if parent and not into and side == "quickbooks"
    ]
