"""Everything that can go wrong on purpose: switches, off by default, set through the side door.

A hazard *strikes* on some of its occasions: after the first `after` of them, with `probability`, at most
`times`, only for `entity`, and only for `for_seconds` of virtual time from the moment it was switched on;
0 (or an empty text) is no limit.
Chance is the world's own, so that the same seed gives the same accidents.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.sandbox.oncord.clock import Clock, read, written

COMMON: dict[str, Any] = {"probability": 1.0, "after": 0, "times": 0, "entity": "", "for_seconds": 0}
SINGULAR = {"contacts": "contact", "sales": "sale", "receipts": "receipt"}

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "answer_lost": (
        "A batch is carried out, but its answer never arrives: the connection breaks, after a while.",
        {"seconds": 0.0},
    ),
    "error_after_commit": ("A batch is carried out, but answered with a server error.", {"status": 500}),
    "stale_versions": ("Somebody saves the record just before an update of it arrives.", {}),
    "events_dropped": ("A change is never told.", {}),
    "events_doubled": ("A change is told twice, with the same webhook-id.", {}),
    "events_delayed": ("A change is told late; later ones overtake it.", {"seconds": 30.0}),
    "events_reordered": ("Changes are told in a random order, within a few seconds.", {"seconds": 2.0}),
    "events_held": ("Nothing is told while this is on; all of it afterwards.", {}),
    "unavailable": ("The connector API answers with a server error and does nothing.", {"status": 503}),
    "latency": ("The connector API answers late.", {"seconds": 1.0}),
    "pages_change": ("Records are saved between one page and the next.", {"records": 1}),
    "throttled": ("The connector API answers 429 with Retry-After and does nothing.", {"retry_after": 1}),
}


class UnknownSetting(ValueError):
    """There is no such hazard or parameter, or the value has the wrong type."""


@dataclass
class Hazard:
    """One switch: whether it is on, how it is set, and what it has done since it was switched on."""

    slug: str
    on: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)
    since: str | None = None
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        self.parameters = {**COMMON, **KINDS[self.slug][1], **self.parameters}

    def ends(self) -> datetime | None:
        """When it switches itself off."""
        seconds = self.parameters["for_seconds"]
        return None if not seconds or self.since is None else read(self.since) + timedelta(seconds=float(seconds))


class Hazards:
    """All switches of a world."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self.clock = clock
        self.chance = chance
        self.all = {slug: Hazard(slug) for slug in KINDS}

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Set those that are named, to true, false or `{"on": ..., parameters}`; all of them or none."""
        prepared = [self._prepared(slug, value) for slug, value in wanted.items()]
        for hazard in prepared:
            self.all[hazard.slug] = hazard

    def _prepared(self, slug: str, value: Any) -> Hazard:
        if slug not in KINDS:
            raise UnknownSetting(f"there is no hazard {slug!r}; there are {', '.join(KINDS)}")
        settings = {"on": value} if isinstance(value, bool) else dict(value)
        on = bool(settings.pop("on", True))
        hazard = Hazard(slug, on, since=written(self.clock.now()) if on else None)
        for name, setting in settings.items():
            if name not in hazard.parameters:
                raise UnknownSetting(f"{slug} has no parameter {name!r}; it has {', '.join(hazard.parameters)}")
            number = name != "entity"
            if setting is not None and (isinstance(setting, bool) or isinstance(setting, str) is number):
                raise UnknownSetting(f"{slug}.{name} cannot be {setting!r}")
            hazard.parameters[name] = KINDS[slug][1].get(name, COMMON.get(name)) if setting is None else setting
        entity = str(hazard.parameters["entity"]).lower()
        hazard.parameters["entity"] = SINGULAR.get(entity, entity)
        return hazard

    def active(self, slug: str, entity: str | None = None) -> bool:
        """Whether it is on for this entity, without counting an occasion."""
        hazard = self.all[slug]
        if not hazard.on:
            return False
        ends = hazard.ends()
        if ends is not None and self.clock.now() >= ends:
            hazard.on = False
            return False
        only = hazard.parameters["entity"]
        return not only or entity is None or only == entity

    def strikes(self, slug: str, entity: str | None = None) -> dict[str, Any] | None:
        """Its parameters, when it strikes on this occasion."""
        if not self.active(slug, entity):
            return None
        hazard = self.all[slug]
        settings = hazard.parameters
        hazard.seen += 1
        if hazard.seen <= (settings["after"] or 0):
            return None
        if settings["times"] and hazard.struck >= settings["times"]:
            return None
        probability = settings["probability"]
        if probability is not None and probability < 1 and self.chance.random() >= probability:
            return None
        hazard.struck += 1
        return settings

    def describe(self) -> list[dict[str, Any]]:
        """Every hazard, as the side door shows it."""
        return [
            {
                "slug": slug,
                "on": self.active(slug),
                "description": KINDS[slug][0],
                "parameters": hazard.parameters,
                "seen": hazard.seen,
                "struck": hazard.struck,
            }
            for slug, hazard in self.all.items()
        ]
