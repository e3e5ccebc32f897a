"""Signatures and bodies of Oncord's events; the sender is the reference library."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from app.domain.model.deletion import DeletedAlong
from app.domain.model.records import Kind
from app.oncord.webhook import WebhookEvent, message_id, parse, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = (
    '{"type": "sale.saved", "timestamp": "2026-11-22T02:00:00Z", "data": {"entity": "sale", "id": "1041", '
    '"version": "7", "action": "saved", "merged_ids": [], "deleted_with": null, "actor": "user"}}'
)
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


def headers(secret: str = SECRET, body: str = BODY, at: datetime = LONG_AGO) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }


def test_a_signature_of_the_library_is_accepted_whatever_its_age() -> None:
    assert verify(headers(), BODY.encode(), [SECRET])
    assert message_id(headers()) == "msg_1"


def test_each_of_several_secrets_and_each_of_several_signatures_counts() -> None:
    both = headers() | {"webhook-signature": "v1,bm90aGluZw== v1a,xyz " + headers(OTHER)["webhook-signature"]}

    assert verify(both, BODY.encode(), [SECRET, OTHER])
    assert not verify(both, BODY.encode(), [SECRET])


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "1"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,é"},
        {"webhook-id": ""},
        {"webhook-timestamp": ""},
    ],
)
def test_anything_else_is_refused(change: dict[str, str]) -> None:
    assert not verify(headers() | change, BODY.encode(), [SECRET])


def test_a_changed_body_no_secret_and_an_unusable_secret_are_refused() -> None:
    assert not verify(headers(), BODY.encode() + b" ", [SECRET])
    assert not verify(headers(), BODY.encode(), [])
    assert not verify(headers(), BODY.encode(), ["", "whsec_", "whsec_no base64!"])


def test_a_signed_body_that_is_not_text_is_told_from_a_forged_one() -> None:
    import base64
    import hashlib
    import hmac

    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    body = b"\xff\xfe\x00"
    signature = base64.b64encode(hmac.digest(key, b"m.1." + body, hashlib.sha256)).decode()

    assert verify({"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": f"v1,{signature}"}, body, [SECRET])
    with pytest.raises(ValueError):
        parse(body)


def test_the_contracts_example_is_one_notice() -> None:
    assert list(parse(BODY.encode())) == [
        WebhookEvent(
            kind=Kind.SALE,
            record_id="1041",
            version="7",
            action="saved",
            actor="user",
            occurred_at=datetime(2026, 11, 22, 2, tzinfo=UTC),
        )
    ]


def test_a_list_tells_several_changes_and_a_strange_one_does_not_spoil_the_others() -> None:
    event = {
        "type": "contact.deleted",
        "timestamp": "nonsense",
        "data": [
            {"id": 41, "deleted_with": {"entity": "contact", "id": 17}},
            {"entity": "contact", "id": "9", "action": "merged", "merged_ids": ["4", 5, None]},
            {"entity": "newsletter", "id": "3"},
            "x",
            {"entity": "sale"},
        ],
    }

    first, merged, *strange = parse(json.dumps(event).encode())

    assert first == WebhookEvent(Kind.CONTACT, "41", action="deleted", deleted_with=DeletedAlong(Kind.CONTACT, "17"))
    assert merged == WebhookEvent(Kind.CONTACT, "9", action="merged", merged_ids=("4", "5"))
    assert [webhook_event.kind for webhook_event in strange] == [None, None, None]
    assert all(webhook_event.problem for webhook_event in strange)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": []}', b'{"data": "x"}', b"\xff", b"[" * 100_000])
def test_a_body_without_changes_is_unreadable(body: bytes) -> None:
    with pytest.raises(ValueError):
        parse(body)
