"""Every point of the story, on both cores; the last line of the output gives the counts."""

import argparse
import asyncio
import multiprocessing
import sys
import time
from collections.abc import Iterable
from queue import Empty
from typing import Any

from app import log
from app.sandbox.services import ServiceAddresses
from tests.crashpoints.killed import chosen, prove_killed
from tests.crashpoints.points import Point, RequestIds, open_stories
from tests.support.services import migrate_template, running_services


def main() -> int:
    """Prove all points, or those asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--every", type=int, default=1, help="only every so many points")
    asked.add_argument("--only", default="", help="only points whose name contains this")
    asked.add_argument("--kills", type=int, default=20, help="how many points with a process that is really killed")
    asked.add_argument("--calls", action="store_true", help="show the outside calls of each chapter and end")
    options = asked.parse_args()
    with running_services() as services:
        migrate_template(services)
        if options.calls:
            log.configure("text", level="WARNING")
            asyncio.run(_show(services))
            return 0
        return _all(services, options)


def _all(services: ServiceAddresses, options: argparse.Namespace) -> int:
    started = time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    results: Any = spawn.Queue()
    workers = [
        spawn.Process(target=_work, args=(services, options, number, results)) for number in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    points = executed = violations = working = 0
    working = len(workers)
    while working:
        try:
            kind, *said = results.get(timeout=1)
        except Empty:
            if all(not worker.is_alive() for worker in workers):
                break
            continue
        if kind == "end":
            working -= 1
            continue
        name, counts, ran, wrong = said
        points, executed = points + counts, executed + ran
        if wrong:
            violations += 1
            _say("\n    ".join([f"VIOLATION at {name}", *wrong]))
    for worker in workers:
        worker.join()
    broken = working or any(worker.exitcode for worker in workers)
    if broken:
        _say("a process of the proof ended early")
    seconds = time.monotonic() - started
    _say(
        f"{executed} executions in {seconds:.0f} s; where no request id was sent twice, ignored and forgotten are the same"
    )
    _say(f"crashpoints: {points} points, {violations} violations")
    return 1 if violations or broken or not points else 0


def _work(services: ServiceAddresses, options: argparse.Namespace, number: int, results: Any) -> None:
    log.configure("text", level="CRITICAL")
    asyncio.run(_prove(services, options, number, results))
    results.put(("end",))


async def _prove(services: ServiceAddresses, options: argparse.Namespace, number: int, results: Any) -> None:
    async with open_stories(services) as stories:
        for point in chosen(stories, options.kills)[number :: options.processes]:
            verdict = await prove_killed(stories, point)
            results.put(("point", f"{point} by SIGKILL", 1, 1, verdict.wrong))
        wanted = [p for p in stories.points() if options.only in str(p)][:: options.every]
        for point in wanted[number :: options.processes]:
            for proved, counts, wrong in [r async for r in _with_all_ids(stories, point)]:
                results.put(("point", str(proved), counts, 1, wrong))


async def _with_all_ids(stories: Any, point: Point) -> Any:
    verdict = await stories.prove(point)
    others: Iterable[RequestIds] = (RequestIds.IGNORED, RequestIds.FORGOTTEN)
    if not verdict.repeated or point.mode == "frozen":
        yield point, 1 if point.mode == "frozen" else 3, verdict.wrong
        return
    yield point, 1, verdict.wrong
    for request_ids in others:
        again = Point(point.chapter, point.call, point.mode, request_ids)
        verdict = await stories.prove(again)
        yield again, 1, verdict.wrong


async def _show(services: ServiceAddresses) -> None:
    async with open_stories(services) as stories:
        for told in stories.told:
            _say(f"{told.chapter.name}: {len(told.calls)} outside calls")
            for index, call in enumerate(told.calls):
                _say(f"  {index:3} {call.name}" + (f", {call.writes} writes" if call.writes else ""))
        _say(f"{len(list(stories.points()))} points with request ids honoured")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
