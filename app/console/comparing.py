"""The pages around comparing both sides: tie-outs and their certificates, sealed months, and a second reading."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.errors import Rejection
from app.services import overview, sealed_months, source_checks, tie_outs
from app.tieout.period import month_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/connections/{connection_id}/tie-outs")
async def take_tie_out(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Compare both sides as they were last read."""
    try:
        found = await tie_outs.take(container, connection_id, who=visitor.actor, with_ledger=form.get("ledger") == "1")
    except Rejection as refused:
        return go(request, f"/connections/{connection_id}", refused.detail, good=False)
    return go(request, f"/connections/{connection_id}/tie-outs/{found.id}", "Both sides have been compared.")


@router.post("/connections/{connection_id}/sealed-months")
async def seal_month(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Seal a month, or say why it cannot be; first of all say what that locks, and ask."""
    month, back = str(form.get("month", "")).strip(), f"/connections/{connection_id}"
    if not re.fullmatch(sealed_months.MONTH, month):
        return go(request, back, "Choose a month, as 2026-10.", good=False)
    if form.get("sure") != "1":
        found = await overview.read_connection(container, connection_id)
        until = month_of(month).last
        return page(
            request, "seal_month.html", visitor=visitor, overview=found, zone=zone_of(found), month=month, until=until
        )
    agreed = form.get("with_differences") == "1"
    try:
        made = await sealed_months.seal(container, connection_id, month, who=visitor.actor, with_differences=agreed)
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    return go(request, f"{back}/tie-outs/{made.tie_out_id}", "The month is sealed.")


@router.post("/connections/{connection_id}/sealed-months/{month}/unseal")
async def unseal_month(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    form: Form,
    connection_id: Id,
    month: Annotated[str, Path(pattern=sealed_months.MONTH)],
) -> Response:
    """Let go of a sealed month."""
    try:
        await sealed_months.unseal(container, connection_id, month, who=visitor.actor)
    except Rejection as refused:
        return go(request, f"/connections/{connection_id}", refused.detail, good=False)
    return go(request, f"/connections/{connection_id}", "The month is no longer sealed.")


@router.post("/connections/{connection_id}/source-checks")
async def check_sources(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Read all of both sides once more, and compare; shows the run that does."""
    asked = request.scope.get("request_id", "")
    try:
        run = await source_checks.ask(container, connection_id, who=visitor.actor, request_id=asked)
    except Rejection as refused:
        return go(request, f"/connections/{connection_id}", refused.detail, good=False)
    return go(request, f"/connections/{connection_id}/runs/{run.id}")


@router.get("/connections/{connection_id}/tie-outs/{tie_out_id}")
async def show_certificate(
    request: Request, container: ContainerOf, visitor: SignedIn, connection_id: Id, tie_out_id: Id
) -> Response:
    """The certificate of a tie-out, to be read and printed."""
    found = await overview.read_connection(container, connection_id)
    certificate = await tie_outs.read_certificate(container, connection_id, tie_out_id)
    return page(
        request,
        "tie_out.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        certificate=certificate,
        parts=tie_outs.parts_of(certificate),
        superseded_by=await tie_outs.superseded_by(container, connection_id, tie_out_id),
        sealed_months=await sealed_months.list_months(container, connection_id),
    )
