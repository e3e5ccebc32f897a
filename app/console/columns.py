"""What each list of the pages is as a spreadsheet: a heading in words for each column, and what of a row stands in it.

The API's own CSV has the members of its answers; these are for people. Moments are in UTC, amounts stand beside their currency, and what has
several values is one text. The address of a row's page stands last, where it has one.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from app.api.lists import Columns
from app.console import causes_of_work, readable, said_of_work
from app.console.acts import in_words
from app.console.said_of_configuration import OPENINGS
from app.console.view import SIDES, TRIGGERS, WORDS_OF_LIGHTS, WORDS_OF_STATES
from app.console.what_changed import what_changed
from app.services import answers_in_words

WAYS = {"delivered": "delivered", "waiting": "on its way", "given_up": "given up"}
EVENTS = {
    "accepted": "looked at",
    "echo": "of our own write, nothing to do",
    "skipped": "nothing to do",
    "quarantined": "could not be read, kept aside",
    "read_again": "read at a second attempt",
}
"""What became of what a side told."""


def _when(value: dt.datetime | None) -> str:
    """A moment as a spreadsheet takes it for one; its heading says that it is in UTC."""
    return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}" if value else ""


def _several(values: Iterable[object]) -> str:
    return "; ".join(str(value) for value in values if value)


def _named(member: Callable[[Any], Any], of: str = "") -> dict[str, Callable[[Any], Any]]:
    """What a record is called, each part in a column; `of` stands behind the headings."""

    def part(name: str) -> Callable[[Any], Any]:
        return lambda row: getattr(member(row), name) if member(row) is not None else ""

    parts = {"document": "label", "number": "number", "date": "date", "customer": "person", "currency": "currency"}
    return {f"{heading}{of}": part(name) for heading, name in {**parts, "amount": "amount"}.items()}


def _page(base: str, member: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    """The address of a record's page; `base`: that of the console."""

    def address(row: Any) -> str:
        named = member(row)
        here = named.links.get("here", "") if named is not None else ""
        return f"{base}{here}" if here else ""

    return {"its page": address}


CONNECTIONS: Columns = {
    "connection": lambda row: row.name,
    "shop": lambda row: row.site_name,
    "QuickBooks company": lambda row: row.company_name,
    "state": lambda row: WORDS_OF_STATES[row.state][0],
    "why": lambda row: row.state_reason,
    "both sides": lambda row: WORDS_OF_LIGHTS[row.agreement.light][0],
    "differences": lambda row: row.agreement.differences,
    "without an explanation": lambda row: row.agreement.unexplained,
    "questions": lambda row: row.attention_count,
    "automatic synchronisation": lambda row: "on" if row.auto_sync else "off",
    "locked up to": lambda row: row.locked_until,
    "last synchronisation (UTC)": lambda row: _when(row.last_sync.finished_at) if row.last_sync else "",
    "it ended": lambda row: WORDS_OF_STATES[row.last_sync.state][0] if row.last_sync else "",
    "connected since (UTC)": lambda row: _when(row.connected_at),
    "address of the shop": lambda row: row.oncord_api_url,
}


def attention(base: str) -> Columns:
    """Those of what needs attention."""
    return {
        "question": lambda row: causes_of_work.cause(row.kind),
        **_named(lambda row: row.record),
        "what happened": lambda row: row.summary,
        "what to do": lambda row: row.advice,
        "possible answers": lambda row: _several(each.words for each in row.answers),
        "asked (UTC)": lambda row: _when(row.created_at),
        "answer": lambda row: answers_in_words.action_of(row, row.resolution) if row.resolution else "",
        "answered by": lambda row: row.resolved_by,
        "answered (UTC)": lambda row: _when(row.resolved_at),
        "rule": lambda row: said_of_work.rule(row.rule),
        **_page(base, lambda row: row.record),
    }


MESSAGES: Columns = {
    "told (UTC)": lambda row: _when(row.at),
    "what": lambda row: row.title,
    "in words": lambda row: row.summary,
    "lines": lambda row: _several(row.lines),
    "what to do": lambda row: row.advice,
    "to whom": lambda row: _several(f"{each.recipient}: {WAYS[each.state]}" for each in row.deliveries),
    "its page": lambda row: row.url,
}
RUNS: Columns = {
    "asked for (UTC)": lambda row: _when(row.requested_at),
    "why": lambda row: TRIGGERS.get(row.trigger, row.trigger),
    "by": lambda row: row.requested_by,
    "state": lambda row: WORDS_OF_STATES[row.state][0],
    "only tried": lambda row: "yes" if row.dry_run else "no",
    "what was done": lambda row: said_of_work.told(row.counters, row.dry_run),
    "began (UTC)": lambda row: _when(row.started_at),
    "ended (UTC)": lambda row: _when(row.finished_at),
    "what went wrong": lambda row: row.error,
    "what to do": lambda row: row.advice,
}


def decisions(base: str, *, dry_run: bool) -> Columns:
    """Those of what a run decided; one that only tried says what it would do."""
    return {
        **_named(lambda row: row),
        "in": lambda row: SIDES.get(row.side, row.side),
        "done": lambda row: said_of_work.deed(row, dry_run),
        "fields": lambda row: ", ".join(readable.field(name) for name in row.fields),
        "why": lambda row: row.reason,
        "rule": lambda row: said_of_work.rule(row.rule),
        "answer of the other side": lambda row: row.message,
        "what to do": lambda row: row.advice,
        "decided (UTC)": lambda row: _when(row.created_at),
        "ended (UTC)": lambda row: _when(row.settled_at),
        **_page(base, lambda row: row),
    }


