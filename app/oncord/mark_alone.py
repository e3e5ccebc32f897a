"""How a record stands in the books is no edit of it: a mark is said also of one that the site would not save as it is.

What a delete leaves behind (credit that nothing uses any more) can be a record that no edit gets past the site's checks. A
write of nothing but a mark that was refused for such a cause is said again where marks are said, and read back.
"""

from collections.abc import Sequence

from app.domain.model.exchange import Batch, BatchItem, Document, Outcome, OutcomeState
from app.errors import Blocked
from app.json_values import text
from app.oncord.answers import items_in, outcome_of
from app.oncord.site import Site

NOT_OFFERED = frozenset({"http-404", "http-405"})
_SAID = frozenset({"books_status", "books_reason", "books_url", "books_as_of"})


async def said_anyway(site: Site, path: str, batch: Batch, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """The outcomes of a batch, where what was refused and is nothing but a mark was said as one. `path`: of its records."""
    refused = {outcome.operation_id for outcome in outcomes if outcome.state is OutcomeState.REFUSED}
    items = {item.operation_id: item for item in batch.items if item.operation_id in refused and _is_mark(item.body)}
    if not items:
        return outcomes
    try:
        await site.post("/marks", {"marks": [_as_mark(batch, item) for item in items.values()]})
    except Blocked as error:
        if error.code not in NOT_OFFERED:
            raise
        return outcomes
    answer = await site.get(path, {"ids": ",".join(str(item.body["id"]) for item in items.values())})
    documents = {text(document.get("id")): document for document in items_in(answer)}
    return [_now(batch, items.get(each.operation_id), documents, each) for each in outcomes]


def _now(batch: Batch, item: BatchItem | None, documents: dict[str, Document], before: Outcome) -> Outcome:
    """What came of one write: done where its record shows the mark."""
    document = documents.get(text(item.body["id"])) if item is not None else None
    if item is None or document is None or document.get("books_status") != item.body["record"]["books_status"]:
        return before
    return outcome_of(batch.kind, item, {"status": "ok", "record": document})


def _as_mark(batch: Batch, item: BatchItem) -> Document:
    return {"entity": batch.kind.value, "id": item.body["id"], **item.body["record"]}


def _is_mark(body: Document) -> bool:
    record = body.get("record")
    return (
        body.get("action") == "update"
        and isinstance(record, dict)
        and "books_status" in record
        and record.keys() <= _SAID
    )
