"""How far a run has come, in the words of people."""

from datetime import tzinfo
from typing import Any

from app.console.money import in_style
from app.services.progress import RunProgress

STEPS = {
    "oncord": "Reading Oncord",
    "quickbooks": "Reading QuickBooks",
    "changes": "Reading what has changed",
    "plan": "Working out what is to be done",
    "write": "Writing what is to be done",
    "compare": "Comparing both sides",
}
"""What a run is at."""


def shown(found: RunProgress, zone: tzinfo | None, home: str) -> dict[str, Any]:
    """As a page shows it: `step`, `counts` and `left` in words ("" for nothing to say), `value` of `most` (None: nobody knows) for the
    bar, and `refused`, a sentence for each write that did not go through in the last minute."""
    more = found.refused_lately - len(found.refused)
    refused = [
        f"{each.subject.get('label') or f'A {each.kind}'}: {each.message} {each.advice}".strip()
        for each in found.refused
    ]
    refused += [f"And {more} more."] if more > 0 else []
    return {
        "step": _step(found, zone),
        "counts": _counts(found),
        "left": _left(found.seconds_left) if found.total else "",
        "value": found.done,
        "most": found.total,
        "refused": [str(in_style(each, home)) for each in refused],
    }


def _step(found: RunProgress, zone: tzinfo | None) -> str:
    if found.run.state == "queued":
        return "It waits for its turn."
    if found.ended:
        return "It has ended."
    if found.rests and found.goes_on_at is not None:
        at = found.goes_on_at.astimezone(zone)
        return f"{found.rests} It goes on at {at:%H:%M:%S %Z}."
    return f"{STEPS[found.step]}." if found.step else "It begins."


def _counts(found: RunProgress) -> str:
    if found.total:
        return f"{found.done:,} of {found.total:,} records"
    return f"{found.done:,} records" if found.done else ""


def _left(seconds: int | None) -> str:
    """For how long a step is likely to go on: "about 2 minutes left"."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute left"
    if minutes < 60:
        return f"about {minutes} minute{'s' if minutes > 1 else ''} left"
    hours, minutes = divmod(minutes, 60)
    return f"about {hours} hour{'s' if hours > 1 else ''}{f' {minutes} minutes' if minutes else ''} left"
