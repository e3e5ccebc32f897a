"""Erasing a person who asks for it: what it will do, and doing it (docs/decisions/erasing-a-person.md).

One act for both the Privacy Act's and the GDPR's request. Whoever is still a contact in Oncord or an active customer in QuickBooks
is erased there first, since the next synchronisation would bring them back.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import reduce

from app.domain.model.actor import Actor
from app.domain.model.records import Side
from app.errors import Conflict, NotFound
from app.services.lifecycle import refuse_while_running
from app.services.ports import ServiceContainer
from app.services.sites import require_ever
from app.storage.connections import connections
from app.storage.database import Transaction
from app.storage.life import erasing, persons
from app.storage.life.erasing import Counts
from app.storage.life.mentions import NO_MENTIONS, Mentions
from app.storage.life.persons import Documents, Person, Standing
from app.storage.people import audit
from app.storage.runs import operations

SHOWN = 50
"""So many documents that stay are named; all are counted."""
_HELD_AS = {"oncord": "a contact in Oncord", "quickbooks": "an active customer in QuickBooks"}
_THERE_FIRST = {
    "oncord": "Delete the contact in Oncord.",
    "quickbooks": "QuickBooks deletes no customer: take the name, the e-mail address, the telephones and the addresses out of this one,"
    " and make it inactive.",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What erasing a person means: who they are, what goes, what stays, and what has to be done elsewhere before."""

    name: str
    contacts: tuple[str, ...]
    """The ids of their contacts in Oncord; `customers` those in QuickBooks."""
    customers: tuple[str, ...]
    still_there: tuple[Standing, ...]
    """Where they still are, as last read: nothing is erased before they are gone there."""
    documents: int
    """How many documents and receipts of theirs are known, each side by itself."""
    staying: tuple[Standing, ...]
    """Those that a side still holds: what they say there stays, here and there, until it is taken out or deleted there."""
    emptied: Counts | None = None
    """How many rows of each table were emptied; None before it is done."""

    @property
    def advice(self) -> str:
        """What has to be done before; "" where it can be done now."""
        if not self.still_there:
            return ""
        sides = sorted({each.side for each in self.still_there})
        held = " and ".join(_HELD_AS[side] for side in sides)
        steps = " ".join(_THERE_FIRST[side] for side in sides)
        return f"{self.name or 'This person'} is still {held}. {steps} Synchronise once, then erase here."


async def look(container: ServiceContainer, connection_id: str, side: Side, record_id: str) -> Outlook:
    """What erasing the person of a contact or customer will do. Raises `NotFound` where nobody of this id was ever seen."""
    places = await _places(container, connection_id)
    return _together([seen for place in places if (seen := await _seen(container, place, (side.value, record_id)))])


async def erase(container: ServiceContainer, connection_id: str, side: Side, record_id: str, *, who: Actor) -> Outlook:
    """Erase the person of a contact or customer, also from what was set aside when this connection started over.

    Done again, it erases what has come since. Raises `NotFound` where nobody of this id was ever seen, `Conflict` while they are
    still there on a side, or a synchronisation is under way.
    """
    now = container.clock.now()
    seen = await look(container, connection_id, side, record_id)
    past = (await _places(container, connection_id))[1:]
    known = [await _texts(container, place, _people(seen)) for place in past]
    mentions = reduce(Mentions.with_those_of, known, NO_MENTIONS)
    in_oncord = {each for each in _people(seen) if each[0] == Side.ONCORD}
    async with container.database.transaction(connection_id) as tx:
        await refuse_while_running(container, tx, connection_id)
        here = await _outlook(tx, connection_id, (side.value, record_id))
        await _refuse_where_still_there(tx, connection_id, here or seen)
        # QuickBooks' ids of before mean somebody else where another company was joined since.
        people = _people(here) if here else await persons.everybody(tx, connection_id, in_oncord)
        counts = await erasing.erase(tx, connection_id, people, now, mentions)
        detail = {"contacts": seen.contacts, "customers": seen.customers, "documents": seen.documents, "rows": counts}
        await audit.record(tx, connection_id, at=now, who=who, action="person.erased", detail=detail)
    for place in past:
        async with container.database.transaction(place) as tx:
            there = await _outlook(tx, place, (side.value, record_id))
            more = await erasing.erase(tx, place, _people(there), now) if there else {}
        counts = {name: counts.get(name, 0) + more.get(name, 0) for name in sorted({*counts, *more})}
    return replace(seen, still_there=(), emptied=counts)


async def _texts(container: ServiceContainer, place: str, people: Collection[Person]) -> Mentions:
    async with container.database.transaction(place) as tx:
        return await erasing.texts_of(tx, place, people)


async def _places(container: ServiceContainer, connection_id: str) -> list[str]:
    """The connection, and as what its past was set aside when it started over."""
    async with container.database.transaction(connection_id) as tx:
        await require_ever(tx, connection_id)
        return [connection_id, *await audit.set_aside(tx, connection_id)]


async def _seen(container: ServiceContainer, place: str, person: Person) -> Outlook | None:
    async with container.database.transaction(place) as tx:
        return await _outlook(tx, place, person)


async def _outlook(tx: Transaction, connection_id: str, person: Person) -> Outlook | None:
    """What is known of a person in one connection; None where nobody of this id was ever seen there."""
    if not await persons.is_known(tx, connection_id, person):
        return None
    people = await persons.everybody(tx, connection_id, {person})
    papers: Documents = await persons.documents(tx, connection_id, people)
    return Outlook(
        name=await persons.name_of(tx, connection_id, people),
        contacts=_ids(people, Side.ONCORD),
        customers=_ids(people, Side.QUICKBOOKS),
        still_there=tuple(await persons.standing(tx, connection_id, people)),
        documents=len(papers.all),
        staying=papers.shown,
    )


def _together(seen: list[Outlook]) -> Outlook:
    """What is known of a person in all places."""
    if not seen:
        raise NotFound("person-not-found", "This connection has never seen a contact or customer with this id.")
    return Outlook(
        name=next((each.name for each in seen if each.name), ""),
        contacts=tuple(sorted({i for each in seen for i in each.contacts})),
        customers=tuple(sorted({i for each in seen for i in each.customers})),
        still_there=tuple(standing for each in seen for standing in each.still_there),
        documents=sum(each.documents for each in seen),
        staying=tuple(standing for each in seen for standing in each.staying),
    )


async def _refuse_where_still_there(tx: Transaction, connection_id: str, seen: Outlook) -> None:
    if seen.advice:
        still = [{"side": each.side, "id": each.id, "name": each.label} for each in seen.still_there]
        raise Conflict("person-still-there", seen.advice, extra={"still_there": still})
    if await connections.get(tx, connection_id) and await operations.unsettled(tx, connection_id, 1):
        words = "The last synchronisation was interrupted. Synchronise once more, so that it ends, then erase here."
        raise Conflict("sync-under-way", words)


def _ids(people: Collection[Person], side: Side) -> tuple[str, ...]:
    return tuple(sorted(record_id for where, record_id in people if where == side))


def _people(seen: Outlook) -> set[Person]:
    return {(Side.ONCORD.value, each) for each in seen.contacts} | {
        (Side.QUICKBOOKS.value, each) for each in seen.customers
    }
