"""The kinds of value that the contract knows: money, numbers, days, e-mail addresses, currencies.

Money and quantities are decimal *strings*; a JSON number is refused, because a float that reaches the
wire is a cent that goes missing later.
"""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field

Record: TypeAlias = dict[str, Any]
"""A stored record: exactly the JSON object that leaves the simulator, unknown fields included."""

ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(ISO_4217.split())
EMAIL_SHAPE = re.compile(r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}$")
WITHOUT_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def _real_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _currency(text: str) -> str:
    if text not in CURRENCIES:
        raise ValueError("not an ISO 4217 currency code")
    return text


def _email(text: str) -> str:
    if text and not EMAIL_SHAPE.match(text):
        raise ValueError("not an e-mail address")
    return text


Money = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,3})?$", examples=["110.00"])]
Number = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,10})?$", examples=["2"])]
Day = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"}, examples=["2026-11-22"]),
    AfterValidator(_real_day),
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["AUD"]), AfterValidator(_currency)]
Email = Annotated[str, Field(max_length=254, examples=["mia@example.com"]), AfterValidator(_email)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-22T02:00:00.000000Z"])]


def decimals_of(currency: str) -> int:
    """How many decimals amounts in a currency have (ISO 4217)."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def unit_of(currency: str) -> Decimal:
    """The smallest amount of a currency: one yen, a cent, a thousandth of a dinar."""
    return Decimal(1).scaleb(-decimals_of(currency))


def cents(value: Decimal, currency: str) -> Decimal:
    """Round to the cent, or to what the currency has instead, half away from zero."""
    return value.quantize(unit_of(currency), ROUND_HALF_UP)


def money(value: Decimal, currency: str) -> str:
    """An amount as it is written on the wire: with the currency's own decimals, and no negative zero."""
    return str(cents(value, currency) + 0)


def fits(text: object, currency: str) -> bool:
    """Whether a written amount can be paid in a currency: no half yen."""
    value = amount(text)
    return value == cents(value, currency)


def amount(text: object) -> Decimal:
    """The number in a stored field; absent counts as nothing."""
    return Decimal(str(text)) if text not in (None, "") else Decimal(0)
