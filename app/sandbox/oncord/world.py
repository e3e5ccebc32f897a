"""The simulated world: the shops, the clock, chance, the hazards and the log. There is no other state.

Two worlds in one process never meet. The same seed and the same calls give the same ids, tokens and
accidents.
"""

import random
from collections import deque
from typing import Any

import httpx

from app.sandbox.oncord import sample
from app.sandbox.oncord.clock import Clock
from app.sandbox.oncord.events import Events
from app.sandbox.oncord.hazards import Hazards
from app.sandbox.oncord.site import Site

LOGGED = 500


class World:
    """Everything that the simulator remembers.

    `site_id` and `token` make a shop at once (the demo's, always listed first); `transport` is how events
    travel, for instance an `httpx.ASGITransport` around the receiver.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        time_scale: float = 1.0,
        site_id: str | None = None,
        token: str | None = None,
        country: str = "AU",
        with_sample: bool = True,
    ) -> None:
        self.clock = clock or Clock()
        self.chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.hazards = Hazards(self.clock, self.chance)
        self.sites: dict[str, Site] = {}
        self.events = Events(self.clock, self.chance, self.hazards, self.sites, transport, time_scale)
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED)
        self.revision = 0
        if site_id is not None:
            self.add_site(country=country, with_sample=with_sample, site_id=site_id, token=token)

    def add_site(
        self,
        *,
        country: str = "AU",
        with_sample: bool = True,
        site_id: str | None = None,
        token: str | None = None,
        name: str | None = None,
    ) -> Site:
        """A new shop with the configuration of its country and, if wanted, some customers and sales."""
        site = Site(site_id or self._free_id(), self.clock, token or self.new_token())
        sample.configure(site, country)
        if name:
            site.name = name
        if with_sample:
            sample.fill(site)
        self.sites[site.id] = site
        self.announce(site)
        return site

    def _free_id(self) -> str:
        number = len(self.sites) + 1
        while f"site-{number}" in self.sites:
            number += 1
        return f"site-{number}"

    def new_token(self) -> str:
        """A bearer token, by the world's own chance."""
        return f"oncord_{self.chance.getrandbits(160):040x}"

    def announce(self, site: Site) -> None:
        """Something happened at a shop: have it told, and remember that there is something to save."""
        self.revision += 1
        changes, site.changes = site.changes, []
        self.events.publish(site, changes)
