"""Random sales as a shop writes them, in the words of Oncord's wire: its own rounding, odd quantities, seven decimals.

Seeded and plain, so that tens of thousands are made in a second; nothing of ours takes part in the arithmetic.
"""

import random
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

CENT, PRICE = Decimal("0.01"), Decimal("0.0000001")
ZERO, HUNDRED = Decimal(0), Decimal(100)
QUANTITIES = [Decimal(q) for q in ("1", "1", "1", "2", "3", "7", "12", "44", "0.5", "2.5", "0.333", "1.125", "13.7")]


@dataclass
class _Part:
    amount: Decimal
    code: str
    exact: Decimal
    said: dict[str, Any]
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Shop:
    """The rates of a shop's tax codes in percent, and whether its prices may include tax."""

    rates: dict[str, Decimal]
    inclusive: bool = True
    ways: tuple[str, ...] = (ROUND_HALF_UP, ROUND_HALF_UP, ROUND_HALF_EVEN)
    """How its tax is rounded."""

    def sale(self, chance: random.Random, number: int, *, credit: bool = False) -> dict[str, Any]:
        """One sale, or an adjustment that gives credit: all its amounts are negative."""
        included = self.inclusive and chance.random() < 0.5
        goods = [self._line(chance, included) for _ in range(chance.randint(1, 9))]
        extra, shipping = [], []
        if chance.random() < 0.3:
            largest = max(goods, key=lambda part: part.amount)
            off = -(largest.amount / chance.randint(2, 9)).quantize(CENT)
            extra = [self._part(off, largest.code, included, {"description": "Discount"})]
        if chance.random() < 0.3:
            amount = Decimal(chance.randint(0, 3000)) / 100
            shipping = [self._part(amount, chance.choice(list(self.rates)), included, {"method": "Post"})]
        parts = [*goods, *extra, *shipping]
        self._tax(chance, parts)
        tax = sum((part.tax for part in parts), ZERO)
        total = sum((part.amount for part in parts), ZERO) + (ZERO if included else tax)
        rounding = ZERO
        if chance.random() < 0.1:
            rounding = (total * 20).quantize(Decimal(1), ROUND_HALF_UP) / 20 - total
        sign = -1 if credit else 1
        return {
            "id": str(number),
            "kind": "adjustment" if credit else "sale",
            "status": "confirmed",
            "contact_id": "1",
            "currency": "AUD",
            "amounts_include_tax": included,
            "lines": [
                {
                    **part.said,
                    "id": str(n),
                    "kind": "item",
                    "quantity": str(sign * Decimal(part.said["quantity"])),
                    "tax_code": part.code,
                    "tax_amount": str(sign * part.tax),
                    "line_total": str(sign * part.amount),
                }
                for n, part in enumerate(goods)
            ],
            "order_discounts": [
                {
                    **part.said,
                    "amount": str(-sign * part.amount),
                    "tax_code": part.code,
                    "tax_amount": str(-sign * part.tax),
                }
                for part in extra
            ],
            "shipping": {
                **shipping[0].said,
                "amount": str(sign * shipping[0].amount),
                "tax_code": shipping[0].code,
                "tax_amount": str(sign * shipping[0].tax),
            }
            if shipping
            else None,
            "rounding": str(sign * rounding),
            "tax_total": str(sign * tax),
            "total": str(sign * (total + rounding)),
        }

    def _line(self, chance: random.Random, included: bool) -> _Part:
        quantity = chance.choice(QUANTITIES)
        decimals = chance.choice([CENT, CENT, CENT, Decimal("0.001"), PRICE])
        each = (Decimal(chance.randint(1, 9_999_999_999)) / 10_000_000).quantize(decimals)
        amount = (quantity * each).quantize(CENT, ROUND_HALF_UP)
        off = ZERO
        if chance.random() < 0.15:
            off = (amount * chance.randint(1, 60) / 100).quantize(CENT)
        said = {"description": "Goods", "quantity": str(quantity), "unit_price": str(each), "discount_amount": str(off)}
        return self._part(amount - off, chance.choice(list(self.rates)), included, said)

    def _part(self, amount: Decimal, code: str, included: bool, said: dict[str, Any]) -> _Part:
        rate = self.rates[code]
        return _Part(amount, code, amount * rate / (HUNDRED + rate if included else HUNDRED), said)

    def _tax(self, chance: random.Random, parts: list[_Part]) -> None:
        """Tax to the cent, by half up or half to even: line by line, or once per code with the rest on the line that lost most. A
        shop that cuts off moves a cent a line, which is no rounding (docs/decisions/how-much-is-rounding.md)."""
        way = chance.choice(self.ways)
        for part in parts:
            part.tax = part.exact.quantize(CENT, way)
        if chance.random() < 0.5:
            return
        for code in {part.code for part in parts}:
            own = [part for part in parts if part.code == code]
            missing = sum((p.exact for p in own), ZERO).quantize(CENT, way) - sum((p.tax for p in own), ZERO)
            while missing:
                step = CENT if missing > 0 else -CENT
                max(own, key=lambda part: (part.exact - part.tax) * step).tax += step
                missing -= step
