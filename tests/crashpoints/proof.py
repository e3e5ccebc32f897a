"""Every point of every story, on both cores; the last line of the output gives the counts."""

import argparse
import asyncio
import gc
import multiprocessing
import sys
import time
import traceback
from queue import Empty
from typing import Any

from app import log
from app.sandbox.local.services import ServiceAddresses
from tests.crashpoints.counts import Counts, Proved, Share
from tests.crashpoints.killed import chosen, prove_killed
from tests.crashpoints.points import Point, RequestIds, Stories, Verdict, open_stories
from tests.support.services import migrate_template, running_services

LONGEST = 120.0
"""Seconds after which a point has hung."""
TOLD_EVERY = 30.0
COLLECTED_EVERY = 100
BY_SIGKILL = " by SIGKILL"


def main() -> int:
    """Prove all points, or those asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--every", type=int, default=1, help="only every so many points")
    asked.add_argument("--only", default="", help="only points whose name contains this")
    asked.add_argument("--point", default="", help="only the point of exactly this name, as a violation shows it")
    asked.add_argument("--kills", type=int, default=20, help="how many points with a process that is really killed")
    asked.add_argument("--calls", action="store_true", help="show the outside calls of each chapter and end")
    options = asked.parse_args()
    if options.point:
        options.processes = 1
    with running_services() as services:
        migrate_template(services)
        if options.calls:
            log.configure("text", level="WARNING")
            asyncio.run(_show(services))
            return 0
        return _all(services, options)


def _all(services: ServiceAddresses, options: argparse.Namespace) -> int:
    started = told = time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    results: Any = spawn.Queue()
    workers = [
        spawn.Process(target=_work, args=(services, options, number, results)) for number in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    counts, working = Counts(), len(workers)
    while working:
        try:
            result = results.get(timeout=1)
        except Empty:
            if all(not worker.is_alive() for worker in workers):
                break
            continue
        match result:
            case None:
                working -= 1
            case Share():
                counts.take_on(result)
            case Proved():
                counts.add(result)
                if result.wrong:
                    replay = f"replay: make crashpoints ARGS='--point \"{result.name}\"'"
                    _say("\n    ".join([f"VIOLATION at {result.name}", *result.wrong, replay]))
        if time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            _say(counts.progress(told - started))
    for worker in workers:
        worker.join()
    broken = bool(working) or any(worker.exitcode for worker in workers)
    if broken:
        _say("a process of the proof ended early")
    for line in counts.summary(time.monotonic() - started):
        _say(line)
    return 1 if counts.violations or broken or not counts.points else 0


def _work(services: ServiceAddresses, options: argparse.Namespace, number: int, results: Any) -> None:
    log.configure("text", level="CRITICAL")
    asyncio.run(_prove(services, options, number, results))
    results.put(None)


async def _prove(services: ServiceAddresses, options: argparse.Namespace, number: int, results: Any) -> None:
    async with open_stories(services) as stories:
        gc.freeze()
        gc.disable()  # the worlds are large and stay; what a point leaves behind is collected now and then
        killed = [p for p in chosen(stories, options.kills) if options.point in ("", f"{p}{BY_SIGKILL}")]
        wanted = [p for p in stories.points() if options.only in str(p)][:: options.every]
        if options.point:
            wanted = [p for p in _with_all_ids(wanted) if str(p) == options.point]
        mine, to_kill = wanted[number :: options.processes], killed[number :: options.processes]
        results.put(Share(len(mine) + len(to_kill)))
        for point in to_kill:
            verdict = await _in_time(prove_killed(stories, point))
            results.put(_proved(stories, point, verdict, killed=True))
        for count, point in enumerate(mine):
            for proved in await _with_repeats(stories, point, alone=bool(options.point)):
                results.put(proved)
            if count % COLLECTED_EVERY == 0:
                gc.collect()


def _with_all_ids(points: list[Point]) -> list[Point]:
    return [Point(p.chapter, p.call, p.mode, ids) for p in points for ids in RequestIds]


async def _with_repeats(stories: Stories, point: Point, *, alone: bool) -> list[Proved]:
    """A point, and the same with request ids ignored and forgotten.

    Where no request id was sent twice nobody asked for its memory: then the one execution stands for all three.
    """
    verdict = await _in_time(stories.prove(point))
    if alone or point.mode == "frozen":
        return [_proved(stories, point, verdict)]
    if not verdict.repeated:
        return [_proved(stories, point, verdict, stands_for=tuple(RequestIds))]
    found = [_proved(stories, point, verdict)]
    for again in _with_all_ids([point])[1:]:
        found.append(_proved(stories, again, await _in_time(stories.prove(again))))
    return found


async def _in_time(proof: Any) -> Verdict:
    try:
        async with asyncio.timeout(LONGEST):
            verdict: Verdict = await proof
            return verdict
    except TimeoutError:
        return Verdict([f"it came to no end in {LONGEST:.0f} seconds"])
    except Exception:  # noqa: BLE001 - whatever it is, it is a finding, and the other points are still to be proved
        return Verdict([traceback.format_exc()])


def _proved(
    stories: Stories,
    point: Point,
    verdict: Verdict,
    *,
    stands_for: tuple[RequestIds, ...] = (),
    killed: bool = False,
) -> Proved:
    return Proved(
        name=f"{point}{BY_SIGKILL}" if killed else str(point),
        story=stories.told[point.chapter].story,
        mode="SIGKILL" if killed else point.mode.value,
        request_ids=tuple(ids.value for ids in stands_for or (point.request_ids,)),
        wrong=tuple(verdict.wrong),
        differs=stories.told[point.chapter].chapter.differs,
    )


async def _show(services: ServiceAddresses) -> None:
    async with open_stories(services) as stories:
        for told in stories.told:
            _say(f"{told.story}, {told.chapter.name}: {len(told.calls)} outside calls")
            for index, call in enumerate(told.calls):
                _say(f"  {index:3} {call.name}" + (f", {call.writes} writes" if call.writes else ""))
        _say(f"{len(list(stories.points()))} points with request ids honoured")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
