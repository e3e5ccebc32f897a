"""Every envelope becomes one of the few errors, with a sentence for a bookkeeper; docs/quickbooks.md 8."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model.exchange import OutcomeState
from app.domain.model.operations import Action
from app.errors import Blocked, Gone, OutsideError, Refused, Stale, Throttled, Unauthorised, Unreachable
from app.quickbooks.http.fault_codes import ENTRIES
from app.quickbooks.http.faults import (
    Fault,
    error_for,
    faults_in_body,
    outcome_of,
    read_json,
)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LOWER_401 = (
    b'{"warnings":null,"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401",'
    b'"detail":"Token expired: ...","code":"3200","element":null}],"type":"AUTHENTICATION"},"time":1730024394085}'
)
XML = (
    b'<IntuitResponse xmlns="http://schema.intuit.com/finance/v3" time="2026-01-01T00:00:00Z">'
    b'<Fault type="AUTHENTICATION"><Error code="3200"><Message>x</Message></Error></Fault></IntuitResponse>'
)
GRAPH_XML = b"<Errors><error><code>AuthenticationFailed</code><message>x</message></error></Errors>"


def fault(code: str, kind: str = "ValidationFault", detail: str = "why") -> bytes:
    return json.dumps({"Fault": {"Error": [{"Message": "m", "Detail": detail, "code": code}], "type": kind}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "expected", "code"),
    [
        (401, LOWER_401, Unauthorised, "3200"),
        (401, XML, Unauthorised, "3200"),
        (401, GRAPH_XML, Unauthorised, "AuthenticationFailed"),
        (401, b"", Unauthorised, "401"),
        (403, fault("3100", "AUTHORIZATION"), Blocked, "3100"),
        (403, b"<html>forbidden</html>", Blocked, "403"),
        (400, fault("120", "AuthorizationFault"), Blocked, "120"),
        (401, fault("120", "AuthorizationFault"), Blocked, "120"),
        (400, fault("6190"), Blocked, "6190"),
        (429, fault("3001", "SERVICE"), Throttled, "3001"),
        (403, fault("003001", "SERVICE"), Throttled, "3001"),
        (429, b"", Throttled, "429"),
        (500, fault("10000", "SystemFault"), Unreachable, "10000"),
        (400, fault("10000", "SystemFault"), Unreachable, "10000"),
        (400, fault("500"), Refused, "500"),
        (400, fault("500", "SystemFault"), Refused, "500"),
        (500, fault("500", "SystemFault"), Unreachable, "500"),
        (503, b"<html><h1>Maintenance</h1></html>", Unreachable, "503"),
        (504, b"", Unreachable, "504"),
        (302, b"", Unreachable, "302"),
        (200, b"<html>surprise</html>", Unreachable, "200"),
        (200, b"", Unreachable, "200"),
        (200, fault("610"), Gone, "610"),
        (400, fault("610"), Gone, "610"),
        (400, fault("5010"), Stale, "5010"),
        (400, fault("140"), Unreachable, "140"),
        (400, fault("2010"), Refused, "2010"),
        (400, fault("6000"), Refused, "6000"),
        (400, fault("6999"), Refused, "6999"),
        (400, fault("77777", "SystemFault"), Unreachable, "77777"),
        (404, b"", Refused, "404"),
    ],
)
def test_an_answer_becomes_the_error_that_says_what_to_do(
    status: int, body: bytes, expected: type[OutsideError], code: str
) -> None:
    error = error_for(status, {"intuit_tid": "1-abc"}, body, NOW)

    assert type(error) is expected
    assert (error.code, error.trace_id) == (code, "1-abc")
    assert error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60.0),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": format_datetime(NOW.replace(minute=2), usegmt=True)}, 120.0),
        ({"retry-after": "soon"}, 60.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "9" * 5000}, 3600.0),
        ({"retry-after": "\u00b2"}, 60.0),
        ({"retry-after": "\u0663"}, 60.0),
        ({"retry-after": "-7"}, 60.0),
        ({"retry-after": "Sun, 06 Nov 99999999999999999999 08:49:37 GMT"}, 60.0),
    ],
)
def test_throttling_waits_as_told_and_otherwise_a_minute(headers: dict[str, str], seconds: float) -> None:
    error = error_for(429, headers, b"", NOW)

    assert isinstance(error, Throttled)
    assert error.wait_seconds == seconds


@pytest.mark.parametrize(
    ("code", "action", "state"),
    [
        ("6240", Action.CREATE, OutcomeState.CLASH),
        ("6140", Action.CREATE, OutcomeState.CLASH),
        ("610", Action.CREATE, OutcomeState.AMBIGUOUS),
        ("610", Action.UPDATE, OutcomeState.AMBIGUOUS),
        ("610", Action.DELETE, OutcomeState.GONE),
        ("610", Action.VOID, OutcomeState.GONE),
        ("2500", Action.CREATE, OutcomeState.AMBIGUOUS),
        ("6250", Action.CREATE, OutcomeState.AMBIGUOUS),
        ("5010", Action.UPDATE, OutcomeState.STALE),
        ("3001", Action.CREATE, OutcomeState.UNKNOWN),
        ("10000", Action.CREATE, OutcomeState.UNKNOWN),
        ("6000", Action.CREATE, OutcomeState.REFUSED),
        ("6070", Action.CREATE, OutcomeState.REFUSED),
        ("6210", Action.UPDATE, OutcomeState.REFUSED),
        ("6480", Action.DELETE, OutcomeState.REFUSED),
        ("6540", Action.UPDATE, OutcomeState.REFUSED),
    ],
)
def test_an_items_fault_becomes_its_outcome(code: str, action: Action, state: OutcomeState) -> None:
    outcome = outcome_of("op", action, (Fault(code, "m", "why"),), "1-abc")

    assert (outcome.state, outcome.code, outcome.trace_id) == (state, code, "1-abc")
    assert outcome.message


@pytest.mark.parametrize(
    ("code", "error"), [("120", Blocked), ("3100", Blocked), ("6190", Blocked), ("3200", Unauthorised)]
)
def test_what_concerns_the_whole_company_is_no_outcome(code: str, error: type[OutsideError]) -> None:
    with pytest.raises(error):
        outcome_of("op", Action.CREATE, (Fault("6000"), Fault(code)), "")


def test_quickbooks_own_words_follow_ours_where_they_tell_more() -> None:
    told = Fault("6000", "A business validation error", "Business Validation Error: Make sure ...  GST rate")

    assert told.sentence == (
        "QuickBooks refuses the document. QuickBooks says: Business Validation Error: Make sure ... GST rate"
    )
    assert "root" not in Fault("5010", "Stale", "You and root were working").sentence


def test_every_code_of_the_list_has_a_sentence_a_person_can_read() -> None:
    for code, entry in ENTRIES.items():
        assert entry.sentence.endswith("."), code
        assert entry.sentence[0].isupper(), code
        assert not any(word in entry.sentence for word in ("null", "SyncToken", "JSON", "HTTP")), code


def test_numbers_with_fractions_never_become_floats() -> None:
    content = read_json(b'{"a": 0.1, "b": [1.10, 2], "c": 1e2}')

    assert str(content["a"]) == "0.1"
    assert not any(isinstance(v, float) for v in (content["a"], *content["b"], content["c"]))
    with pytest.raises(ValueError, match="NaN"):
        read_json(b'{"a": NaN}')


def test_a_document_type_is_never_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Errors><error><code>&a;</code></error></Errors>'

    assert faults_in_body(bomb) == ()


@given(
    st.binary(max_size=300) | st.text(max_size=100).map(str.encode),
    st.sampled_from([200, 302, 400, 401, 403, 404, 429, 500]),
)
def test_no_answer_escapes_translation(body: bytes, status: int) -> None:
    assert isinstance(error_for(status, {}, body, NOW), OutsideError)


json_bodies = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.booleans(),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["Fault", "fault", "Error", "error", "code", "type"]), x, max_size=4),
)  # fmt: skip


@given(json_bodies)
def test_no_envelope_escapes_translation(content: object) -> None:
    assert isinstance(error_for(400, {}, json.dumps(content).encode(), NOW), OutsideError)
