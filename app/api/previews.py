"""What a dry run would do, before it is done: counted by kind, and line by line with what is there before and after."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.api.auth import admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.run_schemas import DECISION_EXAMPLE, DecisionOut
from app.api.schemas import A_LIST, CONNECTION_ID_EXAMPLE, SYNC_EXAMPLE, ConnectionId, Cursor, Limit, SyncId, example
from app.domain.model.currencies import written
from app.services import preview
from app.services.preview import Preview, PreviewLine
from app.services.preview_money import FigureMoved, MoneyMoved
from app.services.record_links import Links, links_of
from app.storage.runs.previews import PARTS, Part, Sum

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/syncs/{sync_id}/preview",
    tags=["syncs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 409, 422, 503),
)

_SUM_EXAMPLE = {
    "part": "made", "side": "quickbooks", "action": "create", "sort": "sale", "count": 3, "amount": "412.00", "currency": "AUD",
}  # fmt: skip


class SumOut(BaseModel):
    """So many of one sort on `side` would have one thing done to them. `amount`, a decimal string in `currency`, is what they come
    to: of what is made as it will be, of what is removed as it is, of what is changed by how much more or less; "" without one."""

    model_config = example(**_SUM_EXAMPLE)
    part: Part
    side: Literal["oncord", "quickbooks"]
    action: str
    sort: str
    count: int
    amount: str
    currency: str

    @classmethod
    def of(cls, found: Sum) -> "SumOut":
        """As it is shown."""
        amount = _amount(found.amount, found.currency) if found.currency else ""
        plain = {name: getattr(found, name) for name in cls.model_fields if name != "amount"}
        return cls(**plain, amount=amount)


_FIGURE_EXAMPLE = {
    "figure": "income", "name": "Total sales, with GST", "label": "G1", "currency": "AUD", "amount": "412.00", "home_amount": "412.00",
}  # fmt: skip


class FigureOut(BaseModel):
    """A figure of the books moves by `amount`, a decimal string in `currency`; `home_amount` is the same in the currency of the books
    at the company's rate of each document's day, null where it has none. `label`: where income and tax stand on a BAS."""

    model_config = example(**_FIGURE_EXAMPLE)
    figure: Literal["receivables", "account", "income", "tax"]
    name: str
    label: str
    currency: str
    amount: str
    home_amount: str | None

    @classmethod
    def of(cls, found: FigureMoved, home: str) -> "FigureOut":
        """As it is shown."""
        return cls(
            figure=found.figure,
            name=found.name,
            label=found.label,
            currency=found.currency,
            amount=written(found.amount, found.currency),
            home_amount=None if found.home_amount is None else written(found.home_amount, home),
        )


class MonthMovedOut(BaseModel):
    """What moves in one month; "" of documents without a date."""

    month: str
    locked: bool
    figures: list[FigureOut]


class PeriodOut(BaseModel):
    """What moves in one reporting period. `locked`: some of it lies in a locked period (B1); `earlier`: the period was over."""

    first: dt.date | None
    last: dt.date | None
    locked: bool
    earlier: bool
    figures: list[FigureOut]
    months: list[MonthMovedOut]


class EffectOut(BaseModel):
    """What moves in the books in money: over all days, and by reporting period, the locked ones first. Income and tax count as GST is
    reported (`basis`); `asks_twice`: a locked or an earlier period moves."""

    currency: str
    basis: Literal["accrual", "cash"]
    asks_twice: bool
    figures: list[FigureOut]
    periods: list[PeriodOut]

    @classmethod
    def of(cls, found: MoneyMoved) -> "EffectOut":
        """As it is shown."""

        def shown(figures: Sequence[FigureMoved]) -> list[FigureOut]:
            return [FigureOut.of(each, found.home) for each in figures]

        return cls(
            currency=found.home,
            basis=found.basis,
            asks_twice=found.asks_twice,
            figures=shown(found.figures),
            periods=[
                PeriodOut(
                    first=each.first,
                    last=each.last,
                    locked=each.locked,
                    earlier=each.earlier,
                    figures=shown(each.figures),
                    months=[
                        MonthMovedOut(month=m.month, locked=m.locked, figures=shown(m.figures)) for m in each.months
                    ],
                )
                for each in found.periods
            ],
        )


_PERIOD_EXAMPLE = {
    "first": "2026-10-01", "last": "2026-12-31", "locked": False, "earlier": False, "figures": [_FIGURE_EXAMPLE],
    "months": [{"month": "2026-11", "locked": False, "figures": [_FIGURE_EXAMPLE]}],
}  # fmt: skip


class PreviewOut(BaseModel):
    """A dry run's plan in sums, with how many lines each part has; `lines` is where they are read.

    A conflict (both sides changed one thing differently) is a line of what is written for it, too.
    """

    model_config = example(
        sync_id=SYNC_EXAMPLE,
        counts={**dict.fromkeys(PARTS, 0), "made": 3, "asked": 1, "left_alone": 12},
        sums=[_SUM_EXAMPLE],
        refused=0,
        effect={
            "currency": "AUD",
            "basis": "accrual",
            "asks_twice": False,
            "figures": [_FIGURE_EXAMPLE],
            "periods": [_PERIOD_EXAMPLE],
        },
        lines=f"/api/v1/connections/{CONNECTION_ID_EXAMPLE}/syncs/{SYNC_EXAMPLE}/preview/lines",
    )
    sync_id: str
    counts: dict[str, int]
    sums: list[SumOut]
    refused: int
    """How many writes the books would not take, as far as that is known before; each line says why."""
    effect: EffectOut
    lines: str

    @classmethod
    def of(cls, found: Preview) -> "PreviewOut":
        """As it is shown."""
        run = found.run
        return cls(
            sync_id=run.id,
            counts={part: found.count(part) for part in PARTS},
            sums=[SumOut.of(each) for each in found.sums],
            refused=found.refused,
            effect=EffectOut.of(found.effect),
            lines=f"/api/v1/connections/{run.connection_id}/syncs/{run.id}/preview/lines",
        )


class ChangeOut(BaseModel):
    """One field of a record: what it says and what it would say, in this service's words; null for nothing."""

    model_config = example(field="due_date", before="2026-12-01", after="2026-12-14")
    field: str
    before: Any
    after: Any


