"""Figures in Prometheus' format, read from PostgreSQL when asked: any process gives the same answer."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from app.api.auth import admit
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.services import freshness, monitoring
from app.services.freshness import Freshness

router = APIRouter(prefix="/api/v1", tags=["health"], dependencies=[Depends(admit)])

_MEANINGS = {
    "connections": "Live connections by state",
    "unfinished_runs": "Runs that are queued or running",
    "dirty_records": "Records that are due or parked",
    "attention_items": "Open attention items by kind",
    "events_kept_aside": "Events that were skipped or could not be read",
    "metered_reads_this_month": "Reads of QuickBooks this month, out of its monthly allowance",
    "metered_upkeep_reads_this_month": "Those of them that were no part of synchronising: facts, closing date, checks, reports, choices",
    "metered_reads_of_connection": "Reads of QuickBooks this month, by connection",
    "metered_upkeep_reads_of_connection": "Those of them that were no part of synchronising",
    "metered_reads_forecast": "Reads that this month comes to if it goes on so, in all and by connection",
    "oldest_change_seconds": "How long the oldest change has been waiting",
    "last_sweep_age_seconds": "How long ago the sweeper last got through everything",
    "last_sweep_attempt_age_seconds": "How long ago the sweeper last came to its end, whether or not each step went well",
    "tie_out_differences": "Differences between both sides that stand, by connection",
    "tie_out_unexplained": "Differences without a cause, by connection: an alarm",
    "sources_counted_age_seconds": "How long ago the mirrors were last held against both sides by number, by connection",
    "found_by_check": "Records that the last check found to differ although nothing had told of them, by connection",
    "deliveries": "Messages to people and programs of the last day, by what became of them",
    "tie_out_age_seconds": "How long ago both sides were last compared whole, by connection; since it was made where never",
}


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "Prometheus' text format.",
            "content": {"text/plain": {"example": 'oncord_connections{label="ready"} 12.0'}},
        },
        **responses(401, 403, 422, 503),
    },
)
async def read_metrics(container: ContainerOf) -> PlainTextResponse:
    """Gauges of the whole service; scrape one process only, since all of them say the same."""
    registry = CollectorRegistry()
    for name, values in (await monitoring.read_gauges(container)).items():
        gauge = Gauge(f"oncord_{name}", _MEANINGS[name], ["label"], registry=registry)
        for label, value in values.items():
            gauge.labels(label).set(float(value))
    _add_freshness(registry, await freshness.read_freshness(container))
    return PlainTextResponse(generate_latest(registry))


def _add_freshness(registry: CollectorRegistry, found: Mapping[str, Freshness]) -> None:
    """How fresh the sides of each connection are; `stuck_records` and `unread` are alarms as soon as they are not 0."""

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"oncord_{name}", meaning, ["connection", *labels], registry=registry)

    stuck = gauge("stuck_records", "Records that are due while nobody is going to look at them: an alarm")
    unread = gauge("unread", "1 where a download of both sides is due and nobody makes it: an alarm")
    behind = gauge(
        "behind_records",
        "Changed records that wait for a person, or longer than they should: no light is green over them",
    )
    read_until = gauge("read_until_seconds", "Up to when a side was read, in seconds since 1970", "side")
    waiting = gauge("waiting_records", "Records that wait to be looked at, by what they wait for", "side", "waits_for")
    since = gauge("waiting_since_seconds", "Since when the first of them waits, in seconds since 1970", "side")
    until = gauge("waiting_until_seconds", "Until when it waits, in seconds since 1970, where that is known", "side")
    takes = gauge("edit_to_visible_seconds", "How long the last edits took to the other side", "side", "quantile")
    for connection_id, fresh in found.items():
        stuck.labels(connection_id).set(fresh.outlook.stuck)
        behind.labels(connection_id).set(fresh.outlook.behind)
        unread.labels(connection_id).set(fresh.outlook.unread_since is not None)
        for side, waits in fresh.outlook.sides.items():
            read = fresh.read[side]
            for moments, moment in ((read_until, read.until), (since, waits.since), (until, waits.until)):
                if moment is not None:
                    moments.labels(connection_id, side).set(moment.timestamp())
            waiting.labels(connection_id, side, waits.cause or "").set(waits.records)
            for quantile, span in (("0.5", read.p50), ("0.95", read.p95)):
                if span is not None:
                    takes.labels(connection_id, side, quantile).set(span.total_seconds())
