"""The whole world as one JSON document, and back; undelivered events included.

Indexes are not saved but rebuilt. The document is only meant for this simulator: it carries tokens and
secrets, and a number for its format.
"""

import json
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.sandbox.oncord.hazards import Hazard
from app.sandbox.oncord.outbox import Message, Outbox
from app.sandbox.oncord.site import Seen, Site
from app.sandbox.oncord.world import World

FORMAT = 1
PLAIN = [
    "id",
    "token",
    "name",
    "country",
    "currency",
    "time_zone",
    "prices_include_tax",
    "features",
    "revoked",
    "connector",
    "payment_methods",
    "tax_codes",
    "products",
    "last_line_id",
    "last_number",
    "last_moment",
]


def saved(world: World) -> dict[str, Any]:
    """Everything that the world remembers, except the log."""
    return {
        "format": FORMAT,
        "clock_offset_seconds": world.clock.offset.total_seconds(),
        "chance": world.chance.getstate(),
        "time_scale": world.events.time_scale,
        "hazards": [vars(hazard) for hazard in world.hazards.all.values()],
        "sites": [_site(site) for site in world.sites.values()],
        "events": [vars(message) for outbox in world.events.pending.values() for message in outbox],
    }


def _site(site: Site) -> dict[str, Any]:
    return {
        **{name: getattr(site, name) for name in PLAIN},
        "calls": dict(site.calls),
        "keys": {key: [seen.digest, seen.at, seen.result] for key, seen in site.keys.items()},
        "shelves": {
            name: {
                "last_id": shelf.last_id,
                "records": list(shelf.records.values()),
                "buried": list(shelf.buried.values()),
                "by_connector": sorted(shelf.by_connector),
            }
            for name, shelf in site.shelves.items()
        },
    }


def load(world: World, whole: dict[str, Any]) -> None:
    """Replace the world's content; raises KeyError, TypeError or ValueError for anything but a saved world,
    and then leaves the world as it was."""
    if whole["format"] != FORMAT:
        raise ValueError(f"format {whole['format']} is not {FORMAT}")
    sites = [_loaded(world, entry) for entry in whole["sites"]]
    hazards = [Hazard(**entry) for entry in whole["hazards"]]
    messages = [Message(**entry) for entry in whole["events"]]
    version, words, gauss = whole["chance"]
    chance = random.Random()  # noqa: S311 - its state follows
    chance.setstate((version, tuple(words), gauss))
    world.chance.setstate(chance.getstate())
    world.clock.offset = timedelta(seconds=float(whole["clock_offset_seconds"]))
    world.events.time_scale = float(whole["time_scale"])
    world.hazards.all.update({hazard.slug: hazard for hazard in hazards})
    world.sites.clear()
    world.sites.update({site.id: site for site in sites})
    world.events.pending.clear()
    for message in messages:
        world.events.pending.setdefault(message.site_id, Outbox()).add(message)
    world.revision += 1
    world.events.wake.set()


def _loaded(world: World, entry: dict[str, Any]) -> Site:
    site = Site(clock=world.clock, **{name: entry[name] for name in PLAIN})
    site.calls = Counter(entry["calls"])
    site.keys = {key: Seen(*seen) for key, seen in entry["keys"].items()}
    for name, shelf in site.shelves.items():
        kept = entry["shelves"][name]
        shelf.last_id = int(kept["last_id"])
        shelf.records = {record["id"]: record for record in kept["records"]}
        shelf.buried = {record["id"]: record for record in kept["buried"]}
        shelf.by_connector = set(kept["by_connector"])
        shelf.rebuild()
    return site


def write(world: World, path: Path) -> None:
    """Save to a file that is at any moment either the old world or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(saved(world), separators=(",", ":")), encoding="utf-8")
    fresh.replace(path)


def read(world: World, path: Path) -> None:
    """Load from a file that `write` made."""
    load(world, json.loads(path.read_text(encoding="utf-8")))
