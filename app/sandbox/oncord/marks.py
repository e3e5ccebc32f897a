"""What the connector says of records in the books, many at a time.

A mark is no save: the record keeps its version and its place in the order of change, and nobody is told. It states what
holds, so that the same one may come twice. Members that are not sent stay as they are.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from app.sandbox.oncord.fields import Moment, Record
from app.sandbox.oncord.problems import FieldError, complaints, listed
from app.sandbox.oncord.records import BooksStatus, Entity
from app.sandbox.oncord.site import Site

MARKS_AT_MOST = 500


class MarkHead(BaseModel):
    """The record that a mark is about."""

    entity: Entity = Field(examples=["sale"])
    id: str = Field(examples=["1041"])


class Mark(MarkHead):
    """What is said of one record."""

    books_status: BooksStatus
    books_reason: str | None = None
    books_url: str | None = Field(None, max_length=500)
    books_as_of: Moment | None = None


class MarkResult(BaseModel):
    """What became of one mark."""

    entity: str | None
    id: str | None
    status: Literal["ok", "not_found", "invalid"] = Field(description="`not_found`: unknown here, or deleted.")
    errors: list[FieldError] = Field(default_factory=list)


class MarkResults(BaseModel):
    """In the order of the marks."""

    results: list[MarkResult]


def set_marks(site: Site, marks: Sequence[Any]) -> Iterator[Record]:
    """Write marks, one by one; a bad one fails no other."""
    for given in marks:
        outcome = _set(site, given)
        site.calls[f"marks_{outcome['status']}"] += 1
        yield outcome


def _set(site: Site, given: Any) -> Record:
    try:
        mark = Mark.model_validate(given)
    except ValidationError as error:
        known = given if isinstance(given, dict) else {}
        entity, record_id = (value if isinstance(value := known.get(n), str) else None for n in ("entity", "id"))
        return {"entity": entity, "id": record_id, "status": "invalid", "errors": listed(complaints(error))}
    record = site.shelves[mark.entity].live(mark.id)
    if record is not None:
        record.update(mark.model_dump(exclude_unset=True, exclude={"entity", "id"}))
    status = "ok" if record is not None else "not_found"
    return {"entity": mark.entity, "id": mark.id, "status": status, "errors": []}
