"""The rows of docs/quickbooks.md 12, and which tests run the client against the simulator for each.

`row("...")` marks a test; a row that is not in the list is refused at once, one without a test by
`test_every_row_of_the_fact_sheet_has_a_test`.
"""

from collections.abc import Awaitable, Callable

ROWS = (
    # OAuth
    "code single-use", "access token 3600 s", "refresh rotates after 24 h", "invalid_grant on a stale value",
    "concurrent refresh race", "revoke", "disconnect", "hard expiry header",
    # envelopes and refusals
    "envelope and time", "XML without Accept", "lower-case gateway 401", "400/610 not found",
    # objects
    "SyncToken and its side effects", "LastUpdatedTime side effects", "sparse and full", "line replacement",
    "requestid replay, also after delete", "DocNumber sequence and preferences",
    "DisplayName across three lists, (deleted)",
    # queries and changes
    "inactive filtering", "query grammar 4000/4001", "default orders", "totalCount", "CDC cut at 1000",
    "CDC deleted stubs", "CDC 30 days",
    # batches and limits
    "batch of 30", "batch fault per item", "batch without cross references", "500/min, 10/s, 40 batches, 429/3001",
    # money
    "US TAX/NON", "AU GST codes", "GlobalTaxCalculation", "rounding 9.13", "payment apply and unapply",
    "payment overpay", "payment void", "6540 after deposit", "6210 closed books",
    # the company
    "6190 subscription", "120 lost admin",
    # webhooks
    "CloudEvents array and signature", "webhook retries", "webhook duplicates", "webhooks out of order",
    "merged deletedid", "void event",
    # faults
    "time-out after commit", "500", "503 HTML",
)  # fmt: skip

PROVED: dict[str, list[str]] = {}
"""Names of tests by row."""

Test = Callable[..., Awaitable[None]]


def row(*names: str) -> Callable[[Test], Test]:
    """Mark a test as the proof of these rows."""
    for name in names:
        assert name in ROWS, name

    def mark(test: Test) -> Test:
        for name in names:
            PROVED.setdefault(name, []).append(f"{test.__module__}.{test.__qualname__}")
        return test

    return mark
