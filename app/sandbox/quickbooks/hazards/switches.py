"""The switches that make the simulator misbehave as QBO, a network or another person would.

A hazard is off until it is switched on (few are on from the start). Once on, `strikes` decides at every matching call, by its parameters and the
world's own chance, whether it bites: `entity` (only this one: an entity, or query, cdc, batch, oauth), `after` (let the first n matching calls pass),
`times` (bite at most n times, 0 = no limit), `for_seconds` (only that long after it was switched on), `probability`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.sandbox.quickbooks.clock import Clock
from app.sandbox.quickbooks.hazards.catalogue import CATALOGUE, COMMON

Parameters = dict[str, Any]


class HazardError(ValueError):
    """The side door was asked for a hazard or a parameter that does not exist."""


@dataclass(slots=True)
class Switch:
    on: bool = False
    parameters: Parameters = field(default_factory=dict)
    since: float = 0.0
    seen: int = 0
    struck: int = 0


class Hazards:
    """Every switch of one world."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock, self._chance = clock, chance
        self.switches = {slug: self._at_first(slug) for slug in CATALOGUE}

    @classmethod
    def _at_first(cls, slug: str) -> Switch:
        return Switch(CATALOGUE[slug].on, cls._defaults(slug))

    @staticmethod
    def _defaults(slug: str) -> Parameters:
        return {**COMMON, **CATALOGUE[slug].parameters}

    def on(self, slug: str) -> Parameters | None:
        """The parameters while the switch is on, without counting a call: for standing conditions such as limits."""
        switch = self.switches[slug]
        return switch.parameters if switch.on and self._within(switch) else None

    def strikes(self, slug: str, entity: str = "") -> Parameters | None:
        """Whether the hazard bites this call; counts it."""
        switch = self.switches[slug]
        if not switch.on or not self._within(switch):
            return None
        parameters = switch.parameters
        wanted = str(parameters["entity"]).lower()
        if wanted and wanted not in entity.lower().split(","):
            return None
        switch.seen += 1
        if switch.seen <= int(parameters["after"]):
            return None
        if parameters["times"] and switch.struck >= int(parameters["times"]):
            return None
        if parameters["probability"] < 1 and self._chance.random() >= float(parameters["probability"]):
            return None
        switch.struck += 1
        return parameters

    def _within(self, switch: Switch) -> bool:
        limit = switch.parameters["for_seconds"]
        return not limit or self._clock.now().timestamp() < switch.since + float(limit)

    def turn(self, slug: str, on: bool = True, **parameters: Any) -> None:
        """Switches one hazard; parameters that are not named keep their value. Switching on starts its counts anew.

        Raises `HazardError` for a name that is none.
        """
        if slug not in self.switches:
            raise HazardError(f"no hazard {slug}")
        switch = self.switches[slug]
        unknown = parameters.keys() - switch.parameters.keys()
        if unknown:
            raise HazardError(f"{slug} has no parameter {', '.join(sorted(unknown))}")
        for name, value in parameters.items():
            if isinstance(self._defaults(slug)[name], int) and not isinstance(value, int | float | Decimal):
                raise HazardError(f"{slug}: {name} is a number")
        if on:
            switch.since, switch.seen, switch.struck = self._clock.now().timestamp(), 0, 0
        else:
            switch.parameters = self._defaults(slug)
        switch.on = on
        switch.parameters = {**switch.parameters, **parameters}

    def change(self, wishes: Mapping[str, Any]) -> None:
        """The side door's PUT: `{slug: true | false | {"on": ..., parameter: value}}`.

        Raises `HazardError` for anything else.
        """
        for slug, wish in wishes.items():
            if isinstance(wish, bool):
                self.turn(slug, wish)
            elif isinstance(wish, Mapping):
                parameters = {key: value for key, value in wish.items() if key != "on"}
                self.turn(slug, bool(wish.get("on", True)), **parameters)
            else:
                raise HazardError(f"{slug}: give true, false or parameters")

    def listing(self) -> list[dict[str, Any]]:
        return [
            {
                "slug": slug,
                "on": switch.on,
                "description": CATALOGUE[slug].description,
                "parameters": switch.parameters,
                "seen": switch.seen,
                "struck": switch.struck,
            }
            for slug, switch in self.switches.items()
        ]

    def snapshot(self) -> dict[str, Any]:
        return {
            slug: {"on": s.on, "parameters": s.parameters, "since": s.since, "seen": s.seen, "struck": s.struck}
            for slug, s in self.switches.items()
            if s.on or CATALOGUE[slug].on
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        for slug in self.switches:
            self.switches[slug] = self._at_first(slug)
        for slug, facts in saved.items():
            if slug in self.switches:
                parameters = {**self._defaults(slug), **facts["parameters"]}
                since = float(facts["since"])
                self.switches[slug] = Switch(
                    bool(facts.get("on", True)), parameters, since, int(facts["seen"]), int(facts["struck"])
                )
