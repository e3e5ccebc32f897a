"""The shapes that leave the API, with an example each. Fields that scripts depend on are those of the reference page."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any, Literal, get_args

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.freshness import EXAMPLE as FRESHNESS_EXAMPLE
from app.api.freshness import FreshnessOut
from app.domain.model.records import Kind, Side
from app.errors import Remedy
from app.services.overview import Overview
from app.storage.people.audit import AuditEntry

CONNECTION_ID_EXAMPLE = "con_01h2xcejqtf2nbrexx3v"
SYNC_EXAMPLE = "run_01h2xd1m8kq4w7r0p5zt"

ConnectionId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The connection's id.", examples=[CONNECTION_ID_EXAMPLE])
]
SyncId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The run's id.", examples=[SYNC_EXAMPLE])]
ItemId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The item's id.", examples=["att_01h2xd1m8kq4w7r0p600"])
]
OnSide = Annotated[Side, Path(description="The side on which it is.", examples=["oncord"])]
OfKind = Annotated[
    Kind, Path(description="What it is; an adjustment is a `sale`, a refund a `receipt`.", examples=["sale"])
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="The `next_cursor` of the page before; leave it out to begin.")
]


def example(**values: Any) -> ConfigDict:
    """The configuration of a shape with one example; what stands below its members is said of them in the document."""
    return ConfigDict(json_schema_extra={"examples": [values]}, use_attribute_docstrings=True)


def _around_its_item(schema: dict[str, Any], shape: type[BaseModel]) -> None:
    """Give a list the example of its items, in a list."""
    [item] = get_args(shape.model_fields["items"].annotation)
    others = {name: False if name == "more" else None for name in shape.model_fields if name != "items"}
    schema["examples"] = [{"items": item.model_config["json_schema_extra"]["examples"][:1], **others}]


A_LIST = ConfigDict(json_schema_extra=_around_its_item)
"""The configuration of a shape that holds a list of `items`, and little else."""


_CONNECTION_EXAMPLE: dict[str, Any] = {
    "id": CONNECTION_ID_EXAMPLE,
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
        "behind": 0,
        "behind_since": None,
        "differences": 0,
        "unexplained": 0,
        "overdue": 0,
        "since": "2026-11-22T02:04:11Z",
        "as_of": "2026-11-22T02:04:11Z",
        "tie_out_id": "tie_01h2xd1m8kq4w7r0p6aa",
        "ledger_checked_at": None,
        "sources_counted_at": "2026-11-22T02:03:59Z",
        "sources_compared_at": "2026-11-22T02:03:59Z",
        "found_by_check": 0,
    },
    "locked_until": "2026-09-30",
    "locked_by": "lodged",
    "gst": {
        "basis": "accrual",
        "period": "quarterly",
        "last_period_end": "2026-09-30",
        "next_period_end": "2026-12-31",
        "lodged_until": "2026-09-30",
        "overdue": None,
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

    `waits`: they did when they were compared, and `behind` changed records have not been carried over since `behind_since`, because
    automatic synchronisation is off or they wait for longer than they should. `differs`: but for so many `differences`, each with a cause. `unexplained`: some have none. `unknown`: nothing was
    compared since `since`; otherwise everything was compared then, and what runs touched up to `as_of`.

    What is compared is what was last read. That was itself held against both sides by number at `sources_counted_at`, and
    record by record since `sources_compared_at`; `found_by_check` records differed that nothing had told of.
    """

    light: Literal["agrees", "waits", "differs", "unexplained", "unknown"]
    behind: int
    """How many changed records wait for a synchronisation, whatever the light is."""
    behind_since: dt.datetime | None
    differences: int
    unexplained: int
    overdue: int
    """How many of the differences are open for longer than 30 days, or across the end of a reporting period."""
    since: dt.datetime
    as_of: dt.datetime | None
    tie_out_id: str | None
    ledger_checked_at: dt.datetime | None
    """When QuickBooks' own reports were last held against the documents; null: documents were compared only."""
    sources_counted_at: dt.datetime | None
    sources_compared_at: dt.datetime | None
    found_by_check: int


