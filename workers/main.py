"""`arq workers.main.WorkerSettings`: what a worker process is made of.

arq only wakes. Its traps are closed here: jobs are JSON; results are not kept (a kept one would block its id); a job may
run a turn and one long request, no more; a signal lets a running turn end before it is cancelled, and a cancelled one
gives its lease back and is taken up by the next wake-up. It makes its loop itself, out of the policy that it finds: uvloop's, where
that is installed. arq's main loop dies with a command that Redis does not answer:
one is tried anew for a minute (`app.queue.redis_settings`), and after that whoever starts the worker starts it again.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC
from pathlib import Path
from typing import Any, cast

from arq import cron
from arq.cron import CronJob
from arq.typing import WorkerCoroutine
from arq.worker import func

from app import log
from app.heap import give_large_blocks_back
from app.queue import DELIVER, HEALTH_KEY, QUEUE, WAKE, decode, encode, redis_settings
from app.run_slots import PATIENCE
from app.runtime import keep_what_is_there, open_runtime
from app.services.secrets_at_rest import tell_what_is_amiss
from app.settings import Settings
from app.weak_settings import settings_to_serve_with, tell
from workers import jobs

SHUTDOWN_SECONDS = 20
SENDING, SWEEPING = 1, 1
"""The places of the jobs that send messages and that sweep: neither takes one from a run, nor a run one from them."""

_wake = cast(WorkerCoroutine, jobs.wake)
_deliver = cast(WorkerCoroutine, jobs.deliver)
_sweeper = cast(WorkerCoroutine, jobs.sweeper)


async def start(context: jobs.Context) -> None:
    """Open everything that the jobs work with."""
    settings: Settings = context["settings"]
    log.configure(settings.log_format, settings.log_level)
    tell(settings)
    give_large_blocks_back()
    stack = AsyncExitStack()
    runtime = context["runtime"] = await stack.enter_async_context(open_runtime(settings))
    context["sending"] = jobs.Sending()
    runtime.tasks.start(tell_what_is_amiss(runtime.database, runtime.vault), name="look at the stored secrets")
    context["stack"] = stack
    keep_what_is_there()


async def stop(context: jobs.Context) -> None:
    """Close it again."""
    stack: AsyncExitStack | None = context.get("stack")
    if stack is not None:
        await stack.aclose()


def sweeps(every_seconds: float) -> CronJob:
    """The sweeper as a cron job: at start-up and every so many seconds, by one worker each time."""
    every = max(1, round(every_seconds))
    if every < 60:
        return cron(_sweeper, name="sweep", second=set(range(0, 60, every)), run_at_startup=True, timeout=60)
    minutes = set(range(0, 60, min(59, every // 60)))
    return cron(_sweeper, name="sweep", minute=minutes, second=0, run_at_startup=True, timeout=60)


def worker_settings(settings: Settings) -> dict[str, Any]:
    """arq's settings, out of ours."""
    job_seconds = settings.sync_turn_seconds + settings.sync_request_seconds + PATIENCE + 30
    return {
        "functions": [
            func(_wake, name=WAKE, keep_result=0, timeout=job_seconds, max_tries=5),
            func(_deliver, name=DELIVER, keep_result=0, timeout=job_seconds, max_tries=5),
        ],
        "cron_jobs": [sweeps(settings.sync_sweep_seconds)],
        "redis_settings": redis_settings(settings.redis_url),
        "queue_name": QUEUE,
        "queue_read_limit": max(20, settings.worker_max_runs * 5),
        "health_check_key": HEALTH_KEY,
        "health_check_interval": 15,
        "job_serializer": encode,
        "job_deserializer": decode,
        "max_jobs": settings.worker_max_runs + settings.worker_slow_runs + SENDING + SWEEPING,
        "job_timeout": job_seconds,
        "keep_result": 0,
        "max_tries": 5,
        "poll_delay": 0.2,
        "job_completion_wait": SHUTDOWN_SECONDS,
        "timezone": UTC,
        "log_results": False,
        "on_startup": start,
        "on_shutdown": stop,
        "ctx": {"settings": settings},
    }


def choose_loop(program: str) -> bool:
    """Let arq make a loop of uvloop's; answers whether it will. Nothing is chosen for whoever else imports this (`program` is what
    was started: "/usr/bin/arq", or "arq/__main__.py")."""
    if "arq" not in Path(program).parts:
        return False
    try:
        import uvloop
    except ImportError:  # there is none for this platform
        return False
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    return True


choose_loop(sys.argv[0])
WorkerSettings = type("WorkerSettings", (), worker_settings(settings_to_serve_with()))
