"""Points: a chapter, the number of an outside call in it, what happens there, and how QuickBooks treats request ids."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import psycopg

from app.errors import OutsideError
from app.sandbox.local.services import ServiceAddresses
from app.sync.waking.wake import answer
from tests.crashpoints.gate import AT_BATCHES, AT_WRITES, EVERYWHERE, Call, Crash, Gate, Mode
from tests.crashpoints.looking import Seen, seen
from tests.crashpoints.oracles import disagreements
from tests.crashpoints.stories import CHAPTERS, STORIES
from tests.crashpoints.story import Chapter, Story
from tests.crashpoints.tied_out import shown, tied_out, unlike
from tests.crashpoints.world import LEASE_RUNS_OUT, Checkpoint, NotQuiet, Process, Stage, open_stage, paged
from tests.support.joint import CONNECTION


class RequestIds(StrEnum):
    """What QuickBooks makes of a `requestid` that it has seen before."""

    HONOURED = "honoured"
    IGNORED = "ignored"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that goes wrong."""

    chapter: int
    call: int
    mode: Mode
    request_ids: RequestIds = RequestIds.HONOURED

    def __str__(self) -> str:
        return f"{CHAPTERS[self.chapter].name} {self.call} {self.mode} {self.request_ids}"


@dataclass(frozen=True, slots=True)
class Told:
    """A chapter that went well: how it begins, what was called, and what has come of it."""

    story: str
    chapter: Chapter
    begins: Checkpoint
    calls: tuple[Call, ...]
    ends: Seen


@dataclass(slots=True)
class Verdict:
    """What is wrong after a point, and whether any request id was sent twice (else nobody asked for its memory)."""

    wrong: list[str] = field(default_factory=list)
    repeated: bool = False


@dataclass
class Stories:
    """The whole story, told once, and any point of it."""

    stage: Stage
    told: list[Told]

    def points(self) -> Iterator[Point]:
        """Every point with request ids honoured; the caller repeats with the others those that repeat a request."""
        for number, told in enumerate(self.told):
            for index, call in enumerate(told.calls):
                for mode in _modes(call):
                    yield Point(number, index, mode)

    async def prove(self, point: Point) -> Verdict:
        """Crash there, resume, and look."""
        told = self.told[point.chapter]
        self.stage.put_back(told.begins)
        self._hazards(point.request_ids)
        return await self._prove(point, told)

    def _hazards(self, request_ids: RequestIds) -> None:
        hazards = self.stage.joint.books.hazards
        if request_ids is RequestIds.IGNORED:
            hazards.turn("requestid_ignored")
        elif request_ids is RequestIds.FORGOTTEN:
            hazards.turn("requestid_forgotten", seconds=1)

    async def _prove(self, point: Point, told: Told) -> Verdict:
        gate, verdict = Gate(point.call, point.mode), Verdict()
        later = Gate()
        try:
            with paged(told.chapter.page):
                await (self._freeze if point.mode is Mode.FROZEN else self._break)(gate, later)
            if not _same_way(gate.calls, told.calls, point.call):
                verdict.wrong.append("the story did not come to this point in the same way again")
            async with self.stage.process(Gate()) as process:
                if await process.reconnected() and not _token_may_be_lost(told.calls[point.call], point.mode):
                    verdict.wrong.append("access to QuickBooks was lost")
                verdict.wrong += await compared(process, told)
        except (NotQuiet, OutsideError) as error:
            verdict.wrong.append(f"{type(error).__name__}: {error}")
        verdict.wrong += gate.faults + later.faults
        posted = Counter(call.request_id for call in (*gate.calls, *later.calls) if call.request_id)
        verdict.repeated = any(times > 1 for times in posted.values())
        return verdict

    async def _break(self, gate: Gate, later: Gate) -> None:
        try:
            async with self.stage.process(gate) as process:
                await process.until_quiet()
        except Crash:
            self.stage.clock.pass_time(LEASE_RUNS_OUT)
            async with self.stage.process(later) as process:
                await process.until_quiet()

    async def _freeze(self, gate: Gate, later: Gate) -> None:
        async with self.stage.process(gate) as sleeper:
            gate.armed = True
            asleep = asyncio.ensure_future(_until_finished(sleeper))
            frozen = asyncio.ensure_future(gate.frozen.wait())
            await asyncio.wait([asleep, frozen], return_when=asyncio.FIRST_COMPLETED)
            frozen.cancel()
            self.stage.clock.pass_time(LEASE_RUNS_OUT)
            async with self.stage.process(later) as process:
                await process.until_quiet()
            gate.thaw.set()
            await asleep
            gate.armed = False
            await sleeper.until_quiet()


