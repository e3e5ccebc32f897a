"""One life from one seed: deeds, runs between them, vendors that misbehave, then rest and the verdict."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.domain.model.write_fields import format_write_field
from tests.simulation import accounting, chosen
from tests.simulation.answering import connected_again, decided_what_is_asked
from tests.simulation.banking import banked, choose
from tests.simulation.life import Life
from tests.simulation.outside import Outside, Postman, deliver, subscribe
from tests.simulation.people import BUSY, act
from tests.simulation.scheduled import due, unscheduled
from tests.simulation.verdict import Verdict, judge
from tests.simulation.watch import forbidden
from tests.simulation.worlds import born, country_of, world_of
from tests.support.joint import joined

TROUBLE = (
    ("quickbooks", "answer_lost", {"probability": 0.3}),
    ("quickbooks", "error_after_commit", {"probability": 0.3}),
    ("quickbooks", "requestid_ignored", {}),
    ("quickbooks", "requestid_forgotten", {}),
    ("quickbooks", "batch_reordered", {}),
    ("quickbooks", "synctoken_bumped", {"probability": 0.3}),
    ("quickbooks", "touched_without_token", {"probability": 0.3}),
    ("quickbooks", "tax_per_line", {}),
    ("quickbooks", "answer_timed_out", {"probability": 0.3}),
    ("quickbooks", "unauthorised_after_commit", {"probability": 0.3}),
    ("quickbooks", "unavailable_html", {"probability": 0.2}),
    ("quickbooks", "system_fault", {"probability": 0.2}),
    ("quickbooks", "throttled", {"probability": 0.2}),
    ("quickbooks", "token_expired", {"times": 1}),
    ("quickbooks", "read_lag", {}),
    ("quickbooks", "displayname_taken", {"probability": 0.5}),
    ("quickbooks", "docnumber_taken", {"probability": 0.5}),
    ("quickbooks", "voided_meanwhile", {"times": 1}),
    ("quickbooks", "deleted_meanwhile", {"times": 1}),
    ("quickbooks", "inactivated_meanwhile", {"times": 1}),
    ("quickbooks", "merged_meanwhile", {"times": 1}),
    ("quickbooks", "paid_meanwhile", {"times": 1}),
    ("quickbooks", "deposited_meanwhile", {"times": 1}),
    ("oncord", "answer_lost", {"probability": 0.3}),
    ("oncord", "error_after_commit", {"probability": 0.3}),
    ("oncord", "stale_versions", {"probability": 0.3}),
    ("oncord", "pages_change", {"probability": 0.3}),
    ("oncord", "throttled", {"probability": 0.2}),
)
"""What the vendors, and people in the middle of a run, do now and then."""
MOST_RUNS = 12
AN_HOUR = 3600
IN_BETWEEN = 0.06
"""How likely the post comes after one of the service's calls."""
MEANWHILE = 0.02
"""How likely somebody does something then."""
AT_ONCE = 0.1
"""How likely somebody decides then what is asked about the configuration, where somebody watches the console."""
BANKED = 0.15
"""How likely money is moved to another account, or said to have come by another method, or a document is sent, where
somebody does such things."""
BANKED_FROM = 200_100
"""In lives from this seed on somebody does; those before go on as they were."""
ACCOUNTED = 0.5
"""How likely something of what an accountant brings happens after each deed, where one is about."""
ACCOUNTED_FROM = 600_000
"""In lives from this seed on one is, likewise."""
CHOSEN = 0.35
"""How likely something happens after each deed that comes of what was chosen otherwise than most do, where it was."""
CHOSEN_FROM = 700_000
"""In lives from this seed on it may be, likewise."""
WATCHED_FROM = 200_060
"""In lives from this seed on somebody does. They came later: the lives before, which are on record, go on as they were."""


@dataclass
class End:
    """How a life ended."""

    seed: int
    verdict: Verdict
    told: list[str]


