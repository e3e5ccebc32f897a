"""What the shop's answers hold: lists of records, and what came of each write of a batch."""

from typing import Any

from app.domain.model.exchange import (
    BatchItem,
    Document,
    Outcome,
    OutcomeState,
    SideFacts,
)
from app.domain.model.records import (
    Kind,
    Snapshot,
)
from app.errors import Blocked, Remedy, Unreachable
from app.json_values import text
from app.oncord.mapping.records import to_snapshot
from app.oncord.pages import template_in
from app.zones import is_zone

OUTCOMES_BY_STATUS = {
    "ok": OutcomeState.DONE,
    "exists": OutcomeState.EXISTS,
    "stale": OutcomeState.STALE,
    "invalid": OutcomeState.REFUSED,
    "not_found": OutcomeState.GONE,
}

MOST_LETTERS = 200
"""Of a site's id and name."""
MOST_FEATURES = 50
"""So many features of so many letters at the most: the contract knows two."""


def object_in(answer: Any) -> Document:
    """An answer that is an object. Raises `Unreachable` for what is none."""
    if not isinstance(answer, dict):
        raise Unreachable("The shop's answer cannot be read.", code="unreadable")
    return answer


def facts_in(answer: Any) -> SideFacts:
    """What a site says of itself, out of GET /site. Raises `Blocked` where that is not as the contract has it."""
    if not isinstance(answer, dict):
        raise _no_site("It is no description of a site.")
    features = answer.get("features")
    if isinstance(features, dict):
        named = {name for name, on in features.items() if on is True}
    elif features is None or (isinstance(features, list) and all(isinstance(name, str) for name in features)):
        named = set(features or ())
    else:
        raise _no_site("Its features are neither names nor switches.")
    features_on = {text(name) for name in named} - {""}
    if len(features_on) > MOST_FEATURES or any(len(name) > MOST_FEATURES for name in features_on):
        raise _no_site("Its features are too many, or their names too long to be any.")
    if answer.get("prices_include_tax") is True:
        features_on.add("prices_include_tax")
    zone = text(answer.get("time_zone"))
    if len(text(answer.get("id"))) > MOST_LETTERS:
        raise _no_site("Its id is too long to be one.")
    return SideFacts(
        id=text(answer.get("id")),
        name=text(answer.get("name"))[:MOST_LETTERS],
        country=_letters(answer.get("country"), 2, 3),
        currency=_letters(answer.get("currency"), 3, 3),
        time_zone=zone if is_zone(zone) else "",
        record_url=template_in(text(answer.get("record_url"))),
        features=frozenset(features_on),
    )


def _letters(value: Any, least: int, most: int) -> str:
    """A code of so many letters; "" for anything else, as if the site said none."""
    code = text(value)
    return code if least <= len(code) <= most and code.isascii() and code.isalpha() else ""


def connector_in(answer: Any) -> Document:
    """Where a site posts its events, out of GET /connector: an object whose `url` is a text or null.

    Raises `Blocked` where that is not as the contract has it.
    """
    url = answer.get("url") if isinstance(answer, dict) else 0
    if not isinstance(answer, dict) or not (url is None or isinstance(url, str)):
        raise Blocked(
            "The site does not say where it posts its events in words that can be read.",
            code="unreadable-connector",
            advice="Ask whoever looks after the shop's connector to mend what it answers to GET /connector.",
        )
    return answer


def _no_site(what: str) -> Blocked:
    return Blocked(
        f"What answers at the shop's address does not say what site it is as a connector does. {what}",
        code="unreadable-site",
        advice="Check that the address is the connector's, and ask whoever looks after it to mend what it answers to GET /site.",
        remedy=Remedy.SITE_ADDRESS,
    )


def items_in(answer: Any, member: str = "items") -> list[Document]:
    """The records of an answer. Raises `Unreachable` for what is no list."""
    found = answer.get(member) if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        raise Unreachable("The shop's answer cannot be read.", code="unreadable")
    return [
        one for one in found if isinstance(one, dict)
    ]  # what is no record has no id either that it could be shown by


def list_in(answer: Any, member: str) -> list[Any]:
    """A list of an answer that may be left out; nothing where something else stands there."""
    found = answer.get(member) if isinstance(answer, dict) else None
    return found if isinstance(found, list) else []


def snapshots_in(kind: Kind, answer: Any) -> tuple[Snapshot, ...]:
    """The records of an answer, read. Raises `Unreachable` for what is no list."""
    return tuple(to_snapshot(kind, document) for document in items_in(answer))


def outcome_of(kind: Kind, item: BatchItem, result: Document | None) -> Outcome:
    """What came of one write of a batch; unknown where the answer does not speak of it."""
    if result is None:
        return Outcome(item.operation_id, OutcomeState.UNKNOWN, code="unanswered", message="The shop did not say.")
    status = text(result.get("status"))
    document = result.get("record")
    errors = [error for error in list_in(result, "errors") if isinstance(error, dict)]
    sentences = [": ".join(filter(None, (text(e.get("field")), text(e.get("message"))))) for e in errors]
    return Outcome(
        item.operation_id,
        OUTCOMES_BY_STATUS.get(status, OutcomeState.UNKNOWN),
        snapshot=to_snapshot(kind, document) if isinstance(document, dict) and text(document.get("id")) else None,
        code="" if status in ("ok", "exists") else status or "unanswered",
        message="; ".join(sentences),
        advice="Mend this in the other system, then try again." if status == "invalid" else "",
    )
