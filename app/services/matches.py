"""How both sides meet, before the first synchronisation: what is one for certain, what may be one, what is on one side only; and what a
person says of it, which the first run carries out as it does any answer to which one a record is (docs/decisions/matching.md).

The list is the plan of a dry run: nothing is read for it a second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.model.records import Kind, Side, Snapshot
from app.domain.model.waiting import Answer, format_waits_for
from app.domain.planning.matches import RecordMatch
from app.domain.planning.plan_input import Key
from app.domain.planning.questions import choice
from app.errors import Conflict
from app.services.pairs import Named, named, people_of_both
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.database import Transaction
from app.storage.paging import Page, decode_number
from app.storage.people import match_answers
from app.storage.people.match_answers import Said
from app.storage.records import mirrors
from app.storage.runs import matches
from app.storage.runs.matches import Part, Row
from app.storage.runs.runs import Run

Saying = Literal["same", "new", "forget"]
"""They are the same; they are not; what was said before is taken back."""


@dataclass(frozen=True, slots=True)
class Card:
    """A record as somebody can tell it from others: its name, and facts such as `email`, `date` and `total`."""

    named: Named
    facts: Mapping[str, str]
    speaks_for: Sequence[str] = ()
    against: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One row of the list: a record, those across that it is or could be, what of its own side repeats it, whose number across it would
    be given again, and what somebody has said."""

    row: Row
    own: Card
    across: Sequence[Card]
    doubles: Sequence[Named]
    clashes: Sequence[Named]
    said: Said | None

    @property
    def answers(self) -> tuple[Saying, ...]:
        """What may be said of it."""
        taken_back: tuple[Saying, ...] = ("forget",) if self.said else ()
        return ("same", "new", *taken_back) if self.across else taken_back

    @property
    def may_be_named(self) -> bool:
        """Whether somebody may say which record across it is, although nobody took any for it."""
        return may_be_named(self.row.match)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The list in numbers: the dry run that it is the plan of, and how many rows each part has of each kind."""

    run: Run
    counts: Mapping[tuple[str, str], int]
    answered: Mapping[tuple[str, str], int]
    """Of how many of them somebody has said something."""

    def count(self, part: str, kind: str = "") -> int:
        """How many rows a part has."""
        return _count(self.counts, part, kind)

    def unanswered(self, part: str, kind: str = "") -> int:
        """Of how many rows of a part nobody has said anything yet."""
        return self.count(part, kind) - _count(self.answered, part, kind)


def _count(counts: Mapping[tuple[str, str], int], part: str, kind: str) -> int:
    return sum(n for (p, k), n in counts.items() if p == part and kind in ("", k))


def may_be_named(match: RecordMatch) -> bool:
    """Whether somebody may say which one across a record is that is on its own side only: a document or money of Oncord, which is looked
    at first. People are one by what their cards say."""
    return not match.across and match.side is Side.ONCORD and match.kind in (Kind.SALE, Kind.RECEIPT)


async def read(container: ServiceContainer, connection_id: str) -> Meeting:
    """The list in numbers. Raises `Conflict` where nothing was tried yet, and once both sides have met."""
    async with container.database.transaction(connection_id) as tx:
        run = await plan_shown(tx, connection_id)
        counts = await matches.counts(tx, connection_id, run.id)
        return Meeting(run, counts, await matches.counts(tx, connection_id, run.id, answers=match_answers.ANSWERS))


async def list_matches(
    container: ServiceContainer, connection_id: str, part: Part, kind: str, limit: int, cursor: str | None
) -> Page[Match]:
    """The rows of one part, of one kind where that is said. Raises as `read` does, and `InvalidInput` for a cursor that is none of ours."""
    if cursor:
        decode_number(cursor)
    async with container.database.transaction(connection_id) as tx:
        run = await plan_shown(tx, connection_id)
        page = await matches.page(tx, connection_id, run.id, part, kind, limit, cursor)
        return Page(tuple(await _shown(tx, connection_id, page.items)), page.next_cursor)


async def plan_shown(tx: Transaction, connection_id: str, looked_at: str | None = None) -> Run:
    """The dry run whose plan the list is. Raises `Conflict` where nothing was tried yet, and once both sides have met; and where it is another
    one than somebody has `looked_at`."""
    connection = await require_connection(tx, connection_id)
    if connection.first_sync_completed_at is not None:
        words = "Both sides have met. What may still be one is asked about as it comes up, under what needs attention."
        raise Conflict("sides-have-met", words)
    run = await matches.plan_of(tx, connection_id, since=connection.connected_at)
    if run is None:
        raise Conflict("nothing-tried", "Try without writing first: what both sides have is read for it, and compared.")
    if looked_at is not None and run.id != looked_at:
        words = "Both sides have been compared again since this list was loaded. Nothing was answered: look through the list as it is now first."
        raise Conflict("newer-comparison", words)
    return run


async def _shown(tx: Transaction, connection_id: str, rows: Sequence[Row]) -> list[Match]:
    """Rows with the records that they are about, as these are now; a row whose own record is gone is left out."""
    keys = [key for row in rows for key in _keys(row.match)]
    known = await mirrors.load_several(tx, connection_id, keys)
    people = await people_of_both(tx, connection_id, known.values())
    said = await match_answers.said(tx, connection_id, [question_key(row.match) for row in rows])
    return [_match(row, known, people, said) for row in rows if row.match.key in known]


def _keys(match: RecordMatch) -> list[Key]:
    here, there = (match.side, match.kind), (match.side.other, match.kind)
    chosen = [(*there, each.id) for each in match.across] + [(*there, i) for i in match.clashes]
    return [match.key, *chosen, *((*here, i) for i in match.doubles)]


def _match(
    row: Row, known: Mapping[Key, Snapshot], people: Mapping[Side, dict[str, str]], said: Mapping[str, Said]
) -> Match:
    match = row.match

    def called(snapshot: Snapshot) -> Named:
        return named(snapshot, people[snapshot.side])

    def all_of(side: Side, ids: Sequence[str]) -> list[Named]:
        return [called(known[side, match.kind, i]) for i in ids if (side, match.kind, i) in known]

    own = known[match.key]
    across = [
        Card(called(other), dict(choice(other).facts), each.speaks_for, each.against)
        for each in match.across
        if (other := known.get((match.side.other, match.kind, each.id))) is not None
    ]
    return Match(
        row,
        Card(called(own), dict(choice(own).facts)),
        across,
        all_of(match.side, match.doubles),
        all_of(match.side.other, match.clashes),
        said.get(question_key(match)),
    )


def question_key(match: RecordMatch) -> str:
    """The key of the question which one a record is."""
    return format_waits_for(Answer(match.kind, match.side, match.id, match.scope))
