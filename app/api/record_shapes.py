"""Single records as the API shows them: both sides, who moved what, what led to it, and what has settled a document."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from app.api.run_schemas import Named
from app.api.schemas import A_LIST, SYNC_EXAMPLE, example
from app.domain.model.currencies import written
from app.domain.model.records import Kind, Side
from app.services import pairs
from app.services.record_links import Links
from app.services.settling import Settling
from app.services.story import FieldOnBothSides, Step, Story


class RecordOut(Named):
    """A record as its side calls it. `gone`: it was deleted there."""

    side: Side
    kind: Kind
    id: str
    gone: bool

    @classmethod
    def of(cls, named: pairs.Named, links: Links) -> "RecordOut":
        """As it is shown."""
        return cls(
            side=named.side, kind=named.kind, id=named.id, gone=named.gone, **named.subject, links=links.of_named(named)
        )


class MoveOut(BaseModel):
    """Who moved a field last on a side: `shop` or `books` (somebody entered it there), the `service` (from the other side), a `person`
    who had answered so (`decided_by`), or nobody since the `start`; by which rule and call it was carried over, where it was."""

    by: Literal["shop", "books", "service", "person", "start"]
    at: dt.datetime | None
    sync_id: str = ""
    rule: str = ""
    call: str = ""
    decided_by: str = ""


class FieldOut(BaseModel):
    """A field as both sides hold it, null where there is no such record. `differs`: it would be carried over, or a comparison of both
    sides has named it. `stays`: it reads otherwise on either side, and that is no difference: each has it in its own form, or its own."""

    name: str
    called: str
    oncord: Any
    quickbooks: Any
    differs: bool
    stays: bool
    moved: dict[str, MoveOut]

    @classmethod
    def of(cls, field: FieldOnBothSides, told: Story) -> "FieldOut":
        """As it is shown."""
        moved = {}
        for side, move in field.moved.items():
            write = told.write(move.write)
            carried = {"sync_id": write.run_id, "rule": write.rule, "call": write.call} if write else {}
            moved[side.value] = MoveOut(by=move.by, at=move.at, decided_by=move.decided_by, **carried)
        own = {name: getattr(field, name) for name in ("name", "called", "oncord", "quickbooks", "differs", "stays")}
        return cls(**own, moved=moved)


class StepOut(BaseModel):
    """One thing that happened: an event (`what` is "event"), an answer of a person (`what` is "answer", `state` which one, `decided_by` whose),
    or a decision or a write by its action."""

    at: dt.datetime
    what: str
    side: str
    state: str = ""
    fields: list[str] = []
    rule: str = ""
    reason: str = ""
    message: str = ""
    advice: str = ""
    sync_id: str = ""
    call: str = ""
    decided_by: str = ""

    @classmethod
    def of(cls, step: Step) -> "StepOut":
        """As it is shown."""
        if step.answered is not None:
            item = step.answered
            return cls(
                at=step.at,
                what="answer",
                side=item.side,
                state=item.resolution,
                reason=item.summary,
                decided_by=item.resolved_by,
            )
        if step.happened is None:
            return cls(at=step.at, what="event", side=step.told.side if step.told else "")
        each = step.happened
        return cls(
            at=step.at,
            what=each.action,
            side=each.side,
            state=each.state,
            fields=list(each.fields),
            rule=each.rule,
            reason=each.reason,
            message=each.message,
            advice=each.advice,
            sync_id=each.run_id,
            call=each.call,
            decided_by=each.decided_by,
        )


class SettlerOut(BaseModel):
    """One thing that has settled a part of a document: a receipt with its payments (`record`), or what else QuickBooks says that it was.
    `way`: by which payment method, into which account, "" where no money moved. The amounts, in the document's currency, are those that
    either side applies to it, null where it has none."""

    called: str
    record: RecordOut | None
    way: str
    oncord: Decimal | None
    quickbooks: Decimal | None


class SettlingOut(BaseModel):
    """What has settled a document, and by side what it shows as open (a side where it is void is left out)."""

    currency: str
    total: Decimal
    open: dict[str, Decimal]
    by: list[SettlerOut]

    @classmethod
    def of(cls, found: Settling, links: Links) -> "SettlingOut":
        """As it is shown."""

        def said(amount: Decimal | None) -> Decimal | None:
            return None if amount is None else Decimal(written(amount, found.currency))

        by = [
            SettlerOut(
                called=each.called,
                record=RecordOut.of(each.record, links) if each.record else None,
                way=each.way,
                oncord=said(each.oncord),
                quickbooks=said(each.quickbooks),
            )
            for each in found.by
        ]
        left = {side.value: Decimal(written(amount, found.currency)) for side, amount in found.open.items()}
        return cls(currency=found.currency, total=Decimal(written(found.total, found.currency)), open=left, by=by)


class PairOut(BaseModel):
    """A record with its counterparts across, the primary one first; `says` are facts about them, in sentences: a pair that
    has another number on either side names both."""

    model_config = example(
        record={
            "side": "oncord",
            "kind": "sale",
            "id": "1041",
            "gone": False,
            "label": "Sale SO-88423, Ada Byron",
            "number": "SO-88423",
            "date": "2026-11-22",
            "amount": "44.00",
            "currency": "AUD",
        },
        across=[
            {
                "side": "quickbooks",
                "kind": "sale",
                "id": "145",
                "gone": False,
                "label": "Invoice 88423, Ada Byron",
                "number": "88423",
                "date": "2026-11-22",
                "amount": "44.00",
                "currency": "AUD",
            }
        ],
        books_status="linked",
        books_reason="",
        books_url="https://qbo.intuit.com/app/invoice?txnId=145",
        says=["Its number is SO-88423 in Oncord and 88423 in QuickBooks."],
        agrees=True,
        fields=[
            {
                "name": "number",
                "called": "number",
                "oncord": "SO-88423",
                "quickbooks": "88423",
                "differs": False,
                "stays": True,
                "moved": {
                    "oncord": {"by": "shop", "at": "2026-11-22T01:58:00Z", "rule": "S1", "call": "1-6a1689ad-df26"},
                    "quickbooks": {
                        "by": "service",
                        "at": "2026-11-22T02:04:09Z",
                        "rule": "S1",
                        "call": "1-6a1689ad-df26",
                    },
                },
            }
        ],
        story=[
            {
                "at": "2026-11-22T02:04:09Z",
                "what": "create",
                "side": "quickbooks",
                "state": "done",
                "rule": "S1",
                "reason": "Sale SO-88423 is confirmed and has no invoice yet.",
                "sync_id": SYNC_EXAMPLE,
                "call": "1-6a1689ad-df26",
            }
        ],
        settling={
            "currency": "AUD",
            "total": "44.00",
            "open": {"oncord": "0.00", "quickbooks": "0.00"},
            "by": [
                {
                    "called": "Receipt, Ada Byron",
                    "record": None,
                    "way": "Credit card, which goes to Stripe Clearing",
                    "oncord": "44.00",
                    "quickbooks": "44.00",
                }
            ],
        },
        actions=["retry"],
        attention=[],
        dismissed=[],
    )
    record: RecordOut
    across: list[RecordOut]
    books_status: str
    books_reason: str
    books_url: str
    says: list[str]
    agrees: bool | None
    """Whether both sides say the same, which is where no field differs; null where there are no two that are to say the same."""
    fields: list[FieldOut]
    story: list[StepOut]
    settling: SettlingOut | None
    """What has settled it, of a document."""
    actions: list[str]
    """What may be asked for of it now: `retry` (look at it again), `put_back` where its counterpart was deleted."""
    attention: list[str]
    """The ids of the questions about it that are open; their answers are what else can be done."""
    dismissed: list[str]
    """The ids of conflicts about it that were left as they are: re-opened, the value that lost can be put back."""


class HitOut(BaseModel):
    """A record that was found, with its counterpart, and how it stands."""

    model_config = example(
        record={
            "side": "oncord",
            "kind": "sale",
            "id": "1041",
            "gone": False,
            "label": "Sale 1041, Ada Byron",
            "number": "1041",
            "date": "2026-11-22",
            "amount": "44.00",
            "currency": "AUD",
            "person": "Ada Byron",
        },
        across=None,
        stands="Only in Oncord. It waits until its payment method has an account.",
    )
    record: RecordOut
    across: RecordOut | None
    stands: str


class FoundOut(BaseModel):
    """What was found, what is most alike first. `more`: there are others, which more of the text would tell apart. `next_cursor`: of a list
    of everything, the next page."""

    model_config = A_LIST
    items: list[HitOut]
    more: bool
    next_cursor: str | None