async def live(database_url: str, seed: int, deeds: int = 60) -> End:
    """Live one life on an empty database."""
    outside, postman = Outside(), Postman()
    country = country_of(world_of(seed))
    async with joined(database_url, seed=seed, country=country, around=outside.around, postman=postman) as joint:
        life = await born(joint, outside, seed)
        await subscribe(joint, postman)
        outside.before = lambda call: forbidden(life, call)
        watcher = random.Random(f"watcher {seed}") if seed >= WATCHED_FROM else None
        banker = random.Random(f"banker {seed}") if seed >= BANKED_FROM else None
        if banker is not None:
            await choose(life, banker)
        accountant = random.Random(f"accountant {seed}") if seed >= ACCOUNTED_FROM else None
        if accountant is not None:
            await accounting.begin(life, accountant)
        chooser = random.Random(f"chooser {seed}") if seed >= CHOSEN_FROM else None
        if chooser is not None:
            await chosen.begin(life, chooser)
        outside.after = _in_between(life, random.Random(f"fate {seed}"), watcher)
        for life.tick in range(1, deeds + 1):
            await act(life)
            if banker is not None and banker.random() < BANKED:
                await banked(life, banker)
            if accountant is not None and accountant.random() < ACCOUNTED:
                await accounting.account(life, accountant)
            if chooser is not None and chooser.random() < CHOSEN:
                await chosen.happen(life, chooser)
            if life.likely(0.4):
                await deliver(joint)
            if life.likely(0.3):
                await _run(life)
        outside.after = None
        problems = await _rest(life)
        verdict = await judge(life)
        verdict.violations += list(dict.fromkeys(life.faults)) + problems
        return End(seed, verdict, life.told)


def _in_between(life: Life, fate: random.Random, watcher: random.Random | None) -> Callable[[], Awaitable[None]]:
    """After a call of the service the post may come, or somebody may do something, `watcher` by chances of its own."""
    busy = False

    async def happens() -> None:
        nonlocal busy
        if busy:
            return
        busy = True
        try:
            if fate.random() < IN_BETWEEN:
                await deliver(life.joint)
            if fate.random() < MEANWHILE:
                life.told.append(f"{life.tick:3} meanwhile:")
                await act(life, BUSY)
            if watcher is not None and watcher.random() < AT_ONCE:
                await decided_what_is_asked(life, watcher)
        finally:
            busy = False

    return happens


async def _run(life: Life) -> None:
    """A run, perhaps in trouble; it may fail, and then the next one goes on."""
    joint = life.joint
    trouble = life.chance.choice(TROUBLE) if life.likely(0.5) else None
    if trouble:
        await joint.hazard(trouble[0], trouble[1], **trouble[2])
    download = life.likely(0.5)
    life.outside.since_rest = 0
    _begins(life)
    done = await joint.sync(download=download)
    _ended(life, done.state, bool(trouble))
    if trouble:
        await joint.hazard(trouble[0], trouble[1], on=False)
    name = trouble[1] if trouble else ""
    life.told.append(f"{life.tick:3} run   {name} {done.state} {done.error or ''} {done.counters}")
    await _tell(life)
    await connected_again(life)
    if done.state in ("succeeded", "partial", "held"):
        await unscheduled(life)
    if download and not trouble and done.state in ("succeeded", "partial"):
        life.clean.append(life.tick)


def _begins(life: Life) -> None:
    life.runs.append(life.joint.clock.now())
    if life.guard is not None:
        life.guard.run_begins()


def _ended(life: Life, state: str, trouble: bool) -> None:
    life.runs.append(life.joint.clock.now())
    if life.guard is not None:
        life.guard.run_ended(through=state in ("succeeded", "partial", "held") and not trouble)


async def _tell(life: Life) -> None:
    for decided in await life.joint.decisions():
        o = decided.operation
        life.told.append(
            f"          {o.action.value} {o.side.value} {o.kind.value} {o.source_id}->{o.target_id} {tuple(map(format_write_field, o.fields))} "
            f"{o.rule} {o.reason} [{decided.state} {decided.result_id} {decided.message}]"
        )


async def _rest(life: Life) -> list[str]:
    """Run until nothing more is written; mass deletes are approved, what waits for its time gets time."""
    joint = life.joint
    written: list[tuple[str, str, str]] = []
    for _ in range(MOST_RUNS):
        await deliver(joint)
        joint.clock.pass_time(AN_HOUR * 7)
        await deliver(joint)
        life.outside.since_rest = 0
        _begins(life)
        done = await joint.sync()
        _ended(life, done.state, trouble=False)
        writes = await joint.writes()
        life.told.append(f"end run   {done.state} {done.error or ''} {done.counters}")
        await _tell(life)
        held = [i for i in await joint.attention() if "approve" in i.actions]
        for item in held:
            await joint.answer(item.id, "approve")
        if not writes and not held and done.state != "failed" and not await due(life):
            return []
        written = writes
    return [f"no rest after {MOST_RUNS} runs: {written}"]
