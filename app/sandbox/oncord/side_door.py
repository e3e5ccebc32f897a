"""The side door, part one: shops, hazards, clock, state and log. None of it exists at the vendor's.

Needs no token; its addresses start with `/_sandbox`, which cannot be mistaken for the connector's.
`side_records` is the other part: what a person does at a shop.
"""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Request
from pydantic import BaseModel, Field

from app.sandbox.oncord import state
from app.sandbox.oncord.clock import written
from app.sandbox.oncord.connector import PREFIX, TheWorld
from app.sandbox.oncord.hazards import KINDS
from app.sandbox.oncord.problems import Problem
from app.sandbox.oncord.site import Site

router = APIRouter(prefix="/_sandbox", include_in_schema=False)

COUNTERS = [
    "read",
    "write",
    "batch",
    "batch_writes",
    "records_read",
    "unauthorised",
    "throttled",
    "replayed",
    "marketing_triggers",
    "results_ok",
    "results_exists",
    "results_stale",
    "results_invalid",
    "results_not_found",
    "creates_contact",
    "creates_sale",
    "creates_receipt",
    "updates_contact",
    "updates_sale",
    "updates_receipt",
    "deletes_contact",
    "deletes_sale",
    "deletes_receipt",
    "events_posted",
    "events_refused",
]


def shop(world: TheWorld, site_id: str) -> Site:
    """The shop that an address names. Raises `Problem` (404) where there is none."""
    if (site := world.sites.get(site_id)) is None:
        raise Problem(404, f"There is no site {site_id}.")
    return site


TheShop = Annotated[Site, Depends(shop)]


class NewSite(BaseModel):
    """What a new shop may be given."""

    country: Literal["AU", "US"] = "AU"
    sample: bool = True
    name: str | None = None
    site_id: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{1,40}$")
    token: str | None = None


def described(request: Request, site: Site) -> dict[str, Any]:
    """A shop, with what a client needs to reach it."""
    base = str(request.base_url).rstrip("/")
    return {
        "site_id": site.id,
        "name": site.name,
        "country": site.country,
        "api_url": base + PREFIX.format(site_id=site.id),
        "token": site.token,
        "revoked": site.revoked,
        "connector_url": site.connector["url"],
        "contacts": len(site.shelves["contact"].records),
        "sales": len(site.shelves["sale"].records),
        "receipts": len(site.shelves["receipt"].records),
    }


@router.get("/sites")
async def list_sites(request: Request, world: TheWorld) -> Any:
    """Every shop, the first made first."""
    return {"items": [described(request, site) for site in world.sites.values()]}


@router.post("/sites")
async def open_site(request: Request, world: TheWorld, wanted: Annotated[NewSite | None, Body()] = None) -> Any:
    """A new shop."""
    wanted = wanted or NewSite()
    if wanted.site_id in world.sites:
        raise Problem(409, f"There is a site {wanted.site_id} already.")
    site = world.add_site(
        country=wanted.country,
        with_sample=wanted.sample,
        site_id=wanted.site_id,
        token=wanted.token,
        name=wanted.name,
    )
    return described(request, site)


@router.post("/sites/{site_id}/revoke")
async def revoke(request: Request, world: TheWorld, site: TheShop) -> Any:
    """The connector's token stops working."""
    site.revoked = True
    world.announce(site)
    return described(request, site)


@router.post("/sites/{site_id}/token")
async def renew_token(request: Request, world: TheWorld, site: TheShop) -> Any:
    """A new token for the connector; the one before stops working."""
    site.token, site.revoked = world.new_token(), False
    world.announce(site)
    return described(request, site)


@router.get("/sites/{site_id}/calls")
async def read_calls(site: TheShop) -> Any:
    """Counters since they were last cleared."""
    return {name: site.calls[name] for name in COUNTERS}


@router.delete("/sites/{site_id}/calls")
async def clear_calls(site: TheShop) -> Any:
    """Start counting anew; answers what was counted until now."""
    counted = {name: site.calls[name] for name in COUNTERS}
    site.calls.clear()
    return counted


@router.get("/hazards")
async def read_hazards(world: TheWorld) -> Any:
    """Every hazard, with its parameters."""
    return {"items": world.hazards.describe()}


@router.put("/hazards")
async def set_hazards(world: TheWorld, wanted: dict[str, Any]) -> Any:
    """Set the named hazards: `{"latency": {"on": true, "seconds": 2}, "throttled": false}`."""
    try:
        world.hazards.set(wanted)
    except (TypeError, ValueError) as error:
        raise Problem(422, str(error)) from error
    world.events.wake.set()
    return {"items": world.hazards.describe()}


@router.delete("/hazards")
async def clear_hazards(world: TheWorld) -> Any:
    """All quiet."""
    world.hazards.set(dict.fromkeys(KINDS, False))
    world.events.wake.set()
    return {"items": world.hazards.describe()}


class Leap(BaseModel):
    """How far the virtual clock jumps."""

    advance_seconds: float = Field(ge=0, le=3.2e9)


@router.post("/clock")
async def advance_clock(world: TheWorld, leap: Leap) -> Any:
    """Let time pass at once."""
    world.clock.advance(leap.advance_seconds)
    world.revision += 1
    world.events.wake.set()
    return {"now": written(world.clock.now())}


@router.get("/clock")
async def read_clock(world: TheWorld) -> Any:
    """The virtual moment."""
    return {"now": written(world.clock.now()), "offset_seconds": world.clock.offset.total_seconds()}


class Pace(BaseModel):
    """What the delays between two tries are multiplied with."""

    time_scale: float = Field(gt=0)


@router.get("/events")
async def read_events(world: TheWorld) -> Any:
    """The posts that wait, in order."""
    waiting = [message for outbox in world.events.pending.values() for message in outbox]
    return {
        "time_scale": world.events.time_scale,
        "items": [{**vars(message), "body": json.loads(message.body)} for message in waiting],
    }


@router.put("/events")
async def set_pace(world: TheWorld, pace: Pace) -> Any:
    """With a time_scale of 0.1, ten seconds between two tries become one."""
    world.events.time_scale = pace.time_scale
    return {"time_scale": pace.time_scale}


@router.get("/state")
async def read_state(world: TheWorld) -> Any:
    """The whole world."""
    return state.saved(world)


@router.put("/state")
async def load_state(world: TheWorld, whole: dict[str, Any]) -> Any:
    """Replace the whole world by one that `GET` gave."""
    try:
        state.load(world, whole)
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(422, f"This is not a saved world: {error!r}") from error
    return {"sites": list(world.sites)}


@router.get("/log")
async def read_log(world: TheWorld) -> Any:
    """The connector's last requests with their answers, oldest first."""
    return {"items": [{**entry, **{part: _read(entry[part]) for part in ("request", "answer")}} for entry in world.log]}


def _read(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text
