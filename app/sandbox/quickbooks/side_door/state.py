"""The whole world as one JSON value and back: the side door's `state`, and the file a standalone simulator keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.tables import Record, Table
from app.sandbox.quickbooks.events import Event
from app.sandbox.quickbooks.grants import Code, Grant
from app.sandbox.quickbooks.webhooks import Post
from app.sandbox.quickbooks.world import World

VERSION = 1
_FLAGS = ("last_number", "subscription_active", "admin_active", "author")


def snapshot(world: World) -> dict[str, Any]:
    """A picture of this moment: it shares only what is never changed in place, so it may be written down at leisure."""
    version, internal, gauss = world.chance.getstate()
    return {
        "version": VERSION,
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "clock_offset_seconds": world.clock.offset.total_seconds(),
        "chance": [version, list(internal), gauss],
        "hazards": world.hazards.snapshot(),
        "webhooks": {
            **world.webhooks.settings(),
            "waiting": [[due.timestamp(), _event(event)] for due, event in world.webhooks.waiting],
            "queue": [
                [post.due.timestamp(), post.failures, [_event(event) for event in post.events]]
                for post in world.webhooks.queue
            ],
        },
        "grants": [asdict(grant) for grant in world.grants.grants],
        "codes": {
            code: {
                "realm": known.realm,
                "redirect_uri": known.redirect_uri,
                "scope": known.scope,
                "expires": known.expires,
                "used": known.grant is not None,
            }
            for code, known in world.grants.codes.items()
        },
        "companies": [_company(company) for company in world.companies.values()],
    }


def _event(event: Event) -> dict[str, Any]:
    return {**asdict(event), "at": event.at.timestamp()}


def _company(company: Company) -> dict[str, Any]:
    return {
        "realm": company.realm,
        "country": company.country,
        "name": company.name,
        **{flag: getattr(company, flag) for flag in _FLAGS},
        "rates": {code: dict(days) for code, days in company.rates.items()},
        "sequences": dict(company.sequences),
        "counters": dict(company.traffic.counters),
        "replays": {key: [at, body] for key, (at, body) in company.replays.items()},
        "tables": {entity: _table(table) for entity, table in company.tables.items()},
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "rows": [[row.body, row.updated, dict(row.facts)] for row in table.rows.values()],
        "recent": list(table.recent),
        "deleted": [[row.body, row.updated, dict(row.facts)] for row in table.deleted.values()],
    }


def restore(world: World, saved: Mapping[str, Any]) -> None:
    """Replaces everything in the world with what was saved.

    Raises `ValueError` for anything but a saved world of this version.
    """
    if saved.get("version") != VERSION:
        raise ValueError("this is not a saved world of this version")
    companies = {facts["realm"]: _restored(world, facts) for facts in saved["companies"]}
    world.companies = companies
    world.client_id, world.client_secret = saved["client_id"], saved["client_secret"]
    world.clock.offset = max(world.clock.offset, timedelta(seconds=float(saved["clock_offset_seconds"])))
    version, internal, gauss = saved["chance"]
    world.chance.setstate((version, tuple(internal), gauss))
    world.hazards.restore(saved["hazards"])
    _webhooks(world, saved["webhooks"])
    _grants(world, saved)
    world.revision += 1


def _restored(world: World, facts: Mapping[str, Any]) -> Company:
    company = Company(world.surroundings, facts["realm"], facts["country"], facts["name"])
    for flag in _FLAGS:
        setattr(company, flag, facts[flag])
    company.rates = {code: dict(days) for code, days in facts.get("rates", {}).items()}
    company.sequences = dict(facts["sequences"])
    company.traffic.counters.update(facts["counters"])
    company.replays = {key: (float(at), body) for key, (at, body) in facts["replays"].items()}
    for entity, saved in facts["tables"].items():
        table = company.tables[entity]
        for body, updated, own in saved["rows"]:
            table.put(Record(body["Id"], body, updated, own))
        table.recent = dict.fromkeys(saved["recent"])
        table.deleted = {body["Id"]: Record(body["Id"], body, updated, own) for body, updated, own in saved["deleted"]}
    return company


def _webhooks(world: World, saved: Mapping[str, Any]) -> None:
    outbox = world.webhooks
    outbox.waiting = [(_moment(due), _told(event)) for due, event in saved["waiting"]]
    outbox.queue.clear()
    outbox.queue.extend(
        Post([_told(event) for event in events], _moment(due), failures) for due, failures, events in saved["queue"]
    )
    outbox.configure({key: saved[key] for key in ("url", "verifier_token", "format", "time_scale")})


def _told(event: Mapping[str, Any]) -> Event:
    return Event(**{**event, "at": _moment(event["at"])})


def _moment(timestamp: Any) -> datetime:
    return datetime.fromtimestamp(float(timestamp), UTC)


def _grants(world: World, saved: Mapping[str, Any]) -> None:
    def numbers(known: Mapping[str, Any]) -> dict[str, float]:
        return {key: float(value) for key, value in known.items()}

    world.grants.grants = [
        Grant(
            facts["realm"],
            facts["scope"],
            float(facts["since"]),
            facts["refresh"],
            float(facts["refresh_since"]),
            numbers(facts["previous"]),
            numbers(facts["access"]),
            facts["revoked"],
        )
        for facts in saved["grants"]
    ]
    used = Grant("", "", 0.0, "", 0.0, revoked=True)
    world.grants.codes = {
        code: Code(
            facts["realm"],
            facts["redirect_uri"],
            facts["scope"],
            float(facts["expires"]),
            used if facts["used"] else None,
        )
        for code, facts in saved["codes"].items()
    }
    world.grants.index()
