"""What somebody did, as the audit has it, in words: to whom or what, and from what to what."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.console import causes_of_work, readable, said_of_configuration
from app.console.being_told import TOPICS
from app.console.said_of_configuration import OPENINGS
from app.domain.messages.topics import Topic
from app.domain.model.records import Kind, Side
from app.domain.planning.labels import NOUNS
from app.services import answers_in_words
from app.services.callers import DEEDS, Scope
from app.storage.people.audit import AuditEntry

ACTS = {
    "access": "Asked for something that was not theirs",
    "attention.reopened": "Asked a question again",
    "attention.resolved": "Answered a question",
    "auto_sync.changed": "Switched automatic synchronisation",
    "configuration.changed": "Changed the configuration",
    "connection.change_refused": "Tried to change the address or the token of the site",
    "connection.changed": "Changed the name, the address or the token of the site",
    "connection.created": "Connected the site",
    "connection.exported": "Took everything out as a file",
    "connection.removed": "Removed the connection",
    "connection.site_still_posts": "Could not have the site stop telling of its changes",
    "connection.started_over": "Set all pairs aside to join another company",
    "delivery.read_again": "Had a delivery read again",
    "installation.restored": "Restored the installation from a backup",
    "key.ended": "Ended a key",
    "key.made": "Made a key",
    "key.rotated": "Renewed a key",
    "launch_link.made": "Made a link that lets somebody in",
    "matches.answered": "Said what is the same on both sides",
    "message.sent_again": "Had a message sent once more",
    "month.sealed": "Sealed a month",
    "month.unsealed": "Unsealed a month",
    "opening.answered": "Said how a sale from before the start date comes into the books",
    "person.erased": "Erased a person",
    "quickbooks.connected": "Gave access to QuickBooks",
    "quickbooks.disconnected": "Took access to QuickBooks away",
    "quickbooks.join_refused": "Came back from QuickBooks, and no company was joined",
    "quickbooks.not_revoked": "Could not tell QuickBooks that access was taken away",
    "quickbooks.reconnected": "Gave access to QuickBooks again",
    "quickbooks.restored": "Joined the company of before again, with its pairs",
    "recipient.added": "Had somebody told of changes",
    "recipient.changed": "Changed what somebody is told of",
    "recipient.removed": "Had somebody told no longer",
    "recipient.tested": "Had somebody told of nothing, as a test",
    "record.put_back": "Had a record made anew",
    "record.retried": "Had a record tried again",
    "run.requested": "Asked for a synchronisation",
    "session.ended": "Ended a session",
    "session.opened": "Signed in",
    "site_secret.renewed": "Renewed what the site signs with",
    "source_check.requested": "Asked for a check of both sides",
    "tie_out.requested": "Had both sides compared",
}
"""The words for an act."""

_WAYS = {"webhook": "by webhook", "mail": "by mail"}
_NOT_JOINED = {
    "company-already-connected": "it is with another site",
    "company-not-joined": "the consent was used already, or has expired, or the company is with another site",
    "company-unreadable": "it could not be read",
    "consent-denied": "access was not given",
    "oauth-callback-incomplete": "QuickBooks sent none back",
    "quickbooks-unreachable": "QuickBooks did not answer",
    "wrong-company": "another one than that of this connection was chosen",
}
_ANSWERS = {"same": "the same", "new": "different", "forget": "answers taken back"}


def in_words(entry: AuditEntry) -> str:
    """An act in a sentence without its end, with what it was about, and from what to what, as far as the audit knows it."""
    words = ACTS.get(entry.action, entry.action.replace(".", " ").replace("_", " ").capitalize())
    told = "; ".join(each for each in _TOLD.get(entry.action, _named)(entry.detail) if each)
    return f"{words}: {told}" if told else words


Told = Iterator[str]
Detail = Mapping[str, Any]


def _named(detail: Detail) -> Told:
    """Whom or what it was about, by name."""
    yield next(
        (
            str(detail[name])
            for name in ("person", "of", "name", "key", "month", "company", "reason")
            if detail.get(name)
        ),
        "",
    )


def _refused(detail: Detail) -> Told:
    if detail.get("needs"):
        yield f"only for those who may {DEEDS[Scope(detail['needs'])]}"
    yield from _again(detail)


def _again(detail: Detail) -> Told:
    more = detail.get("more_within_a_minute")
    if more:
        yield f"{more} more {'time' if more == 1 else 'times'} within a minute"


def _not_joined(detail: Detail) -> Told:
    yield _NOT_JOINED.get(str(detail.get("refused_as")), "")
    yield from _again(detail)


def _asked_about(detail: Detail) -> Told:
    """A question, the document that it is about, and the answer."""
    document = [str(detail[name]) for name in ("number",) if detail.get(name)]
    document += [readable.day(detail["date"])] if detail.get("date") else []
    document += [readable.amount(detail["amount"], detail.get("currency", ""))] if detail.get("amount") else []
    question = causes_of_work.cause(str(detail["kind"])) if detail.get("kind") else ""
    yield ", ".join(filter(None, [question, *document]))
    yield answers_in_words.action(str(detail["answer"])) if detail.get("answer") else ""


def _configuration(detail: Detail) -> Told:
    if detail.get("after"):
        yield from said_of_configuration.changes(detail.get("before"), detail["after"], detail.get("names") or {})


def _site(detail: Detail) -> Told:
    before, after = detail.get("before") or {}, detail.get("after") or {}
    for name, called in (("name", "name"), ("oncord_api_url", "address")):
        if name in after and before.get(name) != after[name]:
            yield f"{called} from {before.get(name) or 'none'} to {after[name]}"
    if "oncord_token" in detail.get("fields", ()):
        yield "another token" if "oncord_api_url" in detail.get("fields", ()) else "the token"


def _asked_to_change(detail: Detail) -> Told:
    called = {"name": "the name", "oncord_api_url": "the address", "oncord_token": "the token"}
    yield " and ".join(called.get(name, name) for name in detail.get("fields", ()))
    yield str(detail.get("oncord_api_url", ""))
    yield from _again(detail)


def _record(detail: Detail) -> Told:
    side = Side(detail["side"])
    word = NOUNS.get((side, Kind(detail["kind"])), "A record")
    yield f"{word} {detail.get('number') or ''}".strip() + f" in {side.called}"


def _run(detail: Detail) -> Told:
    if detail.get("dry_run"):
        yield "only tried, nothing written"
    if detail.get("plan"):
        yield f"{detail['only']} of what was shown" if detail.get("only") is not None else "all of what was shown"
    if detail.get("earlier_periods"):
        yield "with what moves earlier periods"


def _opening(detail: Detail) -> Told:
    yield f"sale {detail.get('number') or 'without a number'}"
    yield str(OPENINGS.get(detail.get("choice", ""), ""))


def _matches(detail: Detail) -> Told:
    count = detail.get("count", 0)
    yield f"{count} {'pair' if count == 1 else 'pairs'}: {_ANSWERS.get(detail.get('answer', ''), 'it is the one that was chosen')}"


def _recipient(detail: Detail) -> Told:
    yield _WAYS.get(str(detail.get("way")), "")
    yield ", ".join(_topic(topic) for topic in detail.get("topics", ()))


def _topic(name: str) -> str:
    return TOPICS[Topic(name)] if name in set(Topic) else name


def _let_in(detail: Detail) -> Told:
    yield ", ".join(str(detail[name]) for name in ("person", "of", "role") if detail.get(name))


def _key(detail: Detail) -> Told:
    yield str(detail.get("key") or "")
    if detail.get("scopes"):
        yield f"may {', '.join(DEEDS[Scope(scope)] for scope in detail['scopes'])}"


def _erased(detail: Detail) -> Told:
    yield f"in {detail.get('documents', 0)} documents"


def _sealed(detail: Detail) -> Told:
    yield _month(str(detail["month"]))
    if detail.get("differences"):
        yield f"with {detail['differences']} named differences"


def _month(name: str) -> str:
    return f"{dt.date.fromisoformat(f'{name}-01'):%B %Y}"


_TOLD: Mapping[str, Callable[[Detail], Told]] = {
    "access": _refused,
    "attention.reopened": _asked_about,
    "attention.resolved": _asked_about,
    "auto_sync.changed": lambda detail: iter(["on" if detail.get("auto_sync") else "off"]),
    "configuration.changed": _configuration,
    "connection.changed": _site,
    "connection.change_refused": _asked_to_change,
    "connection.created": lambda detail: iter([str(detail.get("oncord_api_url", ""))]),
    "key.made": _key,
    "launch_link.made": _let_in,
    "matches.answered": _matches,
    "month.sealed": _sealed,
    "month.unsealed": _sealed,
    "opening.answered": _opening,
    "person.erased": _erased,
    "recipient.added": _recipient,
    "recipient.changed": _recipient,
    "recipient.removed": _recipient,
    "recipient.tested": _recipient,
    "quickbooks.join_refused": _not_joined,
    "record.put_back": _record,
    "record.retried": _record,
    "run.requested": _run,
    "session.ended": _let_in,
}
"""What is told of an act besides its words, by what the audit keeps of it."""
