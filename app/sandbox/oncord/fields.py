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
CENT = Decimal("0.01")


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


Money = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,2})?$", examples=["110.00"])]
Number = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,10})?$", examples=["2"])]
Day = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"}, examples=["2026-11-22"]),
    AfterValidator(_real_day),
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["AUD"]), AfterValidator(_currency)]
Email = Annotated[str, Field(max_length=254, examples=["mia@example.com"]), AfterValidator(_email)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-22T02:00:00.000000Z"])]


def cents(value: Decimal) -> Decimal:
    """Round to the cent, half away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def money(value: Decimal) -> str:
    """An amount as it is written on the wire: two decimals, and no negative zero."""
    return str(cents(value) + 0)


def amount(text: object) -> Decimal:
    """The number in a stored field; absent counts as nothing."""
    return Decimal(str(text)) if text not in (None, "") else Decimal(0)
