"""What the outside can do to us, named by what to do next, and what a person can be told.

Each vendor's client translates status, code and envelope into these types once, at its door; nothing further in
ever looks at an HTTP status or matches a text. `Rejection` is the other direction: what a service refuses to a caller.
"""

from collections.abc import Mapping
from enum import StrEnum


class Remedy(StrEnum):
    """What a person does here about a connection that has stopped; NONE where it lies outside, or only time helps."""

    NONE = ""
    CONSENT = "connect_quickbooks"
    """Give access at QuickBooks anew."""
    SITE_TOKEN = "renew_site_token"  # noqa: S105 - the name of what to do
    """Give a fresh token of the Oncord site."""
    SITE_ADDRESS = "correct_site_address"
    """Say where the Oncord site is now."""


class OutsideError(Exception):
    """Something outside this service did not do what was asked.

    `message` is a sentence a bookkeeper understands, `advice` what to do about it, `code` the vendor's own code
    ("" if none), `trace_id` the vendor's id of the exchange (QuickBooks: intuit_tid), `remedy` the page that mends it.
    """

    def __init__(
        self, message: str, *, code: str = "", advice: str = "", trace_id: str = "", remedy: Remedy = Remedy.NONE
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.advice = advice
        self.trace_id = trace_id
        self.remedy = remedy

    def __str__(self) -> str:
        """For people, to whom a vendor's code alone says nothing."""
        return f"{self.message} {self.advice}".strip()

    def __repr__(self) -> str:
        """For logs."""
        return f"{type(self).__name__}({self.message!r}, code={self.code!r}, trace_id={self.trace_id!r})"


class Unreachable(OutsideError):
    """No usable answer: a time-out, a reset, a 5xx. What was asked may or may not have happened. Retry with backoff."""


class TooSlow(Unreachable):
    """No whole answer in the time that a request has. Retry, less often each time, and let others go first."""


class Throttled(OutsideError):
    """Too many calls. Nothing happened. Wait `wait_seconds`, then ask again."""

    def __init__(self, message: str, *, wait_seconds: float, code: str = "", trace_id: str = "") -> None:
        super().__init__(message, code=code, trace_id=trace_id)
        self.wait_seconds = wait_seconds


class Stale(OutsideError):
    """The record has moved on since we last saw it. Read it again and plan it again."""


class Refused(OutsideError):
    """The record's own fault. Park it with the reason and go on with the others."""


class Unauthorised(OutsideError):
    """The grant is gone. Stop this connection and ask a person to reconnect."""


class Blocked(OutsideError):
    """The company's (or site's) fault: a subscription that ended, a lost admin right. Stop the run, park nothing."""


class Gone(OutsideError):
    """The record no longer exists over there."""


class LeaseLost(Exception):
    """Another run has taken this connection over; whatever this one still wanted to write must not be written."""


class Rejection(Exception):
    """A caller asked for something that cannot be done; becomes `application/problem+json` (RFC 9457).

    `type` is the stable last segment of the problem's type address, `detail` says what to do, `fields` holds one
    sentence per field at fault, `extra` further members of the problem document.
    """

    status = 400

    def __init__(
        self,
        type: str,  # noqa: A002 - the member's name in RFC 9457
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.type = type
        self.detail = detail
        self.fields = dict(fields or {})
        self.extra = dict(extra or {})


class InvalidInput(Rejection):
    """What was sent cannot be used as it is (422)."""

    status = 422


class NotFound(Rejection):
    """There is no such thing here (404)."""

    status = 404


class Conflict(Rejection):
    """What was asked does not fit the present state (409)."""

    status = 409


class TooMany(Rejection):
    """The caller asks too often (429). The same may be asked again in `wait_seconds`."""

    status = 429

    def __init__(self, type: str, detail: str, *, wait_seconds: int) -> None:  # noqa: A002 - as in `Rejection`
        super().__init__(type, detail)
        self.wait_seconds = wait_seconds


class Unavailable(Rejection):
    """Something this service needs is away for the moment (503)."""

    status = 503
