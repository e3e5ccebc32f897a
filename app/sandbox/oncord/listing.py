"""Reading records: by ids, or page by page in order of change.

A page starts behind the place named by its cursor (a keyset: the last record's `modified_at` and id), so
records that change while somebody pages move to the end and are met again, and none is missed. `as_of` is
the moment before the first page; the cursor carries it through the others.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from app.sandbox.oncord.clock import read, written
from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.problems import Problem
from app.sandbox.oncord.shelf import Shelf

IDS_AT_MOST = 200
PAGE = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page starts."""

    modified_at: str
    id: str
    as_of: str

    def written(self) -> str:
        """As an opaque text."""
        return base64.urlsafe_b64encode(json.dumps([self.modified_at, self.id, self.as_of]).encode()).decode()

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """From the text of an earlier answer. Raises `Problem` (400) for any other text."""
        try:
            modified_at, record_id, as_of = json.loads(base64.urlsafe_b64decode(cursor.encode()))
            return cls(str(modified_at), str(record_id), str(as_of))
        except (ValueError, TypeError) as error:
            raise Problem(400, "The cursor is not one of this API's.") from error


def by_ids(shelf: Shelf, ids: str, now: datetime) -> dict[str, Any]:
    """The named records, and under `missing` those that are unknown here. Raises `Problem` (400) for too many ids."""
    wanted = list(dict.fromkeys(filter(None, (part.strip() for part in ids.split(",")))))
    if len(wanted) > IDS_AT_MOST:
        raise Problem(400, f"At most {IDS_AT_MOST} ids at a time.")
    found = [(record_id, shelf.get(record_id, now)) for record_id in wanted]
    items = [record for _, record in found if record is not None]
    return {
        "items": sorted(items, key=_order),
        "missing": [record_id for record_id, record in found if record is None],
        "next_cursor": None,
        "as_of": written(now),
    }


def page(
    shelf: Shelf,
    now: datetime,
    *,
    modified_since: str | None,
    cursor: str | None,
    limit: int,
    filters: Mapping[str, str],
) -> dict[str, Any]:
    """One page of what changed since a moment (inclusive), of everything when none is given."""
    place = Place.read(cursor) if cursor else Place(_since(modified_since), "", written(now))
    after = (place.modified_at, place.id)
    records = _filtered(shelf, filters, after, now) if filters else shelf.after(after, now)
    items = list(islice(records, limit + 1))
    rest, items = items[limit:], items[:limit]
    following = Place(items[-1]["modified_at"], items[-1]["id"], place.as_of).written() if rest else None
    answer = {"items": items, "missing": [], "next_cursor": following, "as_of": place.as_of}
    whole = not (filters or cursor or modified_since)
    return {**answer, "total": shelf.living()} if whole else answer


def _since(text: str | None) -> str:
    if text is None:
        return ""
    try:
        return written(read(text))
    except ValueError as error:
        raise Problem(400, f"modified_since is not an RFC 3339 time: {error}") from error


def _filtered(shelf: Shelf, filters: Mapping[str, str], after: tuple[str, str], now: datetime) -> Iterator[Record]:
    """What matches all filters. Stubs have lost their fields, so only `external_ref` finds them."""
    matches: Iterable[str] | None = None
    for name, value in filters.items():
        if name == "external_ref":
            ids = {shelf.refs[value]} if value in shelf.refs else set()
        else:
            ids = set(shelf.find(name, value.lower() if name == "email" else value))
        matches = ids if matches is None else ids.intersection(matches)
    found = [record for record_id in matches or () if (record := shelf.get(record_id, now)) is not None]
    yield from (record for record in sorted(found, key=_order) if _order(record) > after)


def _order(record: Record) -> tuple[str, str]:
    return record["modified_at"], record["id"]
