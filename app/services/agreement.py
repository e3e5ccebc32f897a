"""The light of a connection: whether both sides agree, by the last tie-outs and by nothing else (law 11)."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from app.storage.connections.connections import Connection, State
from app.storage.records.source_checks import Checked
from app.storage.tieouts.results import Standing
from app.tieout.certificate import UNKNOWN, light

Light = Literal["agrees", "differs", "unexplained", "unknown"]

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
    """How many differences are open for longer than 30 days, or across the end of a quarter."""


def agreement(connection: Connection, standing: Standing | None, checked: Checked, now: dt.datetime) -> Agreement:
    """What a connection's light is at this moment, and what it is the light of."""
    if standing is None:
        return Agreement(UNKNOWN, 0, 0, connection.created_at, None, "", checked)
    return Agreement(
        light_at(connection.state, standing, now),
        standing.differences,
        standing.unexplained,
        standing.whole_at,
        standing.as_of,
        standing.tie_out_id,
        checked,
        standing.ledger_at,
        standing.overdue,
    )


def light_at(state: State, standing: Standing | None, now: dt.datetime) -> Light:
    """The light by itself, of what the tie-outs of a connection have left standing; None where there was none.

    Of one that nobody can read, that both sides agreed says nothing of now.
    """
    if standing is None or now - standing.whole_at > KNOWN_FOR:
        return UNKNOWN
    known = light(standing.differences, standing.unexplained)
    return UNKNOWN if known == "agrees" and state != "ready" else known
