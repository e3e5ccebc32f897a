"""The operator's list: all connections, trouble first, with why, since when, and the next step."""

import datetime as dt
from dataclasses import dataclass

from app.domain.guards.read_budget import Budget, Pace, forecast
from app.domain.guards.stuck import NOTHING_WAITS, Outlook
from app.errors import Remedy
from app.freshness import alarms, outlooks
from app.services.agreement import Light, light_at
from app.services.ports import ServiceContainer
from app.storage import watchlist
from app.storage.changes import change_queue
from app.storage.database import EVERY_CONNECTION
from app.storage.paging import Page
from app.storage.people import attention
from app.storage.runs import meter, runs
from app.storage.runs.runs import Run
from app.storage.tieouts import results
from app.storage.watchlist import COUNTED, Limits, Looked, Trouble, Watched
from app.zones import zone_named

ACCESS_AHEAD = dt.timedelta(days=14)
"""So long before QuickBooks' permission ends it is a trouble."""
BACKLOG_AFTER = dt.timedelta(hours=1)
"""So long a record may wait: six times the longest that it waits for quiet (T1)."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: `page` is where, `button` what is pressed there; `posts` whether the page takes it as a form."""

    button: str
    page: str
    posts: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One connection of the list. `why` has a sentence for each trouble, the worst first."""

    watched: Watched
    why: tuple[str, ...]
    since: dt.datetime | None
    """Since when the worst of it is so (until when, where access ends); None where nothing is the matter."""
    step: Step | None
    light: Light
    behind: int
    """How many changed records wait for a synchronisation, since `behind_since`: where the light would be green but for them it `waits`."""
    behind_since: dt.datetime | None
    forecast: int
    """How many reads its month comes to if it goes on so."""
    open_items: int
    last_run: Run | None


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A page of the list, with how many connections there are of each sort."""

    page: Page[Listed]
    counts: dict[str, int]
    reads: int
    forecast: int
    """How many this month comes to if it goes on so."""
    monthly_reads: int
    pace: Pace


async def list_watched(container: ServiceContainer, looked: Looked, limit: int, cursor: str | None) -> Watchlist:
    """Live connections, trouble first: by a fixed number of statements, however many connections there are."""
    now, allowed = container.clock.now(), container.allowed
    woken = await container.waker.waiting()
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        alarming = (await alarms(tx, now, allowed, woken)).outlooks
        stuck = {each: _stuck_since(outlook, now) for each, outlook in alarming.items()}
        used = await meter.used_this_month(tx, now.date())
        pace = Budget(allowed.monthly_reads).pace(used, now.date())
        limits = Limits(
            access_until=now + ACCESS_AHEAD,
            waiting_since=now - BACKLOG_AFTER,
            month=now.date().replace(day=1),
            reads=allowed.monthly_reads if pace is not Pace.FREE else None,
        )
        page, counts = await watchlist.page(tx, looked, limits, stuck, now, limit, cursor)
        ids = [each.id for each in page.items]
        standing = await results.standing(tx, ids)
        waiting = await change_queue.where_anything_waits(tx, ids)
        ahead = await outlooks(tx, waiting, now, allowed, woken) if waiting else {}
        items = await attention.open_counts(tx, ids)
        last = await runs.latest(tx, ids)
    behind = {each: ahead.get(each, NOTHING_WAITS) for each in ids}
    lights = {each.id: light_at(each.state, standing.get(each.id), behind[each.id], now) for each in page.items}
    listed = tuple(
        Listed(
            watched=each,
            why=tuple(_why(trouble, each, alarming.get(each.id)) for trouble in each.troubles),
            since=each.since if each.troubles else None,
            step=_step(each, lights[each.id]),
            light=lights[each.id],
            behind=behind[each.id].behind,
            behind_since=behind[each.id].behind_since,
            forecast=forecast(each.reads, now),
            open_items=items.get(each.id, 0),
            last_run=last.get(each.id),
        )
        for each in page.items
    )
    total = forecast(used, now)
    return Watchlist(Page(listed, page.next_cursor), counts, used, total, allowed.monthly_reads, pace)


