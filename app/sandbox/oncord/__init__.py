"""A pretend Oncord: the connector API of a shop, with the shop behind it.

Stateful, signed webhooks and all; `create_app(World())` makes one, and two of them share nothing.

    python -m app.sandbox oncord --port 8002

Open a shop beside the demo's (no token needed at the side door, whose addresses start with `/_sandbox`):

    curl -s -X POST localhost:8002/_sandbox/sites -H 'content-type: application/json' -d '{"country": "AU"}'

Sell something, as a person at the shop would; number, date, tax and totals are filled in:

    curl -s -X POST localhost:8002/_sandbox/sites/demo/sales -H 'content-type: application/json' \\
         -d '{"contact": {"first_name": "Mia", "email": "mia@example.com"}, "lines": [{"product_code": "MUG"}]}'

Read it as the connector does, with the shop's token (`GET /_sandbox/sites` tells it):

    curl -s localhost:8002/sites/demo/api/connector/v1/sales -H "authorization: Bearer $TOKEN"

The contract's reference is this app's OpenAPI document (`/docs`). What breaks on purpose is switched at
`PUT /_sandbox/hazards`.

Rooms: `fields`, `records`, `sale` (values and records) · `totals`, `checks`, `edits` (rules) ·
`clock`, `shelf`, `site`, `world` (memory) · `listing`, `batches`, `connector`, `envelopes`, `wire` (the vendor's surface) ·
`outbox`, `events` (webhooks) · `hazards`, `person`, `side_door`, `side_records` (the side door) · `shop_page`, `shop_deeds` (the page) ·
`sample`, `state`, `app`, `serve`, `problems`.

What the contract leaves open is decided here so: tax rates are in per cent (`"10"`); a subtotal line's
amounts are zero; derived fields (`amount_paid`, `sales_count`, `unallocated_amount`) change without a new
version or event; `external_ref` of a deleted record stays taken as long as its stub is kept; a delete by the
connector is refused unless the connector made the record and nothing hangs on it; a sale that is deleted
leaves its receipts, unallocated.
"""

from app.sandbox.oncord.app import create_app
from app.sandbox.oncord.clock import Clock
from app.sandbox.oncord.world import World

__all__ = ["Clock", "World", "create_app"]