def records(base: str) -> Columns:
    """Those of what was found."""
    return {
        **_named(lambda row: _on(row, "oncord"), " in Oncord"),
        **_named(lambda row: _on(row, "quickbooks"), " in QuickBooks"),
        "how it stands": lambda row: row.stands,
        **_page(base, lambda row: row.record),
    }


def _on(hit: Any, side: str) -> Any:
    """What a side has of what was found."""
    return next((each for each in (hit.record, hit.across) if each is not None and each.side == side), None)


def document_changes(run_page: Callable[[str], str]) -> Columns:
    """Those of what was done to documents. `run_page`: the address of a run's page."""
    return {
        "document": lambda row: row.called,
        "number": lambda row: row.number,
        "customer": lambda row: row.label.partition(", ")[2],
        "in": lambda row: SIDES[row.side],
        "done": lambda row: row.action,
        "what changed": lambda row: _several(what_changed(row.before, row.after)),
        "currency": lambda row: row.currency,
        "total before": lambda row: row.amount_before,
        "total after": lambda row: row.amount,
        "tax before": lambda row: row.tax_before,
        "tax after": lambda row: row.tax,
        "date before": lambda row: row.date_before,
        "date after": lambda row: row.date,
        "when (UTC)": lambda row: _when(row.written_at),
        "why": lambda row: row.reason,
        "rule": lambda row: said_of_work.rule(row.rule),
        "answered by": lambda row: row.decided_by,
        "answer": lambda row: answers_in_words.action(row.decision) if row.decision else "",
        "answered (UTC)": lambda row: _when(row.decided_at),
        "its synchronisation": lambda row: run_page(row.sync_id),
    }


OPEN_SALES: Columns = {
    "number": lambda row: row.number,
    "date": lambda row: row.date,
    "customer": lambda row: row.customer,
    "currency": lambda row: row.currency,
    "total": lambda row: row.total,
    "open on the start date": lambda row: row.open,
    "said": lambda row: OPENINGS.get(row.choice or "undecided", row.choice),
    "why it waits": lambda row: row.why,
    "open in QuickBooks": lambda row: _several(
        f"{each.number or 'an invoice'} of {readable.amount(each.total, each.currency)}, {readable.amount(each.open, each.currency)} open,"
        f" {readable.day(each.date)}"
        for each in row.documents
    ),
}


def matches(base: str) -> Columns:
    """Those of how both sides meet."""
    return {
        "how they meet": lambda row: said_of_work.MEETINGS[row.part],
        "in": lambda row: SIDES[row.record.side],
        **_named(lambda row: row.record),
        "on the other side": lambda row: _several(
            readable.subject(each.record.model_dump()) for each in row.candidates
        ),
        "for it": lambda row: _several(reason for each in row.candidates for reason in each.speaks_for),
        "against it": lambda row: _several(reason for each in row.candidates for reason in each.against),
        "why": lambda row: row.reason,
        "twice on its side": lambda row: _several(row.doubles),
        "its number is taken by": lambda row: _several(row.clashes),
        "answer": lambda row: {"same": "the same", "new": "different"}.get(row.answer or "", ""),
        "answered by": lambda row: row.answered_by,
        "answered (UTC)": lambda row: _when(row.answered_at),
        **_page(base, lambda row: row.record),
    }


def tie_outs(certificate_page: Callable[[str], str]) -> Columns:
    """Those of the comparisons. `certificate_page`: the address of one's page."""
    return {
        "compared (UTC)": lambda row: _when(row.taken_at),
        "both sides": lambda row: WORDS_OF_LIGHTS[row.light][0],
        "first day": lambda row: row.first_day,
        "last day": lambda row: row.last_day,
        "issued as": lambda row: row.issued_as,
        "records compared": lambda row: row.judged,
        "differences": lambda row: row.differences,
        "without an explanation": lambda row: row.unexplained,
        "Oncord as of (UTC)": lambda row: _when(_read(row.as_of.get("oncord"))),
        "QuickBooks as of (UTC)": lambda row: _when(_read(row.as_of.get("quickbooks"))),
        "proof": lambda row: row.hash,
        "its certificate": lambda row: certificate_page(row.id),
    }


def _read(moment: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(moment) if moment else None


EVENTS_TOLD: Columns = {
    "told (UTC)": lambda row: _when(row.received_at),
    "happened (UTC)": lambda row: _when(row.occurred_at),
    "by": lambda row: SIDES.get(row.sender, row.sender),
    "what": lambda row: f"{said_of_work.noun(row.kind, 1)} {row.action}".strip(),
    "what became of it": lambda row: EVENTS.get(row.status, row.status),
    "why": lambda row: row.reason,
    "its id there": lambda row: row.record_id,
}
ACTS: Columns = {
    "when (UTC)": lambda row: _when(row.at),
    "who": lambda row: row.who,
    "role": lambda row: row.role,
    "what": in_words,
    "outcome": lambda row: row.outcome,
    "from the network": lambda row: row.address,
}
