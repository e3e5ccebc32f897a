"""How many decimals each currency has (ISO 4217): the yen has none, the dinars of the Gulf have three.

Amounts are rounded, compared and written in the currency's own smallest unit. What is unknown has two decimals.
"""

from decimal import Decimal

CENT = Decimal("0.01")

_WITHOUT = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_FOUR = frozenset(["CLF", "UYW"])
_SMALLEST_COINS = {
    "AUD": Decimal("0.05"),
    "CAD": Decimal("0.05"),
    "CHF": Decimal("0.05"),
    "CZK": Decimal(1),
    "DKK": Decimal("0.50"),
    "NOK": Decimal(1),
    "NZD": Decimal("0.10"),
    "SEK": Decimal(1),
}
"""What cash is rounded to, where that is more than the smallest amount (Unicode CLDR, `cashRounding` and `cashDigits`; of
Australia and New Zealand the coins that are left)."""


def decimals_of(currency: str) -> int:
    """The decimals of an amount in this currency."""
    if currency in _WITHOUT:
        return 0
    if currency in _THREE:
        return 3
    return 4 if currency in _FOUR else 2


def unit_of(currency: str) -> Decimal:
    """The smallest amount of this currency that can be paid."""
    return Decimal(1).scaleb(-decimals_of(currency))


def most_cash_rounding(currency: str) -> Decimal:
    """By how much an amount moves at most that is rounded to the currency's smallest coin."""
    return _SMALLEST_COINS.get(currency, Decimal(0)) / 2


def smallest(currency: str) -> str:
    """What `unit_of` is called in a sentence: "cents", "JPY", "thousandths of KWD"."""
    return {0: currency, 3: f"thousandths of {currency}", 4: f"ten-thousandths of {currency}"}.get(
        decimals_of(currency), "cents"
    )


def written(value: Decimal, currency: str) -> str:
    """An amount as a person writes it in this currency: 1100 yen, 11.00 dollars, 1.250 dinars."""
    return f"{value:.{decimals_of(currency)}f}"


def with_currency(value: Decimal, currency: str) -> str:
    """An amount in a sentence: 11.00 AUD, 1100 JPY; the bare amount where its currency is not known."""
    return f"{written(value, currency)} {currency}".rstrip()
