"""Attention items as the API shows them: the question, the record, the answers there are."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from app.api.run_schemas import Named
from app.api.schemas import A_LIST, CONNECTION_ID_EXAMPLE, SYNC_EXAMPLE, example
from app.domain.model.records import Side
from app.services import answers_in_words
from app.services.attention import answers
from app.services.record_links import Links
from app.services.work import WorkGroup, cause_in_words
from app.storage.people.attention import ENDED, AttentionItem
from app.storage.people.bulk_questions import Pair

_CAUSE = {
    "cause": "",
    "words": "12 receipts wait for PayPal: choose its account.",
    "items": 1,
    "records": 12,
    "amounts": {"AUD": "1204.50"},
}


class ItemRecordOut(Named):
    """The record that an item is about."""

    side: str
    kind: str
    id: str


class ChoiceOut(BaseModel):
    """A record that the item's record could be, and what tells it from the others."""

    side: str
    id: str
    name: str
    facts: dict[str, str]
    speaks_for: list[str] = []
    """Why it could be the same one, in words; `against` says what does not fit."""
    against: list[str] = []


class AnswerOut(BaseModel):
    """An answer that an item takes: what it is called, and what it does."""

    model_config = example(
        action="retry", words=answers_in_words.action("retry"), effect=answers_in_words.effect("retry")
    )
    action: str
    words: str
    effect: str


class AttentionOut(BaseModel):
    """Something that only a person can settle, and the answers there are."""

    model_config = example(
        id="att_01h2xd1m8kq4w7r0p600",
        kind="unmapped",
        rule="R1",
        summary="Receipt 88 was paid by a method that goes to no account yet.",
        advice="Map the payment method, or choose not to synchronise it.",
        record={
            "side": "oncord",
            "kind": "receipt",
            "id": "88",
            "label": "Receipt, Ada Byron",
            "number": "",
            "date": "2026-11-22",
            "amount": "44.00",
            "currency": "AUD",
            "person": "Ada Byron",
            "links": {"here": f"/connections/{CONNECTION_ID_EXAMPLE}/records/oncord/receipt/88"},
        },
        detail={"payment_method_id": "4"},
        choices=[],
        actions=["retry", "dismiss"],
        answers=[
            {"action": each, "words": answers_in_words.action(each), "effect": answers_in_words.effect(each)}
            for each in ("retry", "dismiss")
        ],
        state="open",
        resolution="",
        created_at="2026-11-22T02:04:05Z",
        updated_at="2026-11-22T02:04:05Z",
        resolved_at=None,
        resolved_by="",
        sync_id=SYNC_EXAMPLE,
    )
    id: str
    kind: str
    rule: str
    summary: str
    advice: str
    record: ItemRecordOut | None
    detail: dict[str, Any]
    choices: list[ChoiceOut]
    actions: list[str]
    answers: list[AnswerOut]
    """The `actions` in words, with what each does."""
    state: str
    resolution: str
    created_at: dt.datetime
    updated_at: dt.datetime
    resolved_at: dt.datetime | None
    resolved_by: str
    sync_id: str | None

    @classmethod
    def of(cls, item: AttentionItem, links: Links) -> "AttentionOut":
        """As it is shown."""
        named = {
            "side": item.side,
            "kind": item.record_kind,
            "id": item.record_id,
            **item.subject,
            "links": links.of_item(item),
        }
        record = ItemRecordOut(**named) if item.record_id else None
        detail = {
            name: value
            for name, value in item.detail.items()
            if name not in ("choices", "scope", "lot", "blank", ENDED)
        }
        if "records" in detail:
            detail["records"] = item.records
        others = {
            "record": record,
            "sync_id": item.run_id or None,
            "actions": list(answers(item)),
            "answers": [
                AnswerOut(
                    action=each,
                    words=answers_in_words.action_of(item, each),
                    effect=answers_in_words.effect_of(item, each),
                )
                for each in answers(item)
            ],
            "detail": detail,
            "choices": item.detail.get("choices", []),
        }
        return cls(**{name: getattr(item, name) for name in cls.model_fields if name not in others}, **others)


class AttentionPage(BaseModel):
    """Items, the newest first."""

    model_config = A_LIST
    items: list[AttentionOut]
    next_cursor: str | None


class LikelyPairOut(BaseModel):
    """Two records that could be one, as each side has it."""

    model_config = example(
        item_id="att_01h2xd1m8kq4w7r0p601",
        oncord={"side": "oncord", "id": "17", "name": "Ada Byron", "facts": {}},
        quickbooks={"side": "quickbooks", "id": "58", "name": "Ada Byron", "facts": {"email": "ada@example.com"}},
    )
    item_id: str
    """The question about this pair alone."""
    oncord: ChoiceOut
    quickbooks: ChoiceOut

    @classmethod
    def of(cls, pair: Pair) -> "LikelyPairOut":
        """As it is shown."""
        cards = {side.value: ChoiceOut.model_validate(pair.on(side)) for side in Side}
        return cls(item_id=pair.id, **cards)


class PairPage(BaseModel):
    """Pairs, in the order in which they were found."""

    model_config = A_LIST
    items: list[LikelyPairOut]
    next_cursor: str | None


class WorkCauseOut(BaseModel):
    """The open items of one kind that have one cause, in words. `cause` narrows the list to them; it is "" of a payment method, which is
    one of several that an item asks about."""

    model_config = example(**_CAUSE)
    cause: str
    words: str
    items: int
    records: int
    amounts: dict[str, str]


class GroupOut(BaseModel):
    """The open items of one kind: how many, about how many records, what these come to, a decimal string by currency; and the same by
    cause, the largest first."""

    model_config = example(kind="unmapped", items=1, records=12, amounts={"AUD": "1204.50"}, causes=[_CAUSE])
    kind: str
    items: int
    records: int
    amounts: dict[str, str]
    causes: list[WorkCauseOut]

    @classmethod
    def of(cls, found: WorkGroup) -> "GroupOut":
        """As it is shown."""
        causes = [
            WorkCauseOut(
                cause=each.cause,
                words=cause_in_words(each),
                items=each.items,
                records=each.records,
                amounts=dict(each.amounts),
            )
            for each in found.causes
        ]
        return cls(**asdict(found.group), causes=causes)


class Groups(BaseModel):
    """The open items by their kind, the largest group first."""

    model_config = A_LIST
    items: list[GroupOut]


class AnsweredOut(BaseModel):
    """How many items took the answer, and why the others did not, in words."""

    model_config = example(answered=12, refused=["Somebody else has answered it meanwhile."])
    answered: int
    refused: list[str]
