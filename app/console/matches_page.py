"""The page of how both sides meet before the first synchronisation: what is taken for one, what may be one, what is on one side only."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.domain.model.records import Kind
from app.errors import Conflict, Rejection
from app.services import match_answers, matches, overview
from app.services.match_answers import Answered
from app.services.matches import Meeting, Saying
from app.services.record_links import Links
from app.storage.runs.matches import PARTS, Part

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LINES = 50
_SAYINGS: dict[str, Saying] = {"same": "same", "new": "new", "forget": "forget"}
_FIRST: tuple[Part, ...] = ("ambiguous", "probable", "clashes", "doubles", *PARTS)
_KINDS: dict[str, Kind] = {kind.value: kind for kind in Kind}


@router.get("/connections/{connection_id}/matches")
async def show_matches(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    part: Part | None = None,
    kind: Kind | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """One part of the list, what has to be decided first where nothing else is asked for."""
    found = await overview.read_connection(container, connection_id)
    try:
        meeting = await matches.read(container, connection_id)
    except Conflict as missing:
        return page(
            request, "not_compared.html", visitor=visitor, overview=found, zone=zone_of(found), why=missing.detail
        )
    shown = part if part is not None else _first_of(meeting)
    return page(
        request,
        "matches.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        meeting=meeting,
        part=shown,
        open_rows=meeting.unanswered(shown, kind or ""),
        kind=kind or "",
        kinds=[each for each in Kind if meeting.count(shown, each)],
        rows=await matches.list_matches(container, connection_id, shown, kind or "", LINES, cursor),
        paged=cursor is not None,
        links=Links(container, found.connection),
    )


def _first_of(meeting: Meeting) -> Part:
    return next((name for name in _FIRST if meeting.count(name)), "certain")


def _part(name: str) -> Part:
    return next((part for part in PARTS if part == name), "certain")


@router.post("/connections/{connection_id}/matches")
async def answer_matches(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Say something of one row ("same:<row>:<record>"), of those that are ticked, or of all of a part."""
    part, kind = str(form.get("part", "")), _KINDS.get(str(form.get("kind", "")))
    back = f"/connections/{connection_id}/matches?part={_part(part)}{f'&kind={kind}' if kind else ''}"
    ticked = [str(each) for each in form.getlist("row")]
    one, everything, some = (str(form.get(name, "")) for name in ("one", "all", "ticked"))
    try:
        if one:
            name, _, rest = one.partition(":")
            row, _, record = rest.partition(":")
            number = str(form.get(f"number:{row}", "")).strip()
            if number and not record:
                record = await match_answers.id_of_number(container, connection_id, row, number)
            done = await match_answers.say(
                container,
                connection_id,
                _SAYINGS.get(name, "same"),
                who=visitor.actor,
                ids=[row],
                choice_id=record or None,
            )
        elif everything:
            done = await match_answers.say(
                container,
                connection_id,
                _SAYINGS.get(everything, "same"),
                who=visitor.actor,
                part=_part(part),
                kind=kind or "",
                looked_at=str(form.get("run", "")),
            )
        elif not ticked:
            return go(request, back, "Nothing was answered: tick what the answer is for.", good=False)
        else:
            done = await match_answers.say(
                container, connection_id, _SAYINGS.get(some, "same"), who=visitor.actor, ids=ticked
            )
    except Rejection as refused:
        return go(request, back, next(iter(refused.fields.values()), refused.detail), good=False)
    said = _taken_back(done) if one.startswith("forget") or "forget" in (everything, some) else _told(done)
    return go(request, back, said, good=bool(done.answered))


def _taken_back(done: Answered) -> str:
    """What came of taking answers back."""
    if not done.answered:
        return "There was no answer to take back."
    return f"{done.answered} {'answer is' if done.answered == 1 else 'answers are'} taken back."


def _told(done: Answered) -> str:
    """What came of an answer."""
    words = f"{done.answered} {'answer is' if done.answered == 1 else 'answers are'} kept; the first synchronisation carries them out."
    if done.left:
        words += f" {done.left} {'was' if done.left == 1 else 'were'} left: say of each which one it is."
    return words if done.answered or done.left else "There was nothing to answer."
