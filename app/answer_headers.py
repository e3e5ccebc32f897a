"""What the heads of answers hold beside the bodies, for whoever asks elsewhere: how long to wait, and cookies, of which none is kept."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

LONGEST_WAIT = 3600.0
"""Seconds. Whoever asks to be left alone for longer is asked again after these."""


def no_cookies() -> CookieJar:
    """What a client is given to keep cookies in, in which none stays: one shop's would go to other shops at its domain."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def retry_after(value: str, sent: datetime | None) -> float | None:
    """Seconds that `Retry-After` asks for, in either form (RFC 9110, 10.2.3), an hour at most; None where it is neither.

    `sent` is when the answer was, which the form of a date counts from; None where nobody knows.
    """
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return min(float(value), LONGEST_WAIT)
    until = moment_in(value)
    if until is None or sent is None:
        return None
    return min(max((until - sent).total_seconds(), 0.0), LONGEST_WAIT)


def moment_in(value: str) -> datetime | None:
    """The moment of a header such as `Date`; None where it is none."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
