"""Tie-outs: comparing both sides to the cent, and the certificate of what was found."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from app.api.auth import CallerOf, admit
from app.api.certificate_shape import CertificateOut
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.schemas import A_LIST, ConnectionId, Cursor, Limit, example
from app.services import period_report, tie_outs
from app.services.archives import cell
from app.storage.tieouts.results import TieOut
from app.tieout.certificate import AT_HOME, light

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/tie-outs",
    tags=["tie-outs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

TieOutId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The tie-out's id.", examples=["tie_01h2xd1m8kq4w7r0p6aa"])
]

COLUMNS = (
    "part",
    "kind",
    "what",
    "number",
    "who",
    "date",
    "currency",
    "oncord",
    "quickbooks",
    "amount",
    "cause",
    "why",
    "oncord_id",
    "quickbooks_id",
)
"""Of the CSV: a line for each figure (`part` is "figure"), one for each difference, one for each side as of when it was
compared and one for when that was itself checked, one for the lock date, one for each sealed month, the versions, then one
with the hash. Between them stand the parties and the period, the roll-forward, the tax codes with their labels, the accounts,
the series of numbers, what was deleted and has changed, what was not compared, and the signature."""


class TieOutOut(BaseModel):
    """One comparison of everything: how many records, and how many differences, of which some may have no cause; and as what its
    certificate is issued, which is about the days of its period only (null: of before certificates said one)."""

    model_config = example(
        id="tie_01h2xd1m8kq4w7r0p6aa",
        light="differs",
        taken_at="2026-11-22T02:04:12Z",
        as_of={"oncord": "2026-11-22T02:03:58+00:00", "quickbooks": "2026-11-22T02:04:01+00:00"},
        judged=1841,
        differences=2,
        unexplained=0,
        first_day="2026-11-01",
        last_day="2026-11-22",
        issued_as="agreeing but for what is named",
        hash="9f2c0e4b7b0f8f6f0c5d5a4a6a1d7a7e4f7f7c1c0f4f3b1f8a3f0f6f7a1b2c3d",
        certificate="/api/v1/connections/con_01h2xcejqtf2nbrexx3v/tie-outs/tie_01h2xd1m8kq4w7r0p6aa",
    )
    id: str
    light: Literal["agrees", "differs", "unexplained"]
    taken_at: dt.datetime
    as_of: dict[str, str]
    judged: int
    differences: int
    unexplained: int
    first_day: dt.date | None
    last_day: dt.date | None
    issued_as: str | None
    hash: str
    certificate: str

    @classmethod
    def of(cls, found: TieOut) -> "TieOutOut":
        """As it is shown."""
        certificate = found.certificate or {}
        period = certificate.get("period") or {}
        return cls(
            id=found.id,
            light=light(found.differences, found.unexplained),
            taken_at=found.taken_at,
            as_of=certificate["as_of"],
            judged=found.judged,
            differences=found.differences,
            unexplained=found.unexplained,
            first_day=period.get("first"),
            last_day=period.get("last"),
            issued_as=certificate.get("issued_as"),
            hash=found.hash,
            certificate=_address(found.connection_id, found.id),
        )


class TieOutPage(BaseModel):
    """Tie-outs, the newest first."""

    model_config = A_LIST
    items: list[TieOutOut]
    next_cursor: str | None


@router.post("", status_code=201, summary="Compare both sides now", responses=responses(409))
async def take_tie_out(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    response: Response,
    ledger: Annotated[
        bool, Query(description="Whether QuickBooks' own reports are read too: six metered reads at most.")
    ] = False,
) -> TieOutOut:
    """Compare every document, every receipt and every figure of both sides as they were last read.

    Nothing is read from either side, but for the reports of the `ledger`, and nothing is written to it. With hundreds of thousands of documents it takes up
    to a minute.
    """
    found = await tie_outs.take(container, connection_id, who=caller.actor, with_ledger=ledger)
    response.headers["Location"] = _address(connection_id, found.id)
    return TieOutOut.of(found)


@router.get("", summary="List the tie-outs", responses=csv_of(TieOutPage, name="tie-outs"))
@also_as_csv("tie-outs")
async def list_tie_outs(
    container: ContainerOf, connection_id: ConnectionId, limit: Limit = 50, cursor: Cursor = None
) -> TieOutPage:
    """Every comparison of everything, the newest first."""
    page = await tie_outs.list_tie_outs(container, connection_id, limit, cursor)
    return TieOutPage(items=[TieOutOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get(
    "/{tie_out_id}",
    summary="Read a certificate",
    responses={
        200: {
            "model": CertificateOut,
            "description": "The certificate: `figures`, `differences`, and a `hash` over all of it.",
            "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(COLUMNS)}},
        }
    },
)
async def read_tie_out(
    container: ContainerOf,
    connection_id: ConnectionId,
    tie_out_id: TieOutId,
    request: Request,
    wanted: Annotated[
        Literal["json", "csv"] | None, Query(alias="format", description="`csv`, or what Accept asks for.")
    ] = None,
) -> Response:
    """Both sides' figures and every difference with its amount, its cause and the figures that it moves.

    `python -m app.tieout verify FILE` adds the JSON up again from its own data.
    """
    certificate = await tie_outs.read_certificate(container, connection_id, tie_out_id)
    as_csv = wanted == "csv" or (wanted is None and request.headers.get("accept", "").startswith("text/csv"))
    if not as_csv:
        return JSONResponse(certificate)
    name = f'attachment; filename="{period_report.file_name(certificate)}.csv"'
    return Response(_as_csv(certificate), media_type="text/csv", headers={"Content-Disposition": name})


@router.get(
    "/{tie_out_id}/report",
    summary="Read the report of a period",
    response_class=StreamingResponse,
    responses={
        200: {"description": "A zip archive of tables in CSV.", "content": {"application/zip": {"example": "PK"}}},
        **responses(409),
    },
)
async def read_report(container: ContainerOf, connection_id: ConnectionId, tie_out_id: TieOutId) -> StreamingResponse:
    """What an accountant or a BAS agent needs of a certificate's period, in one archive: sales and tax by BAS label and by code,
    receivables, accounts, vouchers, numbers, each difference, and each write that changed a document of the period."""
    report = await period_report.begin(container, connection_id, tie_out_id)
    name = f'attachment; filename="{report.name}.zip"'
    return StreamingResponse(report.pieces, media_type="application/zip", headers={"Content-Disposition": name})


def _as_csv(certificate: dict[str, Any]) -> str:
    """A table for a spreadsheet; what people typed cannot become a formula in it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    for figure in certificate["figures"]:
        causes = ", ".join(f"{cause} {amount}" for cause, amount in figure["causes"].items())
        known = {name: figure[name] for name in ("currency", "oncord", "quickbooks")}
        named = {"what": figure["table"], "number": figure["key"], "who": figure["name"]}
        writer.writerow(_row({"part": "figure", **named, **known, "amount": figure["difference"], "why": causes}))
    for line in certificate.get("rounding", ()):
        said = {"number": line["month"], **{name: line[name] for name in ("currency", "oncord", "quickbooks")}}
        writer.writerow(_row({"part": "rounding", "what": "rounding", **said}))
    for line in certificate["differences"]:
        part = "difference of before" if line.get("when") == "before" else "difference"
        writer.writerow(_row({"part": part, **{name: line[name] for name in COLUMNS[1:]}}))
    for side, moment in certificate["as_of"].items():
        writer.writerow(_row({"part": "as of", "what": side, "date": moment}))
    for side, checked in certificate.get("checked", {}).items():
        words = f"each record since {checked['compared_at']}, found {checked['found']}"
        writer.writerow(_row({"part": "checked", "what": side, "date": checked["counted_at"], "why": words}))
    if locked := certificate.get("locked"):
        writer.writerow(_row({"part": "locked", "what": locked["by"], "date": locked["until"], "why": locked["why"]}))
    for month in certificate.get("sealed", ()):
        words = f"{month['documents']} documents and payments, {month['differences']} named differences"
        words += f", {month['moved']} moved since, proof {month['hash']}"
        sealing = {"number": month["month"], "date": month["sealed_at"], "who": month["sealed_by"], "why": words}
        writer.writerow(_row({"part": "sealed month", **sealing}))
    if "period" in certificate:
        for each in _contents(certificate):
            writer.writerow(_row(each))
    for what in ("product", "configuration"):
        writer.writerow(_row({"part": "version", "what": what, "number": str(certificate[f"{what}_version"])}))
    sealed = {"kind": certificate["light"], "date": certificate["taken_at"], "why": certificate["hash"]}
    writer.writerow(_row({"part": "certificate", "number": certificate["id"], **sealed}))
    return text.getvalue()


