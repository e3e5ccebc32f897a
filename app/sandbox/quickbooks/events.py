"""Webhook bodies in the two formats, and their signature. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.sandbox.quickbooks.clock import event_time, stamp
from app.sandbox.quickbooks.values.wire import Body

SUBSCRIBABLE = frozenset(
    {
        "Customer", "Invoice", "Payment", "CreditMemo", "RefundReceipt", "SalesReceipt", "Item", "Account", "Class",
        "Department", "Vendor", "Employee", "PaymentMethod", "Term", "TaxAgency", "Preferences", "Purchase", "Deposit",
        "JournalEntry", "Bill", "VendorCredit", "PurchaseOrder", "Transfer", "Estimate", "TimeActivity",
    }
)  # fmt: skip
"""TaxCode, TaxRate, CompanyInfo and Attachable send nothing."""

_VERBS = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Merge": "merged",
    "Void": "void",
    "Emailed": "emailed",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One change that somebody asked to be told of."""

    id: str
    realm: str
    entity: str
    entity_id: str
    operation: str
    at: datetime
    merged_away: str | None = None


def cloud(events: Sequence[Event]) -> list[Body]:
    """A CloudEvents array, the format since 2026."""
    return [
        {
            "specversion": "1.0",
            "id": event.id,
            "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
            "type": f"qbo.{event.entity.lower()}.{_VERBS[event.operation]}.v1",
            "datacontenttype": "application/json",
            "time": event_time(event.at),
            "intuitentityid": event.entity_id,
            "intuitaccountid": event.realm,
            "data": {"deletedid": event.merged_away} if event.merged_away else {},
        }
        for event in events
    ]


def legacy(events: Sequence[Event]) -> Body:
    """The older `eventNotifications`, one entry per company."""
    notifications = []
    for realm in dict.fromkeys(event.realm for event in events):
        entities = []
        for event in (known for known in events if known.realm == realm):
            entity: Body = {"name": event.entity, "id": event.entity_id, "operation": event.operation}
            if event.merged_away:
                entity["deletedId"] = event.merged_away
            entities.append({**entity, "lastUpdated": stamp(int(event.at.timestamp()))})
        notifications.append({"realmId": realm, "dataChangeEvent": {"entities": entities}})
    return {"eventNotifications": notifications}


def signature(verifier_token: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()).decode()
