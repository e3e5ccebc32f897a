"""Runs and their decisions as the API shows them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from fastapi import Response
from pydantic import BaseModel

from app.api.schemas import A_LIST, CONNECTION_ID_EXAMPLE, SYNC_EXAMPLE, example
from app.services.record_links import Links
from app.storage.runs.decisions import Decision
from app.storage.runs.runs import Run


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
        decisions=f"/api/v1/connections/{CONNECTION_ID_EXAMPLE}/syncs/{SYNC_EXAMPLE}/decisions",
        plan=None,
        added=[],
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
    plan: str | None
    """The dry run whose plan it carries out; null where it plans by itself."""
    added: list[str]
    """Where a run was just asked for with some operations of a plan: the others of it that those need."""

    @classmethod
    def of(cls, run: Run, added: Sequence[str] = ()) -> "SyncOut":
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
            plan=(run.carries_out or {}).get("run"),
            added=list(added),
        )


def asked_for(response: Response, run: Run, added: Sequence[str] = ()) -> SyncOut:
    """A run that was just asked for, and in the answer's headers where it is looked at."""
    response.headers["Location"] = f"/api/v1/connections/{run.connection_id}/syncs/{run.id}"
    return SyncOut.of(run, added=added)


class SyncPage(BaseModel):
    """Runs, the newest first."""

    model_config = A_LIST
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
    person: str = ""
    """Whose it is, as it stands in the label."""
    links: dict[str, str] = {}
    """Where it is found: `here` (a page of this service), `oncord`, `quickbooks`; those that there are."""


DECISION_EXAMPLE: dict[str, Any] = {
    "id": "op_01h2xd1m8kq4w7r0p700",
    "action": "create",
    "side": "quickbooks",
    "kind": "sale",
    "source_id": "1041",
    "target_id": "",
    "result_id": "145",
    "label": "Sale 1041, Ada Byron",
    "number": "1041",
    "date": "2026-11-22",
    "amount": "44.00",
    "currency": "AUD",
    "person": "Ada Byron",
    "links": {
        "here": f"/connections/{CONNECTION_ID_EXAMPLE}/records/oncord/sale/1041",
        "oncord": "https://shop.example/admin/sale/1041",
        "quickbooks": "https://app.qbo.intuit.com/app/invoice?txnId=145&deeplinkcompanyid=9341453474484455",
    },
    "rule": "S1",
    "reason": "Sale 1041 is confirmed and has no invoice yet.",
    "fields": [],
    "disagreements": [],
    "waits_for": "",
    "state": "done",
    "code": "",
    "message": "",
    "advice": "",
    "created_at": "2026-11-22T02:04:03Z",
    "settled_at": "2026-11-22T02:04:09Z",
}


class DecisionOut(Named):
    """One decision of a run: what was to be done where, by which rule, why, and how it ended."""

    model_config = example(**DECISION_EXAMPLE)
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
    def of(cls, decision: Decision, links: Links) -> "DecisionOut":
        """As it is shown."""
        own = {name: getattr(decision, name) for name in cls.model_fields if name not in Named.model_fields}
        return cls(**own, **decision.subject, links=links.of_decision(decision))


class DecisionPage(BaseModel):
    """Decisions in the order in which they were taken."""

    model_config = A_LIST
    items: list[DecisionOut]
    next_cursor: str | None
