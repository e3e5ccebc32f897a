"""What a person says of how both sides meet, before the first synchronisation: kept as answered questions, which the first run carries out as it
does any answer to which one a record is (docs/decisions/before-both-sides-meet.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.matching.document_numbers import numbers_agree
from app.domain.matching.natural_keys import natural_keys
from app.domain.model.actor import Actor
from app.domain.model.records import Receipt, Sale, Side, Snapshot
from app.domain.model.waiting import Answer, OtherRecord, WaitsFor
from app.domain.planning.labels import NOUNS
from app.domain.planning.matches import RecordMatch
from app.domain.planning.plan_input import Key
from app.domain.planning.questions import choice
from app.errors import InvalidInput
from app.services.matches import Saying, may_be_named, plan_shown, question_key
from app.services.ports import ServiceContainer
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.paging import MAX_LIMIT
from app.storage.people import audit, match_answers
from app.storage.people.match_answers import NewAnswer
from app.storage.records import links, mirrors
from app.storage.runs import matches
from app.storage.runs.matches import Part, Row
from app.storage.runs.runs import Run

NAMED_IN_AUDIT = 50


@dataclass(frozen=True, slots=True)
class Answered:
    """Of how many rows something was said; of how many it could not be, since several could be it, or none."""

    answered: int
    left: int


async def say(
    container: ServiceContainer,
    connection_id: str,
    saying: Saying,
    *,
    who: Actor,
    ids: Sequence[str] | None = None,
    part: Part | None = None,
    kind: str = "",
    choice_id: str | None = None,
    looked_at: str | None = None,
) -> Answered:
    """Say something of these rows, or of all rows of a part (of one kind) of which nothing is said yet; or take all of that back. `choice_id`: of
    one row, which of those across it is; of a document or money that is in Oncord only, any of its kind across that has no counterpart.
    `looked_at`: the dry run whose list the person has seen.

    Nothing is written for it but the answer: the first run does it. Raises `Conflict` as the list does, and where a newer dry run has come;
    `InvalidInput` for rows that are none of it and a choice that does not fit.
    """
    if (ids is None) == (part is None):
        raise InvalidInput(
            "invalid-input", "Say of which rows: by their ids, or all of a part.", fields={"ids": "or part"}
        )
    if choice_id is not None and (saying != "same" or ids is None or len(ids) != 1):
        words = "A choice goes with one row and the answer same only."
        raise InvalidInput("choice-unexpected", words, fields={"choice": words})
    answered, left, named_rows = 0, 0, list[str]()
    async with container.database.transaction(connection_id) as tx:
        run = await plan_shown(tx, connection_id, looked_at)
        cursor: str | None = None
        while True:
            if part is not None:
                page = await matches.page(tx, connection_id, run.id, part, kind, MAX_LIMIT, cursor)
                rows, cursor = await _yet_to_answer(tx, connection_id, page.items, saying), page.next_cursor
            else:
                rows = await matches.of_ids(tx, connection_id, run.id, ids or ())
                if len(rows) != len(set(ids or ())):
                    words = "Some of these are no rows of the list as it is now. Load it again."
                    raise InvalidInput("invalid-input", words, fields={"ids": words})
            done = await _say(container, tx, connection_id, run, rows, saying, who, choice_id)
            answered, left = answered + len(done), left + len(rows) - len(done)
            named_rows += [":".join(row.match.key) for row in done][: NAMED_IN_AUDIT - len(named_rows)]
            if cursor is None:
                break
        detail = {"answer": saying, "records": named_rows, "count": answered, "choice": choice_id or ""}
        await audit.record(
            tx, connection_id, at=container.clock.now(), who=who, action="matches.answered", detail=detail
        )
    return Answered(answered, left)


async def _yet_to_answer(tx: Transaction, connection_id: str, rows: Sequence[Row], saying: Saying) -> list[Row]:
    """What "all of a part" means: what somebody has said one by one stands; only what is taken back is all of it."""
    if saying == "forget":
        return list(rows)
    said = await match_answers.said(tx, connection_id, [question_key(row.match) for row in rows])
    return [row for row in rows if question_key(row.match) not in said]


async def _say(
    container: ServiceContainer,
    tx: Transaction,
    connection_id: str,
    run: Run,
    rows: Sequence[Row],
    saying: Saying,
    who: Actor,
    choice_id: str | None,
) -> list[Row]:
    """Keep what is said of some rows; tells of which it could be said."""
    now = container.clock.now()
    if saying == "forget":
        keys = [question_key(row.match) for row in rows]
        said = await match_answers.said(tx, connection_id, keys)
        await match_answers.forget(tx, connection_id, keys, now)
        done = [row for row in rows if question_key(row.match) in said]
    else:
        chosen = {row.id: await _chosen(tx, connection_id, row, saying, choice_id) for row in rows}
        done = [row for row in rows if chosen[row.id] is not None]
        offered = {row.id: _offered(row, chosen[row.id] or "") for row in done}
        keys_across = [(side, row.match.kind, i) for row in done for side, i in _both(row, offered[row.id])]
        known = await mirrors.load_several(tx, connection_id, keys_across)
        answers = [
            _new_answer(container.ids.new("att"), run, row, chosen[row.id] or "", offered[row.id], known)
            for row in done
        ]
        await match_answers.keep(tx, connection_id, answers, by=who.name, now=now)
    await _looked_at_again(container, tx, connection_id, done)
    return done


def _both(row: Row, offered: Sequence[str]) -> list[tuple[Side, str]]:
    return [(row.match.side, row.match.id), *((row.match.side.other, each) for each in offered)]


def _offered(row: Row, chosen: str) -> list[str]:
    """The records across that an answer is about."""
    ids = [each.id for each in row.match.across]
    return ids if not chosen or chosen in ids else [chosen]


async def _chosen(tx: Transaction, connection_id: str, row: Row, saying: Saying, choice_id: str | None) -> str | None:
    """Which one across a row is said to be: "" none, None where that cannot be said. Raises `InvalidInput` for a choice that does not fit."""
    ids = [each.id for each in row.match.across]
    if saying == "new":
        return "" if ids else None
    if choice_id is None:
        return ids[0] if len(ids) == 1 else None
    if choice_id in ids:
        return choice_id
    match = row.match
    there = await mirrors.load(tx, connection_id, match.side.other, match.kind, [choice_id])
    joined = await links.of_records(tx, connection_id, match.kind, match.side.other, [choice_id])
    snapshot = there.get(choice_id)
    if not may_be_named(match) or snapshot is None or snapshot.deleted or joined:
        words = (
            f"{_called(snapshot)} is none that it could be any more. Load the list again, and choose one that is shown, or one across that"
            " has no counterpart."
        )
        raise InvalidInput("choice-unknown", words, fields={"choice": words})
    return choice_id


def _called(snapshot: Snapshot | None) -> str:
    """A chosen record as a person knows it."""
    name = choice(snapshot).name if snapshot is not None and snapshot.record is not None else ""
    if snapshot is None or name in ("", snapshot.id):
        return "What was chosen"
    return f"The {snapshot.side.called} {NOUNS[snapshot.side, snapshot.kind].lower()} {name}"


def _new_answer(
    item_id: str, run: Run, row: Row, chosen: str, offered: Sequence[str], known: Mapping[Key, Snapshot]
) -> NewAnswer:
    match = row.match
    speaking = {each.id: each for each in match.across}
    choices: list[dict[str, Any]] = []
    for record_id in offered:
        snapshot = known.get((match.side.other, match.kind, record_id))
        if snapshot is None:
            continue
        shown = choice(snapshot)
        told = speaking.get(record_id)
        choices.append(
            {
                "side": shown.side,
                "id": shown.id,
                "name": shown.name,
                "facts": dict(shown.facts),
                "speaks_for": list(told.speaks_for) if told else [],
                "against": list(told.against) if told else [],
            }
        )
    return NewAnswer(
        id=item_id,
        key=question_key(match),
        rule=row.rule,
        summary=row.reason,
        side=match.side,
        record_kind=match.kind,
        record_id=match.id,
        detail={"choices": choices, "scope": match.scope, "chosen": chosen},
        subject=row.subject,
        person=row.person,
        contact=row.contact,
        run_id=run.id,
    )


async def _looked_at_again(
    container: ServiceContainer, tx: Transaction, connection_id: str, rows: Sequence[Row]
) -> None:
    """Set free what waits for these records, and have the next run look at both of each pair."""
    now = container.clock.now()
    waiting: list[WaitsFor] = []
    changes: dict[Key, PendingChange] = {}
    for row in rows:
        match = row.match
        waiting += [
            Answer(match.kind, match.side, match.id, match.scope),
            OtherRecord(match.kind, match.side, match.id),
        ]
        across = ((match.side.other, match.kind, each.id) for each in match.across)
        changes |= {key: PendingChange(*key, mirrored=True) for key in (match.key, *across)}
    await change_queue.release_many(tx, connection_id, now, waiting)
    await change_queue.release(tx, connection_id, now, keys=list(changes), parked_only=True)
    await change_queue.add(tx, connection_id, list(changes.values()), now)


async def id_of_number(container: ServiceContainer, connection_id: str, row_id: str, number: str) -> str:
    """The document or the money without a counterpart across from a row that has this number. Raises `InvalidInput` where there is none,
    or several are."""
    async with container.database.transaction(connection_id) as tx:
        run = await plan_shown(tx, connection_id)
        rows = await matches.of_ids(tx, connection_id, run.id, [row_id])
        match = rows[0].match if rows else None
        found: set[str] = set()
        if match is not None and may_be_named(match):
            known = await mirrors.load(tx, connection_id, match.side, match.kind, [match.id])
            found = {s.id for s in await _numbered(tx, connection_id, match, known.get(match.id), number)}
    if len(found) != 1:
        words = f"{'Several have' if found else 'Nothing there has'} the number {number} and no counterpart. Look it up, and try again."
        raise InvalidInput("choice-unknown", words, fields={"number": words})
    return found.pop()


async def _numbered(
    tx: Transaction, connection_id: str, match: RecordMatch, own: Snapshot | None, number: str
) -> list[Snapshot]:
    """What has a number across from a record, and no counterpart."""
    record = own.record if own is not None else None
    if isinstance(record, Sale):
        keys = natural_keys(replace(record, number=number))
    elif isinstance(record, Receipt):
        keys = natural_keys(replace(record, reference=number))
    else:
        return []
    near = await mirrors.candidates(tx, connection_id, match.side.other, match.kind, numbers=[keys.number])
    return [s for s in near if numbers_agree(_number_of(s), number)]


def _number_of(snapshot: Snapshot) -> str:
    record = snapshot.record
    return record.number if isinstance(record, Sale) else record.reference if isinstance(record, Receipt) else ""
