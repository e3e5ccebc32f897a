"""Where a person finds a record in QuickBooks' own screens (docs/quickbooks.md 9.17). Pure."""

from urllib.parse import parse_qs, urlencode, urlsplit

from app.domain.model.records import Snapshot, sort_of

HOSTS = {"production": "https://app.qbo.intuit.com", "sandbox": "https://app.sandbox.qbo.intuit.com"}

_PAGES = {
    "contact": ("customerdetail", "nameId"),
    "sale": ("invoice", "txnId"),
    "adjustment": ("creditmemo", "txnId"),
    "receipt": ("recvpayment", "txnId"),
    "refund": ("expense", "txnId"),
}
"""The page of each sort of record, and how its id is said there."""


def page_of(snapshot: Snapshot, realm_id: str, environment: str) -> str:
    """The address of a record's page; the company is named too, for those who keep the books of several. "" for a record
    that is gone or has no page of its own."""
    if snapshot.record is None or snapshot.deleted:
        return ""
    return page_at(sort_of(snapshot.record), snapshot.id, realm_id, environment)


def page_at(sort: str, record_id: str, realm_id: str, environment: str) -> str:
    """The address of the page of one sort of record; "" for a sort without a page of its own."""
    if sort not in _PAGES or not record_id or not realm_id:
        return ""
    name, member = _PAGES[sort]
    host = HOSTS.get(environment, HOSTS["production"])
    return f"{host}/app/{name}?{urlencode({member: record_id, 'deeplinkcompanyid': realm_id})}"


def record_on(address: str, realm_id: str) -> str:
    """The id of the record whose page an address is, if it names this company; "" for anything else."""
    try:
        members = parse_qs(urlsplit(address).query)
    except ValueError:
        return ""
    if members.get("deeplinkcompanyid") != [realm_id]:
        return ""
    return next((members[name][0] for name in ("txnId", "nameId") if name in members), "")
