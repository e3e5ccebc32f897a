"""The jobs: a few lines each around one call. Each carries an id and nothing else; what to do stands in PostgreSQL."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.outgoing.delivering import Post, deliver_due
from app.outgoing.mail import server_at
from app.runtime import Runtime
from app.settings import Settings
from app.sync.waking.sweep import SweepContext, sweep
from app.sync.waking.wake import (
    WakeContext,
    answer,
    engine_turn,
    timing,
)

Context = dict[Any, Any]
"""arq's context of a job; `runtime` and `sending` are put into it when the worker starts (each job has a copy of it)."""


@dataclass(slots=True)
class Sending:
    """How this worker's sending of messages stands: whether a job is at it, and whether it is to look (once more)."""

    at_work: bool = False
    asked: bool = False


def waits(settings: Settings) -> dict[str, float]:
    """How long to wait for what, as set."""
    return {
        "quiet_seconds": settings.sync_quiet_seconds,
        "longest_wait_seconds": settings.sync_max_wait_seconds,
        "idle_hours": settings.sync_idle_hours,
    }


def wake_context(runtime: Runtime) -> WakeContext:
    """What answering a wake-up needs, out of what this process holds open."""
    return WakeContext(
        database=runtime.database,
        clock=runtime.clock,
        ids=runtime.ids,
        waker=runtime.waker,
        timing=timing(**waits(runtime.settings)),
        owner=runtime.owner,
        turn=engine_turn(
            runtime.database,
            runtime.clock,
            runtime.ids,
            runtime.sides,
            runtime.settings.sync_turn_seconds,
            runtime.settings.quickbooks_monthly_reads,
            timedelta(hours=runtime.settings.source_check_hours),
            runtime.settings.certificate_key,
            _said_address(runtime.settings),
            timedelta(hours=runtime.settings.sync_idle_hours),
            runtime.settings.quickbooks_upkeep_reads,
        ),
        monthly_reads=runtime.settings.quickbooks_monthly_reads,
        slots=runtime.slots,
        request_seconds=runtime.settings.sync_request_seconds,
    )


def _said_address(settings: Settings) -> str:
    """Where the service is reached; "" where nobody has said, since a worker serves nothing itself."""
    return settings.public_url if "public_url" in settings.model_fields_set else ""


async def wake(context: Context, connection_id: str) -> str:
    """Somebody asked for a connection to be looked at: see whether it is due, and carry it on by a turn."""
    return await answer(wake_context(context["runtime"]), connection_id)


async def deliver(context: Context) -> int:
    """Somebody has something to be told: send what is due. One such job of a worker is at work at a time; who comes meanwhile has it
    look once more, and no oftener, so that it ends in time: the next sweep asks anew."""
    sending: Sending = context["sending"]
    sending.asked = True
    if sending.at_work:
        return 0
    runtime: Runtime = context["runtime"]
    settings = runtime.settings
    server = server_at(settings.smtp_url, settings.mail_from) if settings.smtp_url else None
    public_url = settings.public_url.rstrip("/")
    post = Post(runtime.database, runtime.clock, runtime.vault, runtime.outgoing_http, public_url, server)
    sending.at_work = True
    try:
        sending.asked = False
        count = await deliver_due(post)
        if sending.asked:
            count += await deliver_due(post)
    finally:
        sending.at_work = False
    return count


async def sweeper(context: Context) -> int:
    """Wake a worker for everything that is due and for which nobody was woken."""
    runtime: Runtime = context["runtime"]
    settings = runtime.settings
    return await sweep(
        SweepContext(
            database=runtime.database,
            clock=runtime.clock,
            ids=runtime.ids,
            waker=runtime.waker,
            timing=timing(**waits(settings)),
            every=timedelta(seconds=settings.sync_sweep_seconds),
            retention=timedelta(days=settings.retention_days),
            monthly_reads=settings.quickbooks_monthly_reads,
            request_seconds=settings.sync_request_seconds,
            keep_removed=timedelta(days=settings.retention_removed_days),
        )
    )