def _contents(certificate: dict[str, Any]) -> Iterator[dict[str, str]]:
    """What a certificate says beside figures and differences, a line each."""
    period, parties = certificate["period"], certificate["parties"]
    days = f"{period['first']} to {period['last']} ({period['zone']})"
    yield {"part": "period", "date": period["first"], "why": days}
    yield {"part": "party", "what": "oncord", "who": certificate["site"], "why": parties["oncord"]["address"]}
    yield {"part": "party", "what": "quickbooks", "who": certificate["company"], "why": parties["quickbooks"]["realm"]}
    for roll in certificate["roll_forward"]:
        for name in roll["oncord"]:
            sides = {side: roll[side][name] for side in ("oncord", "quickbooks")}
            yield {"part": "roll-forward", "what": name, "currency": roll["currency"], **sides}
        yield from _rolled_at_home(roll)
    for row in certificate["by_code"]:
        for what in ("sales", "tax"):
            sides = {side: row.get(side, {}).get(what, "0.00") for side in ("oncord", "quickbooks")}
            labels = ", ".join(row["labels"])
            yield {
                "part": "tax code",
                "what": what,
                "number": row["code"],
                "currency": row["currency"],
                **sides,
                "why": labels,
            }
            if row.get("home"):
                told = {"currency": row["home"]["currency"], "quickbooks": row["home"][what]}
                yield {"part": "tax code at home", "what": what, "number": row["code"], **told, "why": row["currency"]}
    for row in certificate["accounts"]:
        for what in ("opening", "in", "out", "balance"):
            sides = {side: row[side][what] for side in ("oncord", "quickbooks")}
            yield {"part": "account", "what": what, "number": row["channel"], "currency": row["currency"], **sides}
    for row in (certificate.get("ledger") or {}).get("lines", ()):
        known = {"number": row["name"], "currency": row["currency"], "quickbooks": row["ledger"]}
        come_to = f" Documents come to {row['documents']}." if row["documents"] else ""
        beyond = {"amount": row["beyond"] or "", "why": f"{row['why']}{come_to}".strip()}
        yield {"part": "ledger", "what": row["what"], **known, **beyond}
        for part in row.get("parts", ()):
            told = {"currency": row["currency"], "amount": part["amount"]}
            yield {
                "part": "ledger part",
                "what": part["cause"],
                "number": row["name"],
                **told,
                "why": str(part["count"]),
            }
            for paid in part.get("payments", ()):
                named = {"number": paid["number"], "date": paid["date"], "currency": row["currency"]}
                yield {"part": "exchange difference", **named, "amount": paid["amount"]}
    for row in (certificate.get("ledger") or {}).get("entries") or ():
        named = {"what": row["kind"], "number": row["number"], "date": row["date"], "currency": row["currency"]}
        yield {"part": "ledger entry", **named, "quickbooks": row["amount"]}
    for row in certificate.get("vouchers", ()):
        for what in row["oncord"]:
            sides = {side: row[side][what] for side in ("oncord", "quickbooks")}
            yield {"part": "vouchers", "what": what, "currency": row["currency"], **sides}
    for row in certificate["numbers"]:
        words = f"{row['count']} numbers, missing {row['missing']}: {', '.join(row['gaps'])}; void: {', '.join(row['voided'])}"
        span = f"{row['prefix']}{row['first']} to {row['prefix']}{row['last']}"
        yield {"part": "numbers", "what": row["side"], "number": span, "why": words}
    for part in ("deleted", "changed"):
        for row in (certificate[part] or {}).get("documents", ()):
            known = {name: row[name] for name in ("number", "date", "currency")}
            yield {"part": part, "what": row["side"], **known, "amount": row["total"]}
    for row in certificate["not_compared"]:
        counted = {"number": str(row["count"]), "amount": row["amount"], "currency": row["currency"]}
        yield {"part": "not compared", "what": row["what"], **counted, "why": row["words"]}
    yield {"part": "issued as", "what": certificate["issued_as"], "why": certificate["notice"]}
    yield {"part": "signature", "number": certificate["signed_by"], "why": certificate["signature"]}


def _rolled_at_home(roll: dict[str, Any]) -> Iterator[dict[str, str]]:
    """What QuickBooks' side of a roll-forward in another currency comes to in its own."""
    home = roll.get("home") or {}
    for name in AT_HOME if "closing" in home else ():
        told = {"number": roll["currency"], "currency": home["currency"], "quickbooks": home[name]}
        yield {"part": "roll-forward at home", "what": name, **told}
    for name in home.get("not_known", ()):
        yield {"part": "not known at home", "what": "rate", "number": name, "currency": roll["currency"]}


def _row(values: dict[str, str]) -> dict[str, str]:
    return {name: cell(value) for name, value in values.items()}


def _address(connection_id: str, tie_out_id: str) -> str:
    return f"/api/v1/connections/{connection_id}/tie-outs/{tie_out_id}"
