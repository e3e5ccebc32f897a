"""Every envelope a failure can come in, and its translation into `app.errors` and outcomes: the only place for both.

Seen on the wire: `Fault` with capitals, the gateway's `fault` in lower case, XML when Intuit's edge answers, HTML when
it is down, and nothing at all (docs/quickbooks.md 8.1). A status is never enough and a text is never looked at.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from app.answer_headers import retry_after
from app.domain.model.exchange import Outcome, OutcomeState
from app.domain.model.operations import Action
from app.domain.model.texts import cleaned, suspect
from app.errors import Blocked, Gone, OutsideError, Refused, Remedy, Stale, Throttled, Unauthorised, Unreachable
from app.quickbooks.http.fault_codes import BOOKS_CLOSED, Entry, Meaning, entry_for

DOCUMENTED_WAIT = 60.0
"""Seconds to wait after a 429 without Retry-After."""
_XML_LIMIT = 200_000
_LONG_NUMBER = 100
"""Python reads no integer of thousands of digits; as a Decimal it is an amount that nobody can pay."""
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of an envelope."""

    code: str
    message: str = ""
    detail: str = ""
    element: str = ""
    type: str = ""

    @property
    def entry(self) -> Entry:
        """What it means."""
        return entry_for(self.code, self.type)

    @property
    def sentence(self) -> str:
        """The entry's sentence, with QuickBooks' own reason behind it where it tells more than the code."""
        told = self.entry.meaning in (Meaning.REFUSED, Meaning.AMBIGUOUS, Meaning.CLASH)
        reason = self.reason if told else ""
        return f"{self.entry.sentence} QuickBooks says: {reason}" if reason else self.entry.sentence

    @property
    def reason(self) -> str:
        """QuickBooks' own words, 500 characters of them at most."""
        return " ".join((self.detail or self.message).split())[:500]


def read_json(body: bytes) -> Any:
    """JSON whose fractions are Decimal, never float, and whose texts are cleaned; raises ValueError where it is none.

    Raw control characters, bytes that are no UTF-8 and endless numbers spoil the record that has them, not the page.
    """
    said = body.decode("utf-8", "replace").removeprefix("\ufeff")
    content = json.loads(said, strict=False, parse_float=Decimal, parse_int=_integer, parse_constant=_no_constant)
    return cleaned(content) if suspect(said) else content


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _LONG_NUMBER else Decimal(digits)


def faults_in(content: Any) -> tuple[Fault, ...]:
    """The errors of a JSON envelope, in either spelling; empty where it holds none."""
    if not isinstance(content, dict):
        return ()
    fault = content.get("Fault") or content.get("fault")
    if not isinstance(fault, dict):
        return ()
    errors = fault.get("Error") or fault.get("error") or []
    kind = str(fault.get("type") or "")
    found = [
        _one(error, kind) for error in (errors if isinstance(errors, list) else [errors]) if isinstance(error, dict)
    ]
    return tuple(found) or (Fault(code="", type=kind),)


def _one(error: Mapping[str, Any], kind: str) -> Fault:
    lower = {str(k).lower(): v for k, v in error.items()}
    return Fault(
        code=_plain_code(str(lower.get("code") or "")),
        message=str(lower.get("message") or ""),
        detail=str(lower.get("detail") or ""),
        element=str(lower.get("element") or ""),
        type=kind,
    )


def _plain_code(code: str) -> str:
    return code.strip().lstrip("0") or code.strip()


def faults_in_body(body: bytes) -> tuple[Fault, ...]:
    """The errors of a body in JSON or XML; empty for HTML, nothing, or an envelope without errors."""
    try:
        return faults_in(read_json(body))
    except (ValueError, RecursionError):
        pass
    if not body.lstrip().startswith(b"<") or len(body) > _XML_LIMIT or _DOCTYPE.search(body):
        return ()
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - no document type, bounded in size
    except ElementTree.ParseError:
        return ()
    found = []
    for element in root.iter():
        if element.tag.rpartition("}")[2].lower() != "error":
            continue
        parts = {child.tag.rpartition("}")[2].lower(): (child.text or "") for child in element}
        code = element.get("code") or parts.get("code", "")
        found.append(Fault(_plain_code(code), parts.get("message", ""), parts.get("detail", ""), type="XML"))
    return tuple(found)


