"""Who may open which address: one table for every route of the API and every page of the console.

What does not stand here is refused to everybody, and a test fails for a route without an entry (`tests/api/test_access.py`).
"""

from enum import Enum

from app.services.callers import Need, Scope


class Open(Enum):
    """Addresses that ask for no key and no session."""

    TO_ALL = "to all"
    """Says nothing that is not public, or does nothing by itself."""
    BY_SIGNATURE = "by signature"
    """What is posted is signed."""
    BY_TICKET = "by ticket"
    """A single-use note of ours comes along, or who may is looked at by the endpoint."""


_READ, _SYNC, _CONFIGURE, _ADMIN = (Need(scope) for scope in (Scope.READ, Scope.SYNC, Scope.CONFIGURE, Scope.ADMIN))
_READ_ALL, _ADMIN_ALL = Need(Scope.READ, everywhere=True), Need(Scope.ADMIN, everywhere=True)
_API = "/api/v1/connections"
_ONE = "/api/v1/connections/{connection_id}"
_PAGE = "/connections/{connection_id}"

_OPEN: dict[str, Open] = {
    "GET /health": Open.TO_ALL,
    "GET /ready": Open.TO_ALL,
    "GET /docs": Open.TO_ALL,
    "GET /reference": Open.TO_ALL,
    "GET /openapi.json": Open.TO_ALL,
    "GET /guides/{guide}": Open.TO_ALL,
    "POST /webhooks/oncord/{connection_id}": Open.BY_SIGNATURE,
    "POST /webhooks/quickbooks": Open.BY_SIGNATURE,
    "GET /oauth/quickbooks/connect": Open.BY_TICKET,
    "GET /oauth/quickbooks/callback": Open.BY_TICKET,
    "GET /": Open.TO_ALL,
    "POST /sign-in": Open.TO_ALL,
    "GET /connect/result": Open.TO_ALL,
    "GET /launch": Open.BY_TICKET,
    "POST /launch": Open.BY_TICKET,
}
_OF_THE_API: dict[str, Need] = {
    f"GET {_API}": _READ,
    f"POST {_API}": _ADMIN_ALL,
    f"GET {_ONE}": _READ,
    f"PATCH {_ONE}": _CONFIGURE,
    f"DELETE {_ONE}": _ADMIN,
    f"POST {_ONE}/pause": _CONFIGURE,
    f"POST {_ONE}/resume": _CONFIGURE,
    f"POST {_ONE}/launch-link": _CONFIGURE,
    f"GET {_ONE}/sessions": _CONFIGURE,
    f"DELETE {_ONE}/sessions/{{session_id}}": _CONFIGURE,
    f"POST {_ONE}/webhook-secret/rotate": _CONFIGURE,
    f"POST {_ONE}/disconnect": _CONFIGURE,
    f"POST {_ONE}/start-over": _ADMIN,
    f"GET {_ONE}/audit": _CONFIGURE,
    f"GET {_ONE}/keys": _ADMIN,
    f"POST {_ONE}/keys": _ADMIN,
    f"DELETE {_ONE}/keys/{{key_id}}": _ADMIN,
    f"POST {_ONE}/keys/{{key_id}}/rotate": _ADMIN,
    f"GET {_ONE}/configuration": _READ,
    f"PUT {_ONE}/configuration": _CONFIGURE,
    f"GET {_ONE}/configuration/choices": _CONFIGURE,
    f"GET {_ONE}/syncs": _READ,
    f"POST {_ONE}/syncs": _SYNC,
    f"GET {_ONE}/syncs/{{sync_id}}": _READ,
    f"GET {_ONE}/syncs/{{sync_id}}/decisions": _READ,
    f"GET {_ONE}/syncs/{{sync_id}}/progress": _READ,
    f"GET {_ONE}/syncs/{{sync_id}}/progress/events": _READ,
    f"GET {_ONE}/syncs/{{sync_id}}/preview": _READ,
    f"GET {_ONE}/syncs/{{sync_id}}/preview/lines": _READ,
    f"GET {_ONE}/matches": _READ,
    f"GET {_ONE}/matches/counts": _READ,
    f"POST {_ONE}/matches/answers": _SYNC,
    f"GET {_ONE}/attention": _READ,
    f"GET {_ONE}/attention/groups": _READ,
    f"POST {_ONE}/attention/resolve": _SYNC,
    f"GET {_ONE}/attention/{{item_id}}": _READ,
    f"GET {_ONE}/attention/{{item_id}}/pairs": _READ,
    f"POST {_ONE}/attention/{{item_id}}/resolve": _SYNC,
    f"POST {_ONE}/attention/{{item_id}}/retry": _SYNC,
    f"POST {_ONE}/attention/{{item_id}}/reopen": _SYNC,
    f"GET {_ONE}/records": _READ,
    f"GET {_ONE}/records/{{side}}/{{kind}}/{{record_id}}": _READ,
    f"POST {_ONE}/records/{{side}}/{{kind}}/{{record_id}}/retry": _SYNC,
    f"POST {_ONE}/records/{{side}}/{{kind}}/{{record_id}}/put-back": _SYNC,
    f"GET {_ONE}/document-changes": _READ,
    f"GET {_ONE}/opening-receivables": _READ,
    f"POST {_ONE}/opening-receivables/{{sale_id}}": _SYNC,
    f"GET {_ONE}/sales/{{oncord_id}}/settlement": _READ,
    f"GET {_ONE}/month": _READ,
    f"GET {_ONE}/differences": _READ,
    f"GET {_ONE}/tie-outs": _READ,
    f"POST {_ONE}/tie-outs": _SYNC,
    f"GET {_ONE}/tie-outs/{{tie_out_id}}": _READ,
    f"GET {_ONE}/tie-outs/{{tie_out_id}}/report": _READ,
    f"GET {_ONE}/sealed-months": _READ,
    f"POST {_ONE}/sealed-months": _SYNC,
    f"DELETE {_ONE}/sealed-months/{{month}}": _SYNC,
    f"GET {_ONE}/source-checks": _READ,
    f"POST {_ONE}/source-checks": _SYNC,
    f"GET {_ONE}/events": _READ,
    f"GET {_ONE}/export": _ADMIN,
    f"GET {_ONE}/people/{{side}}/{{record_id}}/erasure": _ADMIN,
    f"POST {_ONE}/people/{{side}}/{{record_id}}/erasure": _ADMIN,
    f"GET {_ONE}/recipients": _CONFIGURE,
    f"POST {_ONE}/recipients": _CONFIGURE,
    f"PATCH {_ONE}/recipients/{{recipient_id}}": _CONFIGURE,
    f"DELETE {_ONE}/recipients/{{recipient_id}}": _CONFIGURE,
    f"POST {_ONE}/recipients/{{recipient_id}}/test": _CONFIGURE,
    f"GET {_ONE}/messages": _READ,
    f"POST {_ONE}/messages/{{message_id}}/send-again": _CONFIGURE,
    "GET /api/v1/recipients": _ADMIN_ALL,
    "POST /api/v1/recipients": _ADMIN_ALL,
    "PATCH /api/v1/recipients/{recipient_id}": _ADMIN_ALL,
    "DELETE /api/v1/recipients/{recipient_id}": _ADMIN_ALL,
    "POST /api/v1/recipients/{recipient_id}/test": _ADMIN_ALL,
    "GET /api/v1/messages": _READ_ALL,
    "GET /api/v1/sessions": _ADMIN_ALL,
    "DELETE /api/v1/sessions/{session_id}": _ADMIN_ALL,
    "GET /api/v1/watchlist": _READ_ALL,
    "GET /api/v1/events": _READ_ALL,
    "GET /api/v1/events/{event_id}/delivery": _READ_ALL,
    "POST /api/v1/events/{event_id}/read-again": _ADMIN_ALL,
    "GET /api/v1/metrics": _READ_ALL,
}
_OF_THE_CONSOLE: dict[str, Need] = {
    "POST /sign-out": _READ,
    "GET /sessions": _ADMIN_ALL,
    "POST /sessions/{session_id}/end": _ADMIN_ALL,
    "GET /being-told": _ADMIN_ALL,
    "POST /being-told": _ADMIN_ALL,
    "POST /being-told/{recipient_id}": _ADMIN_ALL,
    "GET /messages.csv": _READ_ALL,
    "GET /deliveries": _READ_ALL,
    "POST /deliveries/{event_id}/read-again": _ADMIN_ALL,
    "GET /connections/new": _ADMIN_ALL,
    "POST /connections/new": _ADMIN_ALL,
    f"GET {_PAGE}": _READ,
    f"GET {_PAGE}/runs/{{run_id}}": _READ,
    f"GET {_PAGE}/runs/{{run_id}}/preview": _READ,
    f"GET {_PAGE}/runs/{{run_id}}/progress": _READ,
    f"POST {_PAGE}/runs/{{run_id}}/carry-out": _SYNC,
    f"POST {_PAGE}/synchronise": _SYNC,
    f"POST {_PAGE}/automatic": _CONFIGURE,
    f"POST {_PAGE}/site": _CONFIGURE,
    f"GET {_PAGE}/connect": _CONFIGURE,
    f"POST {_PAGE}/disconnect": _CONFIGURE,
    f"POST {_PAGE}/start-over": _ADMIN,
    f"POST {_PAGE}/records/{{side}}/{{kind}}/{{record_id}}/retry": _SYNC,
    f"POST {_PAGE}/records/{{side}}/{{kind}}/{{record_id}}/put-back": _SYNC,
    f"GET {_PAGE}/records": _READ,
    f"GET {_PAGE}/records/{{side}}/{{kind}}/{{record_id}}": _READ,
    f"GET {_PAGE}/people/{{side}}/{{record_id}}/erasure": _ADMIN,
    f"POST {_PAGE}/people/{{side}}/{{record_id}}/erasure": _ADMIN,
    f"GET {_PAGE}/matches": _READ,
    f"POST {_PAGE}/matches": _SYNC,
    f"GET {_PAGE}/matches.csv": _READ,
    f"GET {_PAGE}/attention": _READ,
    f"POST {_PAGE}/attention": _SYNC,
    f"POST {_PAGE}/attention/{{item_id}}/reopen": _SYNC,
    f"GET {_PAGE}/attention/{{item_id}}": _READ,
    f"POST {_PAGE}/attention/{{item_id}}": _SYNC,
    f"POST {_PAGE}/tie-outs": _SYNC,
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}": _READ,
    f"POST {_PAGE}/sealed-months": _SYNC,
    f"POST {_PAGE}/sealed-months/{{month}}/unseal": _SYNC,
    f"POST {_PAGE}/source-checks": _SYNC,
    f"GET {_PAGE}/configuration": _CONFIGURE,
    f"POST {_PAGE}/configuration": _CONFIGURE,
    f"GET {_PAGE}/access": _CONFIGURE,
    f"POST {_PAGE}/access": _CONFIGURE,
    f"POST {_PAGE}/access/sessions/{{session_id}}/end": _CONFIGURE,
    f"GET {_PAGE}/being-told": _READ,
    f"POST {_PAGE}/being-told": _CONFIGURE,
    f"POST {_PAGE}/being-told/{{recipient_id}}": _CONFIGURE,
    f"POST {_PAGE}/messages/{{message_id}}/send-again": _CONFIGURE,
    f"GET {_PAGE}/messages.csv": _READ,
    f"GET {_PAGE}/document-changes": _READ,
    f"GET {_PAGE}/opening-receivables": _READ,
    "GET /connections.csv": _READ,
    f"GET {_PAGE}/attention.csv": _READ,
    f"GET {_PAGE}/runs.csv": _READ,
    f"GET {_PAGE}/runs/{{run_id}}/decisions.csv": _READ,
    f"GET {_PAGE}/records.csv": _READ,
    f"GET {_PAGE}/document-changes.csv": _READ,
    f"GET {_PAGE}/opening-receivables.csv": _READ,
    f"GET {_PAGE}/tie-outs.csv": _READ,
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}/report.zip": _READ,
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}/documents.csv": _READ,
    f"GET {_PAGE}/tie-outs/{{tie_out_id}}/payments.csv": _READ,
    f"GET {_PAGE}/events.csv": _READ,
    f"GET {_PAGE}/audit.csv": _CONFIGURE,
    f"POST {_PAGE}/opening-receivables/{{sale_id}}": _SYNC,
}
TABLE: dict[str, Need | Open] = {**_OPEN, **_OF_THE_API, **_OF_THE_CONSOLE}
"""By method and address, as "GET /api/v1/connections/{connection_id}"."""


def needed(address: str) -> Need | None:
    """What a route ("GET /health") asks of its caller; None where nobody is let in."""
    need = TABLE.get(address)
    return need if isinstance(need, Need) else None