class PreviewLineOut(DecisionOut):
    """One thing that would be done: the decision, what would move, and what the record comes to before and after, in
    `currency` ("" where it has no amount, or is not there)."""

    model_config = example(
        **{**DECISION_EXAMPLE, "result_id": "", "state": "planned", "settled_at": None},
        changes=[{"field": "number", "before": None, "after": "1041"}],
        amount_before="",
        amount_after="44.00",
        refused="",
    )
    changes: list[ChangeOut]
    amount_before: str
    amount_after: str
    refused: str
    """Why the books would not take it; "" where they would, as far as that is known before."""

    @classmethod
    def of_line(cls, found: PreviewLine, links: Links) -> "PreviewLineOut":
        """As it is shown."""
        decision = DecisionOut.of(found.line.decision, links)
        return cls(
            **{**decision.model_dump(), "currency": found.currency or decision.currency},
            changes=[ChangeOut(field=c.field, before=c.before, after=c.after) for c in found.changes],
            amount_before=_amount(found.amount_before, found.currency),
            amount_after=_amount(found.amount_after, found.currency),
            refused=found.line.refused,
        )


class PreviewLinePage(BaseModel):
    """Lines in the order in which they would be done."""

    model_config = A_LIST
    items: list[PreviewLineOut]
    next_cursor: str | None


def _amount(amount: str, currency: str) -> str:
    return written(Decimal(amount), currency) if amount else ""


@router.get("", summary="Preview a dry run")
async def read_preview(container: ContainerOf, connection_id: ConnectionId, sync_id: SyncId) -> PreviewOut:
    """What a dry run would make, change and remove on each side, counted and summed, and what it would ask.

    A 409 for a run that has written (`not-a-dry-run`), and for a dry run that has not ended (`sync-under-way`).
    """
    return PreviewOut.of(await preview.read(container, connection_id, sync_id))


@router.get("/lines", summary="Read a preview line by line", responses=csv_of(PreviewLinePage, name="preview-lines"))
@also_as_csv("preview-lines")
async def list_preview_lines(
    container: ContainerOf,
    connection_id: ConnectionId,
    sync_id: SyncId,
    part: Annotated[Part, Query(description="Which part: what is removed or voided comes line by line, too.")] = "made",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PreviewLinePage:
    """One part of what a dry run would do, each line with its record before and after."""
    page = await preview.list_lines(container, connection_id, sync_id, part, limit, cursor)
    links = await links_of(container, connection_id)
    return PreviewLinePage(
        items=[PreviewLineOut.of_line(each, links) for each in page.items], next_cursor=page.next_cursor
    )
