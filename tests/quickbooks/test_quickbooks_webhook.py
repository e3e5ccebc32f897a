"""Intuit's webhooks are believed only when signed, and read leniently in both formats."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model.records import Kind
from app.quickbooks.webhook import Unreadable, WebhookEvent, parse, sign, verify

BODY = b'{"stuff":"5"}'
VECTOR = "nfPLN16u3vMvv08ghDs+dOkLuirEVDy5wAeG/lmM2OA="


def cloud_event(**changes: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": "qbo.customer.created.v1",
        "time": "2025-09-10T21:31:25.179851517Z",
        "intuitentityid": "1234",
        "intuitaccountid": "310687",
        "data": {},
    } | changes


def test_the_published_signature_vector_holds() -> None:
    assert sign(BODY, "verify_me") == VECTOR
    assert verify({"Intuit-Signature": VECTOR}, BODY, ["verify_me"])


def test_any_of_several_tokens_will_do_while_they_rotate() -> None:
    assert verify({"intuit-signature": VECTOR}, BODY, ["new", "verify_me"])


@pytest.mark.parametrize(
    ("headers", "body", "tokens"),
    [
        ({}, BODY, ["verify_me"]),
        ({"intuit-signature": VECTOR}, BODY + b" ", ["verify_me"]),
        ({"intuit-signature": VECTOR}, BODY, ["other"]),
        ({"intuit-signature": VECTOR}, BODY, []),
        ({"intuit-signature": "\udcff"}, BODY, ["verify_me"]),
        ({"intuit-signature": ""}, BODY, ["verify_me"]),
    ],
)
def test_a_wrong_signature_is_refused(headers: dict[str, str], body: bytes, tokens: list[str]) -> None:
    assert not verify(headers, body, tokens)


def test_a_cloud_event_becomes_a_notice() -> None:
    body = json.dumps([cloud_event()]).encode()

    assert tuple(parse(body)) == (
        WebhookEvent(
            realm_id="310687",
            kind=Kind.CONTACT,
            entity="customer",
            record_id="1234",
            action="created",
            occurred_at=datetime(2025, 9, 10, 21, 31, 25, 179851, tzinfo=UTC),
            event_id="88cd52aa-33b6-4351-9aa4-47572edbd068",
        ),
    )


def test_one_post_may_hold_events_of_several_companies() -> None:
    body = json.dumps([cloud_event(), cloud_event(intuitaccountid="99", type="qbo.payment.void.v1")]).encode()

    assert [(n.realm_id, n.kind, n.action) for n in parse(body)] == [
        ("310687", Kind.CONTACT, "created"),
        ("99", Kind.RECEIPT, "void"),
    ]


def test_a_merge_names_the_loser() -> None:
    (webhook_event,) = parse(
        json.dumps([cloud_event(type="qbo.customer.merged.v1", data={"deletedid": "27"})]).encode()
    )

    assert (webhook_event.action, webhook_event.record_id, webhook_event.deleted_id) == ("merged", "1234", "27")


def test_the_older_format_is_still_understood() -> None:
    body = json.dumps(
        {
            "eventNotifications": [
                {
                    "realmId": "310687",
                    "dataChangeEvent": {
                        "entities": [
                            {
                                "name": "CreditMemo",
                                "id": "1",
                                "operation": "Void",
                                "lastUpdated": "2015-10-05T14:42:19-0700",
                            },
                            {"name": "Customer", "id": "2", "operation": "Merge", "deletedId": "6"},
                            "nonsense",
                        ]
                    },
                }
            ]
        }
    ).encode()

    assert tuple(parse(body)) == (
        WebhookEvent("310687", Kind.SALE, "creditmemo", "1", "void", datetime(2015, 10, 5, 21, 42, 19, tzinfo=UTC)),
        WebhookEvent("310687", Kind.CONTACT, "customer", "2", "merged", None, "", "6"),
    )


def test_an_unknown_entity_or_verb_is_a_notice_of_no_kind() -> None:
    webhook_events = parse(
        json.dumps([cloud_event(type="qbo.estimate.frobnicated.v1"), cloud_event(type="x"), 7]).encode()
    )

    assert [(n.kind, n.action) for n in webhook_events] == [(None, "other")] * 3


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"5", b'{"hello": 1}', b"[" * 100_000])
def test_what_is_neither_format_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "data",
                    "id",
                    "time",
                    "intuitentityid",
                    "intuitaccountid",
                    "deletedid",
                    "eventNotifications",
                    "realmId",
                    "dataChangeEvent",
                    "entities",
                    "name",
                    "operation",
                    "lastUpdated",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
)


@given(json_values)
def test_no_body_breaks_the_parser_in_another_way(content: object) -> None:
    try:
        webhook_events = list(parse(json.dumps(content).encode()))
    except Unreadable:
        return

    assert all(isinstance(n, WebhookEvent) for n in webhook_events)
