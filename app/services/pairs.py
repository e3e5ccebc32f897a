"""One record as people look it up: what it is called on its side and across, and by which numbers where those differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.model.links import LinkState
from app.domain.model.records import Contact, Kind, Receipt, Sale, Side, Snapshot
from app.domain.planning.labels import contact_name, label_of
from app.domain.planning.numbers import numbers_apart
from app.errors import NotFound
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.database import Transaction
from app.storage.encoding import label_to_plain, subject_shown
from app.storage.records import links, mirrors


@dataclass(frozen=True, slots=True)
class Named:
    """A record as its side calls it. `gone`: it was deleted there."""

    side: Side
    kind: Kind
    id: str
    subject: dict[str, Any]
    """The record as people call it (`encoding.subject_shown`)."""
    gone: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A record with its counterparts, the primary one first; `says` are facts about them, in sentences."""

    own: Named
    across: tuple[Named, ...]
    books_status: str
    books_reason: str
    books_url: str
    """How Oncord's record says to stand in the books, why, and where a person finds it there."""
    says: tuple[str, ...]


async def read_pair(container: ServiceContainer, connection_id: str, side: Side, kind: Kind, record_id: str) -> Pair:
    """One record of a side by its id there, with what it is joined to.

    Raises `NotFound` where the connection, or the record, was never seen.
    """
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        own = (await mirrors.load(tx, connection_id, side, kind, [record_id])).get(record_id)
        if own is None:
            raise NotFound("record-not-found", "This connection has never seen such a record.")
        pairs = await links.of_records(tx, connection_id, kind, side, [record_id])
        ids = list(dict.fromkeys(link.id_on(side.other) for link in pairs if link.state is not LinkState.TOMBSTONE))
        across = await mirrors.load(tx, connection_id, side.other, kind, ids)
        counterparts = [across[i] for i in ids if i in across]
        people = {side: await people_of(tx, connection_id, side, [own])}
        people[side.other] = await people_of(tx, connection_id, side.other, counterparts)
    both = [named(snapshot, people[snapshot.side]) for snapshot in (own, *counterparts)]
    oncord = own if side is Side.ONCORD else next(iter(counterparts), None)
    return Pair(both[0], tuple(both[1:]), *_mark(oncord), _says(own, counterparts))


async def people_of(tx: Transaction, connection_id: str, side: Side, documents: Iterable[Snapshot]) -> dict[str, str]:
    """What the contacts of some documents of a side are called, by their ids."""
    owners = {str(s.record.contact_id) for s in documents if isinstance(s.record, Sale | Receipt)}
    contacts = await mirrors.load(tx, connection_id, side, Kind.CONTACT, owners)
    return {i: contact_name(s.record) for i, s in contacts.items() if isinstance(s.record, Contact)}


async def people_of_both(
    tx: Transaction, connection_id: str, documents: Iterable[Snapshot]
) -> dict[Side, dict[str, str]]:
    """What the contacts of some documents of either side are called, by side and id."""
    owners = [
        (s.side, Kind.CONTACT, str(s.record.contact_id)) for s in documents if isinstance(s.record, Sale | Receipt)
    ]
    people: dict[Side, dict[str, str]] = {side: {} for side in Side}
    for (side, _, contact_id), found in (await mirrors.load_several(tx, connection_id, owners)).items():
        if isinstance(found.record, Contact):
            people[side][contact_id] = contact_name(found.record)
    return people


def named(snapshot: Snapshot, people: Mapping[str, str]) -> Named:
    """A record as its side calls it; `people`: the names of that side's contacts by their ids."""
    record = snapshot.record
    person = people.get(str(record.contact_id), "") if isinstance(record, Sale | Receipt) else ""
    label = label_of(snapshot.side, snapshot.kind, record, person, snapshot.id)
    return Named(snapshot.side, snapshot.kind, snapshot.id, subject_shown(label_to_plain(label)), snapshot.deleted)


def _mark(oncord: Snapshot | None) -> tuple[str, str, str]:
    record = oncord.record if oncord is not None else None
    if not isinstance(record, Contact | Sale | Receipt):
        return "", "", ""
    return record.books_status, record.books_reason, record.books_url


def _says(own: Snapshot, counterparts: list[Snapshot]) -> tuple[str, ...]:
    """Both numbers of each pair that has two."""
    pairs = [(own, other) if own.side is Side.ONCORD else (other, own) for other in counterparts]
    sentences = (numbers_apart(oncord.record, quickbooks.record) for oncord, quickbooks in pairs)
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))
