"""What a line is that has neither a tax code nor tax: GST-free, an export, input taxed or outside tax. A merchant says which.

A line without a code is not a line without tax: on a BAS (or a VAT return) each of these stands in another place, and only
the merchant knows which it is (law 13). Asked once for each sort of line, and once more for what is shipped abroad.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from app.domain.model.records import Address, Line, Sale

Sort = Literal["products", "free_text", "shipping", "discounts"]
"""Products of the catalogue, free text (a line that names no product), shipping, and discounts on a whole order."""
SORTS: tuple[Sort, ...] = get_args(Sort)
Destination = Literal["home", "abroad"]
"""Where a sale is shipped to: the company's own country, or another one."""
DESTINATIONS: tuple[Destination, ...] = get_args(Destination)


@dataclass(frozen=True, slots=True)
class UntaxedCodes:
    """The QuickBooks tax code (its id) of each sort of line; "" where nobody has chosen."""

    products: str = ""
    free_text: str = ""
    shipping: str = ""
    discounts: str = ""

    def by_sort(self) -> Mapping[Sort, str]:
        """The same by sort."""
        return {
            "products": self.products,
            "free_text": self.free_text,
            "shipping": self.shipping,
            "discounts": self.discounts,
        }


@dataclass(frozen=True, slots=True)
class UntaxedLines:
    """What lines with neither a tax code nor tax get in QuickBooks, by where they are shipped to."""

    home: UntaxedCodes = field(default_factory=UntaxedCodes)
    abroad: UntaxedCodes = field(default_factory=UntaxedCodes)

    def at(self, destination: Destination) -> UntaxedCodes:
        """The choices for one destination."""
        return self.home if destination == "home" else self.abroad

    def chosen(self) -> frozenset[str]:
        """Every code that is chosen for anything."""
        codes = {code for destination in DESTINATIONS for code in self.at(destination).by_sort().values()}
        return frozenset(codes - {""})


def sort_of(line: Line) -> Sort | None:
    """The sort of a line of Oncord's; None for what rounds a total off, vouchers and mere words, about which nobody is asked."""
    if line.kind == "rounding" or line.voucher or (line.kind in ("text", "subtotal") and not line.total):
        return None
    if line.kind == "shipping":
        return "shipping"
    if line.kind == "discount":
        return "discounts"
    return "products" if line.item else "free_text"


def destination_of(sale: Sale, country: str) -> Destination | None:
    """Where a sale of a company in `country` is shipped to; None where its country is none that is known.

    A sale without a shipping address goes to its billing address, and one that names no country stays at home.
    """
    address = sale.shipping_address if sale.shipping_address != Address() else sale.billing_address
    return destination_in(address.country, country)


def destination_in(named: str, country: str) -> Destination | None:
    """The same of the country that an address names, as it is stored: an ISO 3166 code, or what stands there instead."""
    if named in ("", country):
        return "home"
    return "abroad" if len(named) == 2 and named.isalpha() and named.isupper() else None
