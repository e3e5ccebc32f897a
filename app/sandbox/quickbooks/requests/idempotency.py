"""One vendor write with everything around it: the idempotency of `requestid` and other hands that get in first.

Only successes are remembered [SIM]; a remembered answer is replayed as it was, even if its object is long deleted, and
whatever the second body says.
"""

from __future__ import annotations

from typing import Any

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.requests import interference
from app.sandbox.quickbooks.requests.writes import write
from app.sandbox.quickbooks.values.wire import Body

KEPT_SECONDS = 7 * 86400
"""Intuit publishes no lifetime; long enough that only the hazard `requestid_forgotten` shortens it."""


def perform_once(company: Company, key: str, entity: str, sent: Any, *, operation: str, include: str) -> Body:
    """Writes, or replays the answer that the same key got before. An empty key means no requestid."""
    now = company.now().timestamp()
    remembered = _remembered(company, key, entity, now)
    if remembered is not None:
        interference.before_replay(company, entity, remembered)
        return remembered
    interference.before_write(company, entity, sent, operation)
    answer = write(company, entity, sent, operation=operation, include=include)
    if key:
        company.replays[key] = (now, answer)
    return answer


def _remembered(company: Company, key: str, entity: str, now: float) -> Body | None:
    if not key or key not in company.replays or company.hazards.strikes("requestid_ignored", entity):
        return None
    at, answer = company.replays[key]
    forgotten = company.hazards.on("requestid_forgotten")
    lifetime = float(forgotten["seconds"]) if forgotten else KEPT_SECONDS
    if now - at >= lifetime:
        del company.replays[key]
        return None
    return answer
