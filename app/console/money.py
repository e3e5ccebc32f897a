"""Money as a person in the company's country writes it: "$1,204.50", and "1,204.50 USD" where it is not the company's own currency.

Everything behind the pages says an amount with its currency ("1204.50 AUD"), what is kept for years included; the last step before a
page is shown puts it in style, whatever sentence it stands in.
"""

import re
from typing import Any

from app.domain.model.currencies import decimals_of

SIGNS = dict.fromkeys(("AUD", "NZD", "USD", "CAD", "SGD", "HKD"), "$") | {"GBP": "£", "EUR": "€", "JPY": "¥"}
"""The sign of a company's own currency; one without is named as any other."""
_AMOUNT = re.compile(r"(?<![\w.,/$-])(-?)(\d+)(\.\d+)? ([A-Z]{3})\b(?!-)")


class AsTyped(str):
    """A text that somebody has typed, to be shown letter by letter."""

    __slots__ = ()


def in_style(value: Any, home: str) -> Any:
    """A text with the amounts in it in style; what is no plain text comes back as it is. `home`: the company's currency, or ""."""
    if type(value) is not str or not value:
        return value
    return _AMOUNT.sub(lambda found: _styled(found, home), value)


def _styled(found: re.Match[str], home: str) -> str:
    minus, whole, fraction, currency = found[1], found[2], (found[3] or "").removeprefix("."), found[4]
    decimals = decimals_of(currency)
    if len(fraction) > decimals or bool(fraction) != bool(decimals):
        return found[0]
    figures = f"{int(whole):,}.{fraction:0<{decimals}}" if fraction else f"{int(whole):,}"
    sign = SIGNS.get(currency) if currency == home else None
    return f"{minus}{sign}{figures}" if sign else f"{minus}{figures} {currency}"
