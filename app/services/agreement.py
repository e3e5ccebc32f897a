"""The light of a connection: whether both sides agree, by the last tie-outs (law 11) and by what waits since; by no run's success."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from app.domain.guards.stuck import Outlook
from app.storage.connections.connections import Connection, State
from app.storage.records.source_checks import Checked
from app.storage.tieouts.results import Standing
from app.tieout.certificate import UNKNOWN, light

Light = Literal["agrees", "waits", "differs", "unexplained", "unknown"]

KNOWN_FOR = dt.timedelta(hours=36)
"""So long a comparison of everything says something: three of the twelve hours after which both sides are read (T2)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`since`: for `unknown`, from when on nothing is known; else when everything was last compared.

    `as_of` is the latest tie-out, which may have looked only at what one run touched; None where there was none.
    """

    light: Light
    differences: int
    unexplained: int
    since: dt.datetime
    as_of: dt.datetime | None
    tie_out_id: str
    checked: Checked
    """When what was compared was itself last checked against both sides."""
    ledger_at: dt.datetime | None = None
    """When QuickBooks' own reports were last held against the documents; None: never, documents were compared only."""
    overdue: int = 0
    """How many differences are open for longer than 30 days, or across the end of a reporting period."""
    behind: int = 0
    """How many changed records wait for a synchronisation, since `behind_since` (`domain.guards.stuck.Outlook`)."""
    behind_since: dt.datetime | None = None


def agreement(
    connection: Connection, standing: Standing | None, checked: Checked, outlook: Outlook, now: dt.datetime
) -> Agreement:
    """What a connection's light is at this moment, and what it is the light of."""
    if standing is None:
        return Agreement(UNKNOWN, 0, 0, connection.created_at, None, "", checked)
    return Agreement(
        light_at(connection.state, standing, outlook, now),
        standing.differences,
        standing.unexplained,
        standing.whole_at,
        standing.as_of,
        standing.tie_out_id,
        checked,
        standing.ledger_at,
        standing.overdue,
        outlook.behind,
        outlook.behind_since,
    )


def light_at(state: State, standing: Standing | None, outlook: Outlook, now: dt.datetime) -> Light:
    """The light by itself, of what the tie-outs of a connection have left standing; None where there was none.

    Of one that nobody can read, that both sides agreed says nothing of now; nor does it while changes wait that nobody carries over.
    """
    if standing is None or now - standing.whole_at > KNOWN_FOR:
        return UNKNOWN
    known = light(standing.differences, standing.unexplained)
    if known != "agrees":
        return known
    if state != "ready":
        return UNKNOWN
    return "waits" if outlook.behind else known
