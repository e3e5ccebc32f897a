"""Each list of the pages as a file for a spreadsheet: what the API lists, in columns that a person reads."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from app.api import (
    attention,
    attention_shapes,
    being_told,
    connections,
    document_changes,
    events,
    matches,
    openings,
    records,
    syncs,
    tie_outs,
)
from app.api.lists import MEDIA_TYPE, as_csv
from app.api.record_shapes import FoundOut
from app.api.run_schemas import DecisionPage, SyncPage
from app.api.schemas import AuditPage, ConnectionPage
from app.console import columns
from app.console.session import ContainerOf, Id, PageRoute, SignedIn
from app.domain.model.records import Kind
from app.services import period_documents, period_report
from app.services.ports import ServiceContainer
from app.storage.paging import MAX_LIMIT
from app.storage.runs.matches import Part

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_OF = "/connections/{connection_id}"
Day = Annotated[dt.date | Literal[""] | None, Query()]


@router.get("/connections.csv")
async def connections_as_csv(container: ContainerOf, visitor: SignedIn) -> Response:
    """The connections that the visitor may see."""
    return await as_csv(
        "connections",
        ConnectionPage,
        lambda cursor: connections.list_connections(container, visitor.caller, MAX_LIMIT, cursor),
        columns=columns.CONNECTIONS,
    )


@router.get(f"{_OF}/attention.csv")
async def attention_as_csv(
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    state: Literal["open", "resolved"] = "open",
    kind: Annotated[str, Query(max_length=64)] = "",
    cause: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """What needs attention, or what was answered."""
    return await as_csv(
        "attention",
        attention_shapes.AttentionPage,
        lambda cursor: attention.list_attention(container, connection_id, state, kind, cause, MAX_LIMIT, cursor),
        columns=columns.attention(container.public_url),
    )


@router.get(f"{_OF}/messages.csv")
async def messages_as_csv(container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """Every message that somebody was told, with how it went."""
    return await as_csv(
        "messages",
        being_told.Messages,
        lambda cursor: being_told.list_messages(container, connection_id, MAX_LIMIT, cursor),
        columns=columns.MESSAGES,
    )


@router.get("/messages.csv")
async def all_messages_as_csv(container: ContainerOf, visitor: SignedIn) -> Response:
    """Every message about any connection, for the operator."""
    return await as_csv(
        "messages",
        being_told.Messages,
        lambda cursor: being_told.list_all_messages(container, MAX_LIMIT, cursor),
        columns=columns.MESSAGES,
    )


@router.get(f"{_OF}/runs.csv")
async def runs_as_csv(container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """Every run."""
    return await as_csv(
        "runs",
        SyncPage,
        lambda cursor: syncs.list_syncs(container, connection_id, MAX_LIMIT, cursor),
        columns=columns.RUNS,
    )


@router.get(f"{_OF}/runs/{{run_id}}/decisions.csv")
async def decisions_as_csv(
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    run_id: Id,
    everything: Annotated[bool, Query(alias="all")] = True,
) -> Response:
    """What a run decided."""
    run = await syncs.read_sync(container, connection_id, run_id)
    return await as_csv(
        "decisions",
        DecisionPage,
        lambda cursor: syncs.list_sync_decisions(container, connection_id, run_id, everything, MAX_LIMIT, cursor),
        columns=columns.decisions(container.public_url, dry_run=run.dry_run),
    )


@router.get(f"{_OF}/records.csv")
async def records_as_csv(
    container: ContainerOf, visitor: SignedIn, connection_id: Id, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """What a search finds; without one every record."""
    return await as_csv(
        "records",
        FoundOut,
        lambda cursor: records.find_records(container, connection_id, q, MAX_LIMIT, cursor),
        columns=columns.records(container.public_url),
    )


@router.get(f"{_OF}/document-changes.csv")
async def document_changes_as_csv(
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    since: Annotated[dt.date | Literal[""] | None, Query(alias="from")] = None,
    until: Day = None,
) -> Response:
    """What was done to the documents of a period."""
    of_page = f"{container.public_url}/connections/{connection_id}"
    return await as_csv(
        "document-changes",
        document_changes.DocumentChangePage,
        lambda cursor: document_changes.list_document_changes(
            container, connection_id, since or None, until or None, MAX_LIMIT, cursor
        ),
        columns=columns.document_changes(lambda run_id: f"{of_page}/runs/{run_id}"),
    )


@router.get(f"{_OF}/opening-receivables.csv")
async def openings_as_csv(container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """The sales that were open on the start date."""
    return await as_csv(
        "opening-receivables",
        openings.OpenSalesOut,
        lambda cursor: openings.list_opening_receivables(container, connection_id, MAX_LIMIT, cursor),
        columns=columns.OPEN_SALES,
    )


@router.get(f"{_OF}/matches.csv")
async def matches_as_csv(
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    part: Part = "probable",
    kind: Kind | None = None,
) -> Response:
    """How both sides meet before the first synchronisation."""
    return await as_csv(
        "matches",
        matches.MatchPage,
        lambda cursor: matches.list_matches(container, connection_id, part, kind, MAX_LIMIT, cursor),
        columns=columns.matches(container.public_url),
    )


@router.get(f"{_OF}/tie-outs.csv")
async def tie_outs_as_csv(container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """Every comparison of everything."""
    of_page = f"{container.public_url}/connections/{connection_id}"
    return await as_csv(
        "tie-outs",
        tie_outs.TieOutPage,
        lambda cursor: tie_outs.list_tie_outs(container, connection_id, MAX_LIMIT, cursor),
        columns=columns.tie_outs(lambda tie_out_id: f"{of_page}/tie-outs/{tie_out_id}"),
    )


@router.get(f"{_OF}/events.csv")
async def events_as_csv(container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """What both sides told of this connection."""
    return await as_csv(
        "events",
        events.EventPage,
        lambda cursor: events.list_connection_events(container, connection_id, None, MAX_LIMIT, cursor),
        columns=columns.EVENTS_TOLD,
    )


@router.get(f"{_OF}/audit.csv")
async def audit_as_csv(container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """Who did what."""
    return await as_csv(
        "audit",
        AuditPage,
        lambda cursor: connections.list_audit(container, connection_id, MAX_LIMIT, cursor),
        columns=columns.ACTS,
    )


@router.get(f"{_OF}/tie-outs/{{tie_out_id}}/report.zip")
async def report_of_a_period(
    container: ContainerOf, visitor: SignedIn, connection_id: Id, tie_out_id: Id
) -> StreamingResponse:
    """What an accountant needs of a certificate's period."""
    return await tie_outs.read_report(container, connection_id, tie_out_id)


@router.get(f"{_OF}/tie-outs/{{tie_out_id}}/documents.csv")
async def documents_of_a_period(
    container: ContainerOf, visitor: SignedIn, connection_id: Id, tie_out_id: Id
) -> StreamingResponse:
    """The documents of a certificate's period as both sides have them."""
    return await _of_a_period(container, connection_id, tie_out_id, "documents")


@router.get(f"{_OF}/tie-outs/{{tie_out_id}}/payments.csv")
async def payments_of_a_period(
    container: ContainerOf, visitor: SignedIn, connection_id: Id, tie_out_id: Id
) -> StreamingResponse:
    """The payments and refunds of a certificate's period as both sides have them."""
    return await _of_a_period(container, connection_id, tie_out_id, "payments")


async def _of_a_period(
    container: ServiceContainer, connection_id: str, tie_out_id: str, listed: period_documents.Listed
) -> StreamingResponse:
    certificate = await period_report.certificate_of_a_period(container, connection_id, tie_out_id)
    name = f'attachment; filename="{period_report.file_name(certificate)}-{listed}.csv"'
    lines = period_documents.as_csv(container, connection_id, listed, certificate["period"])
    return StreamingResponse(lines, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers={"Content-Disposition": name})