class GstOut(BaseModel):
    """How GST is reported, where its periods end, and the last day of a period whose return should have been lodged by now
    while its documents are not locked (`overdue`, null where all is as it should be)."""

    basis: Literal["undecided", "cash", "accrual"]
    period: Literal["undecided", "monthly", "quarterly", "yearly"]
    last_period_end: dt.date | None
    next_period_end: dt.date | None
    lodged_until: dt.date | None
    overdue: dt.date | None


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
    notes: list[str] = Field(
        default=[],
        description="What to know of the two that are connected: that they keep different time, that what was lodged may "
        "not have been entered.",
    )
    oncord_api_url: str
    auto_sync: bool
    configured: bool
    attention_count: int
    agreement: AgreementOut
    locked_until: dt.date | None
    """What is dated up to this day is changed in QuickBooks only where somebody says so (B1)."""
    locked_by: Literal["", "books", "lodged", "sealed"]
    """Where that comes from: QuickBooks' closing date, what was lodged, or the last sealed month."""
    gst: GstOut | None
    """Null before anything is configured, and where the company charges no tax."""
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
            notes=list(overview.notes),
            oncord_api_url=connection.oncord_api_url,
            auto_sync=connection.auto_sync,
            configured=connection.configuration is not None,
            attention_count=overview.open_items,
            agreement=AgreementOut(
                light=overview.agreement.light,
                behind=overview.agreement.behind,
                behind_since=overview.agreement.behind_since,
                differences=overview.agreement.differences,
                unexplained=overview.agreement.unexplained,
                overdue=overview.agreement.overdue,
                since=overview.agreement.since,
                as_of=overview.agreement.as_of,
                tie_out_id=overview.agreement.tie_out_id or None,
                ledger_checked_at=overview.agreement.ledger_at,
                sources_counted_at=overview.agreement.checked.counted_at,
                sources_compared_at=overview.agreement.checked.compared_at,
                found_by_check=overview.agreement.checked.found,
            ),
            locked_until=overview.lock.until if overview.lock else None,
            locked_by=overview.lock.by.value if overview.lock else "",
            gst=GstOut(**{name: getattr(overview.gst, name) for name in GstOut.model_fields}) if overview.gst else None,
            freshness=FreshnessOut.of(overview.freshness),
            last_sync=LastSync(id=last.id, state=last.state, finished_at=last.finished_at) if last else None,
            connected_at=connection.connected_at,
            first_sync_completed_at=connection.first_sync_completed_at,
            created_at=connection.created_at,
        )


class ConnectionPage(BaseModel):
    """Connections, the oldest first."""

    model_config = A_LIST
    items: list[ConnectionOut]
    next_cursor: str | None


class LaunchLink(BaseModel):
    """A link that a person opens in a browser; it needs no key, is good for one use, and ends by itself."""

    model_config = example(url="https://sync.example/launch?ticket=djEuazEuQm1n", expires_at="2026-11-22T01:10:00Z")
    url: str
    expires_at: dt.datetime


class LeftOutside(BaseModel):
    """What could not be undone outside when a connection was removed: a sentence each, with what to do about it."""

    model_config = example(
        left=[
            "The shop could not be told to stop posting its changes here: The shop did not answer. What it posts is refused."
            " Take the address of this service out on the connector's page in Oncord."
        ]
    )
    left: list[str]


class CreatedConnection(ConnectionOut):
    """A new connection, with the link that joins its company."""

    model_config = example(
        **_CONNECTION_EXAMPLE, connect_url="https://sync.example/oauth/quickbooks/connect?launch=djEuazEuQm1n"
    )
    connect_url: str


class AuditOut(BaseModel):
    """One act on a connection, or one that was refused. `who` is a person or the name of a key, `role` operator, key, viewer,
    bookkeeper or merchant ("" for the service itself), `address` the network that they came from."""

    model_config = example(
        id=17,
        at="2026-11-22T01:00:00Z",
        who="Jane",
        role="merchant",
        address="203.0.113.0/24",
        action="configuration.changed",
        outcome="done",
        detail={"before": None, "after": {"start_date": "2026-11-22"}},
    )
    id: int
    at: dt.datetime
    who: str
    role: str
    address: str
    action: str
    outcome: Literal["done", "refused"]
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditOut":
        """As it is shown."""
        return cls(**asdict(entry))


class AuditPage(BaseModel):
    """Acts, the newest first."""

    model_config = A_LIST
    items: list[AuditOut]
    next_cursor: str | None