def _stuck_since(outlook: Outlook, now: dt.datetime) -> dt.datetime:
    return min((moment for moment in (outlook.stuck_since, outlook.unread_since) if moment is not None), default=now)


def _why(trouble: Trouble, each: Watched, outlook: Outlook | None) -> str:
    """What is the matter, in a sentence."""
    if trouble is Trouble.STUCK:
        records = outlook.stuck if outlook is not None else 0
        if not records:
            return "Both sides should have been read again by now, and nobody does."
        return f"{_counted(records, 'record is', 'records are')} due, and nobody is going to look at {'it' if records == 1 else 'them'}."
    if trouble is Trouble.UNEXPLAINED:
        return f"{_counted(each.unexplained, 'difference', 'differences')} between both sides without an explanation."
    if trouble is Trouble.ACCESS_ENDS:
        assert each.access_ends is not None  # or it would not be the matter
        ends = each.access_ends.astimezone(zone_named(each.time_zone))
        return f"QuickBooks' permission ends on {ends:%-d %b %Y}."
    if trouble is Trouble.BACKLOG:
        least = "at least " if each.waiting >= COUNTED else ""
        return f"{least.capitalize()}{_counted(each.waiting, 'record has', 'records have')} waited for over an hour."
    if trouble is Trouble.READS:
        return f"It has read QuickBooks {_counted(each.reads, 'time', 'times')} this month, more than its share of what is left."
    if trouble is Trouble.NOT_SET_UP:
        joined = each.state == "needs_configuration"
        return "Nobody has configured it yet." if joined else "No QuickBooks company is joined."
    stopped = "It cannot synchronise" if trouble is Trouble.BLOCKED else "QuickBooks has to be connected anew"
    return each.state_reason or f"{stopped}."


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _step(each: Watched, light: Light) -> Step | None:
    """What to do about the worst of it."""
    here = f"/connections/{each.id}"
    match each.troubles[0] if each.troubles else None:
        case Trouble.STUCK:
            return Step("Synchronise", f"{here}/synchronise", posts=True)
        case Trouble.RECONNECT | Trouble.BLOCKED if each.remedy == Remedy.SITE_TOKEN:
            return Step("Give a fresh Oncord token", f"{here}#site")
        case Trouble.RECONNECT | Trouble.BLOCKED if each.remedy == Remedy.SITE_ADDRESS:
            return Step("Correct the site's address", f"{here}#site")
        case Trouble.RECONNECT | Trouble.ACCESS_ENDS:
            return Step("Reconnect QuickBooks", consent_of(each.id))
        case Trouble.BLOCKED if each.remedy == Remedy.CONSENT:
            return Step("Reconnect QuickBooks", consent_of(each.id))
        case Trouble.BLOCKED:
            return Step("See what has stopped it", f"{here}#attention")
        case Trouble.UNEXPLAINED:
            return Step("See the differences", f"{here}#agreement")
        case Trouble.BACKLOG:
            return Step("See what waits", f"{here}#freshness")
        case Trouble.READS:
            return Step("See what it does", f"{here}#runs")
        case Trouble.NOT_SET_UP if each.state == "needs_configuration":
            return Step("Configure", f"{here}/configuration")
        case Trouble.NOT_SET_UP:
            return Step("Join QuickBooks", consent_of(each.id))
        case None if light == "waits":
            return Step("Synchronise now", f"{here}/synchronise", posts=True)
        case _:
            return None


def consent_of(connection_id: str) -> str:
    """Where the way to QuickBooks begins, and back to the connection's page."""
    return f"/oauth/quickbooks/connect?connection_id={connection_id}&return_to=/connections/{connection_id}"