def _same_way(calls: Sequence[Call], told: Sequence[Call], until: int) -> bool:
    """Whether everything up to a call was as it was told; ids are made anew each time."""
    come, was = ([(call.name, call.writes) for call in each[: until + 1]] for each in (calls, told))
    return come == was


async def _until_finished(process: Process) -> None:
    """Rings until something other than `more` comes of it."""
    for _ in range(20):
        process.waker.moments.clear()
        try:
            came = await answer(process.wake_context(), CONNECTION)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            return
        if came == "failed":
            raise NotQuiet("the turn of a process that woke too late failed by a fault of this service")
        if came != "more":
            return


def _token_may_be_lost(call: Call, mode: Mode) -> bool:
    """Between the answer with a new refresh token and our commit nobody can help it (I8); then I9 holds."""
    answered = call.name == "books POST bearer" and mode in (Mode.AFTER, Mode.LOST)
    return answered or (call.name == "sql storage/connections/tokens.store" and mode in (Mode.BEFORE, Mode.FROZEN))


def _modes(call: Call) -> Iterator[Mode]:
    yield from EVERYWHERE
    if call.name.startswith("sql"):
        yield Mode.FROZEN
        return
    if call.writes:
        yield Mode.FROZEN
        yield from AT_WRITES if call.request_id else (Mode.FAILED,)
    if call.writes > 1:
        yield from AT_BATCHES


async def compared(process: Process, told: Told) -> list[str]:
    """What is wrong now, and after a further run, which must not write."""
    view = await seen(process)
    wrong = await disagreements(process, view) + different(view, told.ends)
    wrong += await tied_out(process, told.chapter.differs)
    if wrong:
        return wrong
    await process.ask_for_run(download=True)
    await process.until_quiet()
    async with process.runtime.database.transaction(CONNECTION) as tx:
        result = await tx.execute(
            "SELECT side, kind, action, reason FROM operation WHERE connection_id = %(c)s "
            "AND run_id = (SELECT id FROM run WHERE connection_id = %(c)s ORDER BY requested_at DESC, id DESC LIMIT 1) "
            "AND action IN ('create', 'update', 'void', 'delete') ORDER BY sequence",
            {"c": CONNECTION},
        )
        wrong += [f"a further run writes: {tuple(row.values())}" for row in await result.fetchall()]
    standing = unlike(await shown(process), sorted(told.chapter.differs))
    wrong += [f"the light after a further run: {line}" for line in standing]
    again = await seen(process)
    return wrong + [f"after a further run: {line}" for line in different(again, view)]


def different(view: Seen, expected: Seen) -> list[str]:
    """Where a view is not the expected one, entry by entry."""
    found = []
    for name, wanted in expected.items():
        got = view[name]
        if got == wanted:
            continue
        if isinstance(wanted, list):
            there, should = list(got), list(wanted)
            for entry in wanted:
                if entry in there:
                    there.remove(entry)
                    should.remove(entry)
            found += [f"{name}: missing {entry}" for entry in should] + [f"{name}: not meant {e}" for e in there]
        else:
            found.append(f"{name}: {got} instead of {wanted}")
    return found


@asynccontextmanager
async def open_stories(services: ServiceAddresses) -> AsyncIterator[Stories]:
    """Tell the stories once, without a mishap, and keep how each chapter begins and ends."""
    async with open_stage(services) as (stage, starts):
        told: list[Told] = []
        for story in STORIES:
            stage.put_back(starts[story.start])
            for chapter in story.chapters:
                told.append(await _told(stage, story, chapter))
        yield Stories(stage, told)


async def _told(stage: Stage, story: Story, chapter: Chapter) -> Told:
    gate = Gate()
    async with stage.process(Gate()) as people:
        await chapter.people(stage.joint)
        await people.ask_for_run(download=chapter.download)
    begins = stage.checkpoint()
    async with stage.process(gate) as process:
        with paged(chapter.page):
            await process.until_quiet()
        ends = await seen(process)
        wrong = await disagreements(process, ends) + await tied_out(process, chapter.differs)
    if wrong:
        raise AssertionError(f"the chapter {chapter.name!r} goes wrong even without a crash: {wrong}")
    return Told(story.name, chapter, begins, tuple(gate.calls), ends)
