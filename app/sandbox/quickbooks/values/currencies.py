"""The currencies that QBO knows by name here, and how many decimals their amounts have (ISO 4217). Pure."""

from __future__ import annotations

from decimal import Decimal

NAMES = {
    "USD": "United States Dollar",
    "AUD": "Australian Dollar",
    "GBP": "British Pound Sterling",
    "CAD": "Canadian Dollar",
    "NZD": "New Zealand Dollar",
    "EUR": "Euro",
    "JPY": "Japanese Yen",
    "KRW": "South Korean Won",
    "KWD": "Kuwaiti Dinar",
    "BHD": "Bahraini Dinar",
    "INR": "Indian Rupee",
    "SGD": "Singapore Dollar",
    "CHF": "Swiss Franc",
}
WITHOUT_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def unit_of(code: str) -> Decimal:
    """The smallest amount of a currency: one yen, a cent, a thousandth of a dinar."""
    if code in WITHOUT_DECIMALS:
        return Decimal(1)
    return Decimal("0.001") if code in THREE_DECIMALS else Decimal("0.01")
