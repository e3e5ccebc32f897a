"""What became another one in a document, in words: each field that differs, from what to what."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.console import readable

_UNSAID = frozenset(["status", "voided", "type", "paid", "means", "adjusts_id", "expense_account"])
"""What is said by what was done, or follows from another document."""
_BY_NAME_ONLY = {"contact_id": "it belongs to somebody else now", "channel": "its payment method or account"}
"""Of which only ids are kept."""


def what_changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """A phrase for each field of a document that was there before and afterwards; none where it was made or deleted."""
    if before is None or after is None:
        return
    for name in dict.fromkeys((*before, *after)):
        was, becomes = before.get(name), after.get(name)
        if was == becomes or name in _UNSAID or name.startswith("books_"):
            continue
        if name in _BY_NAME_ONLY:
            yield _BY_NAME_ONLY[name]
            continue
        here, there = (str(readable.value(name, found)) for found in (was, becomes))
        if here != there:
            yield f"{readable.field(name)} from {here} to {there}"
