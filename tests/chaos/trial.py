"""One whole trial: set the stage, let the storm pass, wait for quiet, and judge."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.branches import open_branches
from tests.chaos.rest import run_again, settled
from tests.chaos.size import Size
from tests.chaos.stage import APIS, WORKERS, set_stage
from tests.chaos.storm import rage
from tests.chaos.tied_out import tie_out
from tests.chaos.verdict import Verdict, judge

AGAIN = 10
"""In so many connections at most a further run is tried."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    verdict: Verdict
    summary: str


async def hold_trial(folder: Path, size: Size, seed: int, say: Callable[[str], object]) -> Report:
    """The same `seed` gives the same people, posts and harm; when what happens is up to the machine."""
    began = time.monotonic()

    def tell(words: str) -> None:
        say(f"{time.monotonic() - began:6.1f} s  {words}")

    async with set_stage(folder, size) as stage:
        tell("everything is up")
        branches = await open_branches(stage, size.connections)
        tell(f"{len(branches)} connections are configured and synchronised")
        sender, harm = await rage(stage, branches, size, seed)
        tell(
            f"the storm has passed: {len(sender.acknowledged)} events acknowledged, {sender.attempts_failed} attempts "
            f"were not, {sender.redelivered} posts sent again; harm in order: {', '.join(harm.order)}"
        )
        verdict = Verdict()
        verdict.wrong += await settled(stage, size.settle_seconds)
        tell("the service is at rest")
        await judge(stage, branches, sender, verdict)
        tell(f"{verdict.records} records were looked for")
        tied = await tie_out(stage, branches)
        verdict.wrong += tied.wrong
        tell(f"{tied.judged} documents and pieces of money were tied out: {tied.summary}")
        if verdict.passed:
            verdict.wrong += await run_again(stage, branches[:AGAIN], size.settle_seconds)
            tell("a further run has ended")
        memory = ", ".join(f"{name} {stage.programs.all[name].most_memory / 1e6:.0f} MB" for name in (*APIS, *WORKERS))
        ended = {name: stage.programs.all[name].ended for name in (*APIS, *WORKERS) if stage.programs.all[name].ended}
        tell(f"most memory: {memory}; ended by themselves: {ended or 'none'}")
    return Report(
        verdict,
        f"chaos: {len(sender.acknowledged)} events acknowledged, {size.connections} connections, {harm.kills} kills, "
        f"{harm.flushes} flushes, {harm.redis_kills} Redis kills, {harm.stops} database stops, "
        f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled, tied out: {tied.summary}",
    )
