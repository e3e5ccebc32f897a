"""The links of a document that bills an estimate, or hours worked, kept when its lines are written anew. Pure.

Whether lines that are sent without them let go of what was billed, nobody has recorded (docs/quickbooks.md 9.14): so the
whole list goes back as it was read, less the hours whose line is gone.
"""

import copy
from collections.abc import Iterable
from typing import Any

from app.json_values import text
from app.quickbooks.mapping.values import rows

_BILLED = ("Estimate", "TimeActivity")


def links_kept(document: dict[str, Any] | None, lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The member that says so, for `lines` that take the place of the document's; empty where it bills nothing, since of
    payments alone there is nothing to lose."""
    links = rows((document or {}).get("LinkedTxn"))
    if not any(link.get("TxnType") in _BILLED for link in links):
        return {}
    gone = _through(rows((document or {}).get("Line"))) - _through(lines)
    return {"LinkedTxn": [copy.deepcopy(link) for link in links if _key(link) not in gone]}


def _through(lines: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """What some lines, or the parts of bundles among them, bill."""
    found = set()
    for line in lines:
        bundle = line.get("GroupLineDetail")
        parts = rows(bundle.get("Line")) if isinstance(bundle, dict) else [line]
        found |= {_key(link) for part in parts for link in rows(part.get("LinkedTxn"))}
    return found


def _key(link: dict[str, Any]) -> tuple[str, str]:
    return text(link.get("TxnType")), text(link.get("TxnId"))
