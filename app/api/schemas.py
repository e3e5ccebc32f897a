"""The shapes that leave the API, with an example each. Fields that scripts depend on are those of the reference page."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict

from app.api.freshness import EXAMPLE as FRESHNESS_EXAMPLE
from app.api.freshness import FreshnessOut
from app.errors import Remedy
from app.services.overview import Overview
from app.storage.people.audit import AuditEntry
from app.storage.runs.decisions import Decision
from app.storage.runs.runs import Run

_CONNECTION = "con_01h2xcejqtf2nbrexx3v"
SYNC_EXAMPLE = "run_01h2xd1m8kq4w7r0p5zt"

ConnectionId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The connection's id.", examples=[_CONNECTION])
]
SyncId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The run's id.", examples=[SYNC_EXAMPLE])]
ItemId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The item's id.", examples=["att_01h2xd1m8kq4w7r0p600"])
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="The `next_cursor` of the page before; leave it out to begin.")
]


def example(**values: Any) -> ConfigDict:
    """The configuration of a shape with one example."""
    return ConfigDict(json_schema_extra={"examples": [values]})


_CONNECTION_EXAMPLE: dict[str, Any] = {
    "id": _CONNECTION,
    "name": "Harbour Coffee",
    "state": "ready",
    "state_reason": "",
    "remedy": "",
    "realm_id": "9341453474484455",
    "company_name": "Harbour Coffee Pty Ltd",
    "site_name": "Harbour Coffee",
    "oncord_api_url": "https://shop.example/api/connector/v1",
    "auto_sync": True,
    "configured": True,
    "attention_count": 0,
    "agreement": {
        "light": "agrees",
        "differences": 0,
        "unexplained": 0,
        "since": "2026-11-22T02:04:11Z",
        "as_of": "2026-11-22T02:04:11Z",
        "tie_out_id": "tie_01h2xd1m8kq4w7r0p6aa",
    },
    "freshness": FRESHNESS_EXAMPLE,
    "last_sync": {"id": SYNC_EXAMPLE, "state": "succeeded", "finished_at": "2026-11-22T02:04:11Z"},
    "connected_at": "2026-11-20T23:15:00Z",
    "first_sync_completed_at": "2026-11-21T00:02:40Z",
    "created_at": "2026-11-20T23:10:00Z",
}


class LastSync(BaseModel):
    """The newest run of a connection."""

    id: str
    state: str
    finished_at: dt.datetime | None


class AgreementOut(BaseModel):
    """Whether both sides agree, to the cent: what the last tie-outs found, and not that no error was seen.

    `differs`: but for so many `differences`, each with a cause. `unexplained`: some have none. `unknown`: nothing was
    compared since `since`; otherwise everything was compared then, and what runs touched up to `as_of`.
    """

    light: Literal["agrees", "differs", "unexplained", "unknown"]
    differences: int
    unexplained: int
    since: dt.datetime
    as_of: dt.datetime | None
    tie_out_id: str | None


class ConnectionOut(BaseModel):
    """One Oncord site joined to one QuickBooks company."""

    model_config = example(**_CONNECTION_EXAMPLE)
    id: str
    name: str
    state: Literal["not_connected", "needs_configuration", "ready", "reconnect_required", "blocked"]
    state_reason: str
    remedy: Literal["", "connect_quickbooks", "renew_site_token", "correct_site_address"]
    realm_id: str | None
    company_name: str
    site_name: str
    oncord_api_url: str
    auto_sync: bool
    configured: bool
    attention_count: int
    agreement: AgreementOut
    freshness: FreshnessOut
    last_sync: LastSync | None
    connected_at: dt.datetime | None
    first_sync_completed_at: dt.datetime | None
    created_at: dt.datetime

    @classmethod
    def of(cls, overview: Overview) -> "ConnectionOut":
        """As it is shown."""
        connection, last = overview.connection, overview.last_run
        return cls(
            id=connection.id,
            name=connection.name,
            state=connection.state,
            state_reason=connection.state_reason,
            remedy=Remedy(connection.remedy).value,
            realm_id=connection.realm_id or None,
            company_name=overview.company_name,
            site_name=overview.site_name,
            oncord_api_url=connection.oncord_api_url,
            auto_sync=connection.auto_sync,
            configured=connection.configuration is not None,
            attention_count=overview.open_items,
            agreement=AgreementOut(
                light=overview.agreement.light,
                differences=overview.agreement.differences,
                unexplained=overview.agreement.unexplained,
                since=overview.agreement.since,
                as_of=overview.agreement.as_of,
                tie_out_id=overview.agreement.tie_out_id or None,
            ),
            freshness=FreshnessOut.of(overview.freshness),
            last_sync=LastSync(id=last.id, state=last.state, finished_at=last.finished_at) if last else None,
            connected_at=connection.connected_at,
            first_sync_completed_at=connection.first_sync_completed_at,
            created_at=connection.created_at,
        )


class ConnectionPage(BaseModel):
    """Connections, the oldest first."""

    items: list[ConnectionOut]
    next_cursor: str | None


class LaunchLink(BaseModel):
    """A link that a person opens in a browser to give access at QuickBooks; it needs no key and ends by itself."""

    model_config = example(
        url="https://sync.example/oauth/quickbooks/connect?launch=djEuazEuQm1n", expires_at="2026-11-23T02:00:00Z"
    )
    url: str
    expires_at: dt.datetime


class CreatedConnection(ConnectionOut):
    """A new connection, with the link that joins its company."""

    model_config = example(
        **_CONNECTION_EXAMPLE, connect_url="https://sync.example/oauth/quickbooks/connect?launch=djEuazEuQm1n"
    )
    connect_url: str


class SyncOut(BaseModel):
    """One run: what asked for it, how it went, and where its decisions are."""

    model_config = example(
        id=SYNC_EXAMPLE,
        state="succeeded",
        trigger="manual",
        dry_run=False,
        counters={"created": 3, "updated": 1, "skipped": 12},
        requested_at="2026-11-22T02:04:00Z",
        requested_by="API key",
        started_at="2026-11-22T02:04:01Z",
        finished_at="2026-11-22T02:04:11Z",
        error="",
        advice="",
        decisions=f"/api/v1/connections/{_CONNECTION}/syncs/{SYNC_EXAMPLE}/decisions",
    )
    id: str
    state: Literal["queued", "running", "succeeded", "partial", "failed", "cancelled", "held"]
    trigger: str
    dry_run: bool
    counters: dict[str, Any]
    requested_at: dt.datetime
    requested_by: str
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    error: str
    advice: str
    decisions: str

    @classmethod
    def of(cls, run: Run) -> "SyncOut":
        """As it is shown."""
        return cls(
            id=run.id,
            state=run.state,
            trigger=run.trigger,
            dry_run=run.dry_run,
            counters=run.counters,
            requested_at=run.requested_at,
            requested_by=run.requested_by,
            started_at=run.started_at,
            finished_at=run.finished_at,
            error=run.error,
            advice=run.advice,
            decisions=f"/api/v1/connections/{run.connection_id}/syncs/{run.id}/decisions",
        )


class SyncPage(BaseModel):
    """Runs, the newest first."""

    items: list[SyncOut]
    next_cursor: str | None


class Named(BaseModel):
    """A record as people call it, kept from when it was written about; empty where it has no such thing.

    `amount` is a decimal string in `currency`, without a sign: that money goes back is said by the label.
    """

    label: str = ""
    number: str = ""
    date: dt.date | None = None
    amount: str = ""
    currency: str = ""


class DecisionOut(Named):
    """One decision of a run: what was to be done where, by which rule, why, and how it ended."""

    model_config = example(
        id="op_01h2xd1m8kq4w7r0p700",
        action="create",
        side="quickbooks",
        kind="sale",
        source_id="1041",
        target_id="",
        result_id="145",
        label="Sale 1041, Ada Byron",
        number="1041",
        date="2026-11-22",
        amount="44.00",
        currency="AUD",
        rule="S1",
        reason="Sale 1041 is confirmed and has no invoice yet.",
        fields=[],
        disagreements=[],
        waits_for="",
        state="done",
        code="",
        message="",
        advice="",
        created_at="2026-11-22T02:04:03Z",
        settled_at="2026-11-22T02:04:09Z",
    )
    id: str
    action: str
    side: str
    kind: str
    source_id: str
    target_id: str
    result_id: str
    rule: str
    reason: str
    fields: list[str]
    disagreements: list[dict[str, Any]]
    waits_for: str
    state: str
    code: str
    message: str
    advice: str
    created_at: dt.datetime
    settled_at: dt.datetime | None

    @classmethod
    def of(cls, decision: Decision) -> "DecisionOut":
        """As it is shown."""
        own = {name: getattr(decision, name) for name in cls.model_fields if name not in Named.model_fields}
        return cls(**own, **decision.subject)


class DecisionPage(BaseModel):
    """Decisions in the order in which they were taken."""

    items: list[DecisionOut]
    next_cursor: str | None


class AuditOut(BaseModel):
    """One act on a connection."""

    model_config = example(
        id=17,
        at="2026-11-22T01:00:00Z",
        who="API key",
        action="configuration.changed",
        detail={"before": None, "after": {"start_date": "2026-11-22"}},
    )
    id: int
    at: dt.datetime
    who: str
    action: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditOut":
        """As it is shown."""
        return cls(id=entry.id, at=entry.at, who=entry.who, action=entry.action, detail=entry.detail)


class AuditPage(BaseModel):
    """Acts, the newest first."""

    items: list[AuditOut]
    next_cursor: str | None
