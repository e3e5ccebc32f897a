"""A simulator of QuickBooks Online: stateful, several companies at once, faithful to what was seen on the wire.

    from app.sandbox.quickbooks import World, create_app, new_company

    world = World()                                    # a clock, chance, hazards, an outbox; no global state
    company = new_company(world, "AU", sample=True)    # as full as Intuit's own sample company
    app = create_app(world)                            # an ASGI application
    await world.webhooks.deliver_due()                 # in tests: post whatever is due now

Alone it runs as `python -m app.sandbox quickbooks --port 8001 --country AU`. Three curls to get to know it:

    curl -s -X POST localhost:8001/_sandbox/companies -d '{"country": "AU", "sample": true}'

    curl -s -H "Authorization: Bearer $ACCESS_TOKEN" -H 'Accept: application/json' \
      -G localhost:8001/v3/company/$REALM/query --data-urlencode "query=select * from Invoice where Balance > '0' orderby Id"

    curl -s -X PUT localhost:8001/_sandbox/hazards -d '{"answer_lost": {"on": true, "entity": "invoice", "times": 1}}'

The vendor's surface is under `/v3/company/{realm}`, `/connect/oauth2`, `/oauth2/v1/tokens/bearer`,
`/v2/oauth2/tokens/revoke` and `/.well-known/`; what a person does in QBO's screens, and the switches for tests, under
`/_sandbox/`. Everything that a test may want to hold still is passed in:
`World(clock=Clock(read=...), sleep=..., seed=..., webhook_transport=..., client_id=..., redirect_uris=...)`.

Where the truth about QBO is unknown, this was decided (`[SIM]`, and again where it is done):

- only successes are remembered under a `requestid`; the same id with another body replays the first answer;
- a tax-inclusive line with TaxInclusiveAmt is net, one without is gross; a form that says nothing is tax-excluded;
- outside the US a TxnTaxDetail within five cents per rate is an override, a farther one is worked out anew; in the US
  any explicit amount is honoured unless a hazard says otherwise;
- outside the US a discount lessens the taxed base; purchases bear no tax;
- deleting or shrinking a paid document succeeds and gives the payments back what they had applied;
- a payment may link an `Expense` that was booked against Accounts Receivable, never another payment;
- a balance that moves raises no event; `totalCount` is the number of rows in the answer;
- CDC refuses what is older than thirty days with 2190; a batch above thirty items is 1040;
- a second consent for a company leaves the first one's tokens alive; revoking ends all of them.
"""

from app.sandbox.quickbooks.app import create_app
from app.sandbox.quickbooks.clock import Clock
from app.sandbox.quickbooks.sample.sample import new_company
from app.sandbox.quickbooks.world import World

__all__ = ["Clock", "World", "create_app", "new_company"]