def wait_asked_for(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait that the answer asks for, in either form of the header."""
    return retry_after(next((v for k, v in headers.items() if k.lower() == "retry-after"), ""), now)


def error_for(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> OutsideError:
    """The error of a whole answer that is not a success: what concerns everybody first, then what the record is at fault for."""
    fault = _gravest(faults_in_body(body))
    if fault is not None and status == 400 and fault.code == "500":
        fault = replace(fault, type="ValidationFault")  # whatever its envelope says: the request is at fault
    trace = next((value for name, value in headers.items() if name.lower() == "intuit_tid"), "")
    meaning = fault.entry.meaning if fault and fault.code else None
    code = fault.code if fault else str(status)
    if meaning is Meaning.THROTTLED or status == 429:
        return _throttled(code, trace, wait_asked_for(headers, now))
    if meaning is Meaning.BLOCKED and fault:
        return _as(Blocked, fault, trace)
    if meaning is Meaning.UNAUTHORISED or status == 401:
        return _unauthorised(code, trace)
    if meaning is Meaning.RETRY or _is_passing(status):
        sentence = fault.entry.sentence if fault and fault.code else "QuickBooks gave no usable answer."
        return Unreachable(sentence, code=code or str(status), trace_id=trace)
    if fault is None or meaning is None:
        return _without_a_fault(status, trace)
    if meaning is Meaning.STALE:
        return _as(Stale, fault, trace)
    return _as(Gone if fault.code == "610" else Refused, fault, trace)


def _is_passing(status: int) -> bool:
    """Whether the same request may well succeed a little later."""
    return status >= 500 or status == 408 or 300 <= status < 400


def _throttled(code: str, trace: str, wait: float | None) -> Throttled:
    seconds = DOCUMENTED_WAIT if wait is None else wait
    return Throttled("QuickBooks asks us to slow down.", wait_seconds=seconds, code=code, trace_id=trace)


def _unauthorised(code: str, trace: str) -> Unauthorised:
    return Unauthorised(
        "QuickBooks does not accept our access any more.",
        code=code,
        advice="Connect to QuickBooks again.",
        trace_id=trace,
        remedy=Remedy.CONSENT,
    )


def _without_a_fault(status: int, trace: str) -> OutsideError:
    """An answer that says nothing of what is wrong; its status has to."""
    if status == 403:
        return Blocked(
            "QuickBooks forbids us this company.",
            code="403",
            advice="Check the app's keys and the rights of the person who connected.",
            trace_id=trace,
        )
    if status == 200:
        return Unreachable("QuickBooks gave no usable answer.", code="200", trace_id=trace)
    return Refused(
        "QuickBooks did not understand the request.",
        code=str(status),
        advice="This is a fault of the connector: please report it.",
        trace_id=trace,
    )


def _as(error: type[OutsideError], fault: Fault, trace: str) -> OutsideError:
    entry = fault.entry
    return error(fault.sentence, code=fault.code, advice=entry.advice, trace_id=trace, remedy=entry.remedy)


_GRAVITY = [
    Meaning.BLOCKED,
    Meaning.UNAUTHORISED,
    Meaning.THROTTLED,
    Meaning.RETRY,
    Meaning.STALE,
    Meaning.AMBIGUOUS,
    Meaning.CLASH,
    Meaning.REFUSED,
]


def _gravest(faults: Sequence[Fault]) -> Fault | None:
    """The one that decides: what concerns everybody before what concerns one record."""
    return min(faults, key=lambda f: _GRAVITY.index(f.entry.meaning), default=None)


def outcome_of(operation_id: str, action: Action | str, faults: Sequence[Fault], trace: str) -> Outcome:
    """How one item of a batch ended that has a fault. Raises `Blocked` or `Unauthorised` for what concerns everybody."""
    fault = _gravest(faults) or Fault(code="")
    meaning = fault.entry.meaning
    if meaning is Meaning.BLOCKED:
        raise _as(Blocked, fault, trace)
    if meaning is Meaning.UNAUTHORISED:
        raise _as(Unauthorised, fault, trace)
    state = {
        Meaning.THROTTLED: OutcomeState.UNKNOWN,
        Meaning.RETRY: OutcomeState.UNKNOWN,
        Meaning.STALE: OutcomeState.STALE,
        Meaning.CLASH: OutcomeState.CLASH,
        Meaning.AMBIGUOUS: OutcomeState.AMBIGUOUS,
    }.get(meaning, OutcomeState.REFUSED)
    if fault.code == "610" and action in (Action.DELETE, Action.VOID):
        state = OutcomeState.GONE
    return Outcome(
        operation_id,
        state,
        code=fault.code,
        message=fault.sentence,
        advice=fault.entry.advice,
        trace_id=trace,
        books_closed=fault.code in BOOKS_CLOSED,
    )
