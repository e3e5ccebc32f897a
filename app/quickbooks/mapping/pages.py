"""Where a person finds a record in QuickBooks' own screens (docs/quickbooks.md 9.17). Pure."""

from urllib.parse import urlencode

from app.domain.model.records import Contact, Receipt, Sale, Snapshot

HOSTS = {"production": "https://app.qbo.intuit.com", "sandbox": "https://app.sandbox.qbo.intuit.com"}


def page_of(snapshot: Snapshot, realm_id: str, environment: str) -> str:
    """The address of a record's page; the company is named too, for those who keep the books of several. "" for a record
    that is gone or has no page of its own."""
    page = _page(snapshot)
    if page is None or snapshot.deleted:
        return ""
    name, member = page
    host = HOSTS.get(environment, HOSTS["production"])
    return f"{host}/app/{name}?{urlencode({member: snapshot.id, 'deeplinkcompanyid': realm_id})}"


def _page(snapshot: Snapshot) -> tuple[str, str] | None:
    match snapshot.record:
        case Contact():
            return "customerdetail", "nameId"
        case Sale(type="adjustment"):
            return "creditmemo", "txnId"
        case Sale():
            return "invoice", "txnId"
        case Receipt(payment=payment):
            return "expense" if payment.amount < 0 else "recvpayment", "txnId"
        case _:
            return None
