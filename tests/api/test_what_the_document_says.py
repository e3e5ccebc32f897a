"""The OpenAPI document says enough to use the service by it: names, meanings, and examples that fit; and it has all that the pages have."""

import re

import pytest

from app.access import TABLE
from app.api.document import PARTS
from tests.support.app import Service
from tests.support.by_document import JSON, Documented

PLAIN = re.compile(r"[a-z]+(_[a-z]+)*")
_PAGE = "/connections/{connection_id}"
_RECORD = "/records/{side}/{kind}/{record_id}"
OF_PAGES: dict[str, tuple[str, ...]] = {
    "GET /sessions": ("list_sessions",),
    "POST /sessions/{session_id}/end": ("end_session",),
    "GET /being-told": ("list_operators_recipients", "list_all_messages"),
    "POST /being-told": ("add_operators_recipient",),
    "POST /being-told/{recipient_id}": (
        "change_operators_recipient",
        "send_operators_test",
        "remove_operators_recipient",
    ),
    "GET /messages.csv": ("list_all_messages",),
    "GET /deliveries": ("list_events", "read_delivery"),
    "POST /deliveries/{event_id}/read-again": ("read_delivery_again",),
    "GET /": ("list_watched",),
    "GET /connections/new": ("create_connection",),
    "POST /connections/new": ("create_connection",),
    "GET /connections.csv": ("list_connections",),
    "GET /connect/result": ("read_connection",),
    f"GET {_PAGE}": (
        "read_connection",
        "read_month",
        "list_differences",
        "list_sealed_months",
        "list_attention",
        "list_syncs",
    ),
    f"GET {_PAGE}/runs/{{run_id}}": ("read_sync", "list_sync_decisions"),
    f"GET {_PAGE}/runs/{{run_id}}/preview": ("read_preview", "list_preview_lines"),
    f"GET {_PAGE}/runs/{{run_id}}/progress": ("read_progress", "follow_progress"),
    f"POST {_PAGE}/runs/{{run_id}}/carry-out": ("start_sync",),
    f"GET {_PAGE}/runs/{{run_id}}/decisions.csv": ("list_sync_decisions",),
    f"GET {_PAGE}/runs.csv": ("list_syncs",),
    f"POST {_PAGE}/synchronise": ("start_sync",),
    f"POST {_PAGE}/automatic": ("pause", "resume", "change_connection"),
    f"POST {_PAGE}/site": ("change_connection",),
    f"GET {_PAGE}/connect": ("make_launch_link",),
    f"POST {_PAGE}/disconnect": ("disconnect",),
    f"POST {_PAGE}/start-over": ("start_over",),
    f"GET {_PAGE}/records": ("find_records",),
    f"GET {_PAGE}/records.csv": ("find_records",),
    f"GET {_PAGE}{_RECORD}": ("read_record", "read_attention"),
    f"POST {_PAGE}{_RECORD}/retry": ("retry_record",),
    f"POST {_PAGE}{_RECORD}/put-back": ("put_record_back",),
    f"GET {_PAGE}/people/{{side}}/{{record_id}}/erasure": ("read_erasure",),
    f"POST {_PAGE}/people/{{side}}/{{record_id}}/erasure": ("erase_person",),
    f"GET {_PAGE}/attention": ("list_groups", "list_attention"),
    f"GET {_PAGE}/matches": ("count_matches", "list_matches"),
    f"GET {_PAGE}/matches.csv": ("list_matches",),
    f"POST {_PAGE}/matches": ("answer_matches",),
    f"GET {_PAGE}/attention.csv": ("list_attention",),
    f"POST {_PAGE}/attention": ("resolve_many",),
    f"GET {_PAGE}/attention/{{item_id}}": ("read_attention", "list_pairs"),
    f"POST {_PAGE}/attention/{{item_id}}": ("resolve_attention",),
    f"POST {_PAGE}/attention/{{item_id}}/reopen": ("reopen_attention",),
    f"POST {_PAGE}/tie-outs": ("take_tie_out",),
    f"GET {_PAGE}/tie-outs.csv": ("list_tie_outs",),
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}": ("read_tie_out",),
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}/report.zip": ("read_report",),
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}/documents.csv": ("read_report",),
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}/payments.csv": ("read_report",),
    f"POST {_PAGE}/sealed-months": ("seal_month",),
    f"POST {_PAGE}/sealed-months/{{month}}/unseal": ("unseal_month",),
    f"POST {_PAGE}/source-checks": ("ask_for_source_check",),
    f"GET {_PAGE}/configuration": ("read_configuration", "read_configuration_choices"),
    f"POST {_PAGE}/configuration": ("put_configuration",),
    f"GET {_PAGE}/access": ("list_connection_sessions", "list_audit"),
    f"POST {_PAGE}/access": ("make_launch_link",),
    f"POST {_PAGE}/access/sessions/{{session_id}}/end": ("end_connection_session",),
    f"GET {_PAGE}/being-told": ("list_recipients", "list_messages"),
    f"POST {_PAGE}/being-told": ("add_recipient",),
    f"POST {_PAGE}/being-told/{{recipient_id}}": ("change_recipient", "send_test", "remove_recipient"),
    f"POST {_PAGE}/messages/{{message_id}}/send-again": ("send_again",),
    f"GET {_PAGE}/messages.csv": ("list_messages",),
    f"GET {_PAGE}/document-changes": ("list_document_changes",),
    f"GET {_PAGE}/document-changes.csv": ("list_document_changes",),
    f"GET {_PAGE}/opening-receivables": ("list_opening_receivables",),
    f"GET {_PAGE}/opening-receivables.csv": ("list_opening_receivables",),
    f"POST {_PAGE}/opening-receivables/{{sale_id}}": ("answer_opening_receivable",),
    f"GET {_PAGE}/events.csv": ("list_connection_events",),
    f"GET {_PAGE}/audit.csv": ("list_audit",),
}
"""Which operations show or do what a page does."""
OF_BROWSERS = {
    "POST /sign-in": "a program shows its key",
    "POST /sign-out": "a program shows its key",
    "GET /launch": "a link is followed by a person",
    "POST /launch": "a link is followed by a person",
    "GET /docs": "the document as a page",
    "GET /reference": "the document as a page",
    "GET /openapi.json": "the document",
    "GET /guides/{guide}": "text for people",
}


