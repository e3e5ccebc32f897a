"""Figures in Prometheus' format, read from PostgreSQL when asked: any process gives the same answer."""

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from app.api.auth import require_key
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.services import monitoring

router = APIRouter(prefix="/api/v1", tags=["health"], dependencies=[Depends(require_key)])

_MEANINGS = {
    "connections": "Live connections by state",
    "unfinished_runs": "Runs that are queued or running",
    "dirty_records": "Records that are due or parked",
    "attention_items": "Open attention items by kind",
    "events_kept_aside": "Events that were skipped or could not be read",
    "metered_reads_this_month": "Reads of QuickBooks this month, out of its monthly allowance",
    "oldest_change_seconds": "How long the oldest change has been waiting",
    "tie_out_differences": "Differences between both sides that stand, by connection",
    "tie_out_unexplained": "Differences without a cause, by connection: an alarm",
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
        **responses(401, 503),
    },
)
async def read_metrics(container: ContainerOf) -> PlainTextResponse:
    """Gauges of the whole service; scrape one process only, since all of them say the same."""
    registry = CollectorRegistry()
    for name, values in (await monitoring.read_gauges(container)).items():
        gauge = Gauge(f"oncord_{name}", _MEANINGS[name], ["label"], registry=registry)
        for label, value in values.items():
            gauge.labels(label).set(float(value))
    return PlainTextResponse(generate_latest(registry))
