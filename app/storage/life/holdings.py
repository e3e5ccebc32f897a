"""What each table holds of people, of secrets and of the merchant's: the list that erasing and exporting go by.

A table or a column that does not stand here fails a test (`tests/storage/test_holdings.py`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holding:
    """`texts`: columns in which something of a contact may stand. `staff`: columns that name somebody who works with the service.
    `secrets` leave it in no form. `exported`: whether an export has the table; `why_not` says why it has not."""

    texts: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    """Columns of JSON, or of free text, that hold ids, figures or words of the service only."""
    exported: bool = True
    why_not: str = ""
    by: str = "connection_id"
    """The column that says whose row it is; "" for the platform's own."""


HOLDINGS: dict[str, Holding] = {
    "connection": Holding(
        secrets=("oncord_token", "oncord_secrets"),
        plain=("name", "state_reason", "facts", "configuration"),
        by="id",
    ),
    "token": Holding(
        secrets=("access_token", "refresh_token"),
        exported=False,
        why_not="It is nothing but the grant of QuickBooks, sealed.",
    ),
    "company_facts": Holding(
        plain=("rows",),
        exported=False,
        why_not="It is what QuickBooks says of the company's lists and settings, and is read anew at any time.",
    ),
    "oauth_state": Holding(
        staff=("who", "address"),
        secrets=("state_digest", "cookie_digest", "return_to"),
        exported=False,
        why_not="It is a way to the consent page that is good for minutes.",
    ),
    "api_key": Holding(
        staff=("name", "created_by", "ended_by"), secrets=("digest", "previous_digest"), plain=("scopes",)
    ),
    "console_session": Holding(staff=("name", "address"), secrets=("digest", "key_digest"), plain=("let_in_by",)),
    "launch_link": Holding(staff=("created_by",), plain=("let_in_by",)),
    "audit": Holding(staff=("who", "address"), plain=("detail",)),
    "event": Holding(texts=("detail", "reason")),
    "pending_change": Holding(texts=("reason",)),
    "schedule": Holding(),
    "foreseen": Holding(exported=False, why_not="It is worked out of what is exported."),
    "heartbeat": Holding(exported=False, why_not="It is about no connection.", by=""),
    "cursor": Holding(plain=("page_cursor",)),
    "mirror": Holding(
        texts=("record", "extras", "key_email", "key_name", "people_keys", "digest"), plain=("pays", "account_version")
    ),
    "search_key": Holding(texts=("key",)),
    "link": Holding(texts=("base_oncord", "base_quickbooks", "gone_reason"), plain=("base_customer",)),
    "settlement_due": Holding(),
    "mark_due": Holding(),
    "settled_otherwise": Holding(texts=("parts",)),
    "source_check": Holding(plain=("page_cursor",)),
    "operation": Holding(
        texts=(
            "record",
            "before",
            "subject",
            "person",
            "disagreements",
            "reason",
            "body",
            "document",
            "message",
            "advice",
        ),
        plain=("fields", "preview"),
    ),
    "run": Holding(
        texts=("error", "advice"), staff=("requested_by",), plain=("counters", "cleared", "carries_out", "progress")
    ),
    "lease": Holding(),
    "read_meter": Holding(),
    "reads_of_month": Holding(exported=False, why_not="It is the sum of what is exported by day."),
    "connections_by_state": Holding(exported=False, why_not="It counts all connections together.", by=""),
    "reads_of_day": Holding(exported=False, why_not="It counts for all connections together.", by=""),
    "attention": Holding(
        texts=("summary", "advice", "detail", "subject", "person"),
        staff=("resolved_by",),
        plain=("actions", "resolution"),
    ),
    "opening_answer": Holding(staff=("answered_by",)),
    "tie_out": Holding(texts=("certificate",), staff=("asked_by",), plain=("of_month",)),
    "tie_out_difference": Holding(texts=("line",)),
    "sealed_month": Holding(staff=("sealed_by",)),
    "sealed_document": Holding(plain=("figures", "today")),
    "document_change": Holding(
        texts=("label", "reason", "before", "after", "document"), staff=("decided_by",), plain=("called",)
    ),
    "erased_person": Holding(),
    "recipient": Holding(
        staff=("address", "created_by"),
        secrets=("secret",),
        plain=("topics", "stopped"),
    ),
    "message": Holding(texts=("summary", "lines"), plain=("title", "advice", "path")),
    "delivery": Holding(staff=("asked_by",), plain=("answer",)),
    "told_condition": Holding(),
}
"""By table."""

PLAIN = frozenset(
    {
        "action",
        "answers",
        "batch_id",
        "cause",
        "choice",
        "claim_owner",
        "code",
        "connection_id",
        "contact",
        "currency",
        "decision",
        "deleted_with",
        "document_id",
        "event_key",
        "expected_version",
        "external_ref",
        "gone",
        "hash",
        "id",
        "item_key",
        "key",
        "key_contact",
        "key_number",
        "kind",
        "marker",
        "merged_into",
        "message_id",
        "month",
        "name",
        "number",
        "oncord_api_url",
        "oncord_id",
        "operation_id",
        "origin",
        "outcome",
        "owner",
        "part",
        "phase",
        "quickbooks_id",
        "realm_id",
        "recipient_id",
        "record_id",
        "record_kind",
        "remedy",
        "request_id",
        "result_id",
        "result_version",
        "role",
        "rule",
        "run_id",
        "sale_id",
        "scope",
        "sender",
        "side",
        "signature",
        "site_id",
        "source_id",
        "state",
        "status",
        "subjects",
        "target_id",
        "tie_out_id",
        "topic",
        "trace_id",
        "trigger",
        "version",
        "waits_for",
        "way",
    }
)
"""Columns that hold ids, numbers of documents, words of a closed list or proofs, whatever table they are in."""