@pytest.fixture
def documented(service: Service) -> Documented:
    """The document of the running application."""
    return Documented(service.api, service.app.openapi())


def test_every_page_has_operations_that_show_and_do_the_same(documented: Documented) -> None:
    in_document = {f"{operation.method.upper()} {operation.path}" for _, operation in documented.operations()}
    names = [name for name, _ in documented.operations()]

    assert OF_PAGES.keys() | OF_BROWSERS.keys() == TABLE.keys() - in_document
    assert {name for each in OF_PAGES.values() for name in each} <= set(names)
    assert len(names) == len(set(names))


def test_operations_parts_and_shapes_have_plain_names(documented: Documented) -> None:
    assert [name for name, _ in documented.operations() if not PLAIN.fullmatch(name)] == []
    assert [name for name in documented.document["components"]["schemas"] if "__" in name] == []
    tags = {tag for _, operation in documented.operations() for tag in operation.said["tags"]}
    assert tags == PARTS.keys() == {each["name"] for each in documented.document["tags"]}


def test_everything_that_is_sent_and_answered_is_described_by_an_example_that_fits(documented: Documented) -> None:
    faults = []
    for name, operation in documented.operations():
        if not operation.said.get("summary") or not operation.said.get("description"):
            faults.append(f"{name} does not say what it does")
        for parameter, said in operation.parameters.items():
            if not said.get("description"):
                faults.append(f"{name}: {parameter} has no description")
            if said["in"] == "path" and not documented.examples(said["schema"]):
                faults.append(f"{name}: {parameter} has no example")
        shapes = {"what is sent": operation.body} if operation.body else {}
        for status, answer in operation.said["responses"].items():
            if status.startswith("2") and JSON in answer.get("content", {}):
                shapes[f"what is answered by {status}"] = answer["content"][JSON]["schema"]
        for what, schema in shapes.items():
            examples = documented.examples(schema)
            faults += [] if examples else [f"{name}: {what} has no example"]
            faults += [f"{name}: {what}: {why}" for each in examples if (why := documented.misfit(schema, each))]

    assert not faults, "\n".join(faults)
