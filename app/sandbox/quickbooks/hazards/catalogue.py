"""What can go wrong on the QBO side, as data: slug, the public fact it imitates, and its parameters with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COMMON: dict[str, Any] = {"probability": 1, "after": 0, "times": 0, "entity": "", "for_seconds": 0}


@dataclass(frozen=True, slots=True)
class Hazard:
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)
    on: bool = False
    """Whether it is on from the start: what is more likely than not, and not sure."""


CATALOGUE: dict[str, Hazard] = {
    # answers
    "answer_lost": Hazard(
        "The write (or, with entity oauth, the refresh) is done, then the connection breaks before the answer arrives. "
        "Integrators' post-mortems of doubled documents begin with this."
    ),
    "answer_timed_out": Hazard(
        "The write is done, then nothing is answered for so long that the caller gives up (Intuit cuts at 120 s).",
        {"seconds": 120},
    ),
    "error_after_commit": Hazard(
        "The write is done, then 5xx is answered. Intuit's error page says of 10000: check whether it was saved, resubmit once.",
        {"status": 500},
    ),
    "unauthorised_after_commit": Hazard(
        "The write is done, then 401 is answered, as when a token expires between the gateway and the application."
    ),
    "system_fault": Hazard("500 with code 10000 and nothing done; observed for passing trouble at Intuit."),
    "unavailable_html": Hazard("503 with an HTML page, as during Intuit's maintenance; JSON was asked for."),
    "latency": Hazard("Answers are slow; Intuit allows itself 120 seconds.", {"seconds": 1}),
    # throttling and access
    "rate_limits": Hazard(
        "The documented limits are enforced: 500 a minute, 10 a second, 40 batches a minute per company and app."
    ),
    "throttled": Hazard(
        "429 with code 3001. Both envelopes were recorded; no Retry-After is documented (retry_after null leaves it out).",
        {"retry_after": None, "envelope": "upper"},
    ),
    "reads_blocked": Hazard(
        "The month's free reads are used up: reads, queries and CDC answer 429 until next month, writes go on."
    ),
    "token_expired": Hazard(
        "401 with code 3200 though the token should still be good; clocks differ and tokens are revoked."
    ),
    "revoked": Hazard(
        "The user disconnects the app right before this call; Intuit tells nobody, the next call meets 401."
    ),
    "strict_rotation": Hazard(
        "Every refresh returns a new refresh token and kills the old one at once (otherwise after 24 hours)."
    ),
    "rotation_overlap": Hazard(
        "After a rotation the previous refresh token keeps working for a while, as some integrators report.",
        {"seconds": 86400},
    ),
    "reuse_revokes_grant": Hazard(
        "Presenting a refresh token that was already rotated away revokes the grant, as a stolen one would."
    ),
    "subscription_ended": Hazard("6190: trial or subscription period ended; reads still work for a while."),
    "admin_lost": Hazard("120 -11014-: the user who connected is no longer an admin of the company."),
    # idempotency
    "requestid_ignored": Hazard(
        "`requestid` has no effect; its guarantees are unpublished and depend on the endpoint."
    ),
    "requestid_forgotten": Hazard(
        "`requestid` is remembered only so long; its lifetime is unpublished.", {"seconds": 3600}
    ),
    "requestid_replays_deleted": Hazard(
        "Before a create is replayed, somebody deletes the object: the replay still answers 200 with the dead Id (observed live)."
    ),
    "batch_reordered": Hazard("The items of a batch answer come in another order; only the bId tells which is which."),
    "void_option_ignored": Hazard(
        "In a batch, an update of an invoice with the option void is an update and nothing else: it answers 200 and leaves the "
        "invoice as it is. Practitioners know the option from payments only; an invoice has the operation void.",
        on=True,
    ),
    # other hands in the same books
    "synctoken_bumped": Hazard(
        "Right before an update QBO itself raises the SyncToken, as a payment does to its invoice: 5010."
    ),
    "stale_without_cause": Hazard(
        "5010 although the token is the newest one, or to a create: integrators report it for closed periods and for nothing."
    ),
    "touched_without_token": Hazard(
        "Before a query or CDC, LastUpdatedTime of some objects moves while SyncToken stays, as sales do to customers and accounts.",
        {"count": 5},
    ),
    "voided_meanwhile": Hazard("A person voids the document right before it is updated."),
    "deleted_meanwhile": Hazard("A person deletes the document right before it is updated: 610."),
    "inactivated_meanwhile": Hazard(
        "A person makes the customer, item or account inactive right before it is used in an update."
    ),
    "merged_meanwhile": Hazard("A person merges the customer into another right before it is updated."),
    "paid_meanwhile": Hazard(
        "A person takes the full payment right before the app's own payment arrives, so that it would overpay."
    ),
    "deposited_meanwhile": Hazard("A person puts the payment into a bank deposit right before it is changed: 6540."),
    "displayname_taken": Hazard(
        "Right before a customer is created, a vendor of that name appears: 6240 (one name space for three lists)."
    ),
    "docnumber_taken": Hazard(
        "The company warns about duplicate document numbers and the number is used already: 6140."
    ),
    "books_closed": Hazard("The books are closed up to a date: 6210. Empty date: up to today.", {"date": ""}),
    "reconciled": Hazard("A delete meets a transaction that was matched to the bank statement: 6480."),
    # reads
    "report_refused": Hazard(
        "A report answers 5020, permission denied: integrators met that for several reports, by plan, role or review of the app."
    ),
    "cleared_filter_ignored": Hazard(
        "The TransactionList report passes over its filter `cleared` and lists everything, as it was seen to do with `account`."
    ),
    "cdc_limit": Hazard(
        "A CDC answer is cut at this many objects, silently (always 1000; lower while this is on).", {"count": 1000}
    ),
    "cdc_window": Hazard(
        "CDC refuses times that lie further back than this (always 30 days; less while this is on).",
        {"seconds": 2592000},
    ),
    "read_lag": Hazard(
        "CDC and queries by LastUpdatedTime do not show the newest changes yet; index lag of seconds to minutes was reported.",
        {"seconds": 60},
    ),
    # money
    "tax_half_even": Hazard(
        "Tax ties round half to even; half up is what integrators assert, half even is not excluded."
    ),
    "tax_per_line": Hazard("Tax is rounded per line and then summed, as shops do; QBO rounds once per rate."),
    "tax_override_ignored": Hazard(
        "An explicit TxnTaxDetail is ignored and the tax worked out anew (observed under US automated sales tax)."
    ),
    "discount_gross": Hazard(
        "The Amount of a discount line on a form that includes tax is gross: in answers, in requests, or in both. Nobody has "
        "recorded one.",
        {"answers": "gross", "requests": "gross"},
    ),
    "line_discount_beside": Hazard(
        "The Amount of a line with a discount of its own is what it was before, and only the total shows that it was taken "
        "off; on forms that do not include tax. Two clients hold contrary opinions, and nobody has recorded one."
    ),
    "links_dropped": Hazard(
        "An update that sends lines and no LinkedTxn lets go of the estimate and the hours that the form billed. A sparse "
        "update should leave them, by the documentation; nobody has recorded it for a form's lines."
    ),
    "unit_prices_rederived": Hazard(
        "UnitPrice comes back as Amount / Qty with seven decimals (recorded in an Australian company)."
    ),
    "sparse_void_refused": Hazard(
        "2020: a payment is voided with its whole body only, as the documentation has it; a sparse one was enough live."
    ),
    "overpaid_accepted": Hazard(
        "A payment line above the open balance is accepted and the excess becomes unapplied, instead of 6000."
    ),
    # screens
    "addresses_saved_as_text": Hazard(
        "Whoever saves a document in the screens leaves its billing address as free text, an address from the API too. "
        "Documents made in the screens were recorded so; that saving rewrites others is said by one integrator."
    ),
    # webhooks
    "webhooks_dropped": Hazard("Events never arrive; Intuit advises a daily CDC even when webhooks work."),
    "webhooks_doubled": Hazard("Events arrive twice with the same id; Intuit says that duplicates are possible."),
    "webhooks_delayed": Hazard("Events arrive late; production used to aggregate for minutes.", {"seconds": 300}),
    "webhooks_reordered": Hazard("Events arrive out of order; Intuit promises none."),
    "webhooks_mixed_companies": Hazard("One POST carries events of several companies, as a third party reports."),
    "webhooks_aged": Hazard(
        "Events carry a time that lies far back, as those do that were queued behind a dead endpoint.",
        {"seconds": 31536000},
    ),
}
