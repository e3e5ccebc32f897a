"""Texts that stand nowhere else, planted wherever a person's own may be typed, and looked for in a whole database."""

from typing import Any

import psycopg
from psycopg import sql

from app.storage.database import conninfo

Body = dict[str, Any]


class Markers:
    """Hands out texts, and finds them again."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def text(self, what: str) -> str:
        marker = f"Zq{len(self.given):03d}{what}"
        self.given.append(marker)
        return marker

    def address(self) -> Body:
        return {
            "line1": f"1 {self.text('Street')}",
            "line2": self.text("Unit"),
            "suburb": self.text("Suburb"),
            "state": "NSW",
            "postcode": "2000",
            "country": "AU",
        }

    def books_address(self) -> Body:
        return {
            "Line1": f"1 {self.text('Street')}",
            "Line2": self.text("Unit"),
            "City": self.text("Suburb"),
            "CountrySubDivisionCode": "NSW",
            "PostalCode": "2000",
            "Country": "Australia",
        }

    def contact(self) -> Body:
        """Everything that a shop knows of a person."""
        return {
            "first": self.text("First"),
            "last": self.text("Last"),
            "email": f"{self.text('mail').lower()}@example.com",
            "company_name": self.text("Company"),
            "phone": self.text("Phone"),
            "mobile": self.text("Mobile"),
            "fax": self.text("Fax"),
            "website": f"https://{self.text('web').lower()}.example",
            "tax_number": self.text("Tax"),
            "billing_address": self.address(),
            "shipping_address": self.address(),
        }

    def sale(self) -> Body:
        """Everything that is typed into a sale besides its number and its money."""
        line = {"description": self.text("Line"), "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}
        return {
            "lines": [line],
            "notes": self.text("Notes"),
            "reference": self.text("Reference"),
            "billing_address": self.address(),
            "shipping_address": self.address(),
        }

    def customer(self) -> Body:
        """Everything that a company knows of a person."""
        return {
            "given": self.text("Given"),
            "family": self.text("Family"),
            "email": f"{self.text('mail').lower()}@example.com",
            "CompanyName": self.text("Company"),
            "PrimaryPhone": {"FreeFormNumber": self.text("Phone")},
            "Mobile": {"FreeFormNumber": self.text("Mobile")},
            "Fax": {"FreeFormNumber": self.text("Fax")},
            "WebAddr": {"URI": f"https://{self.text('web').lower()}.example"},
            "Notes": self.text("Notes"),
            "BillAddr": self.books_address(),
            "ShipAddr": self.books_address(),
        }

    def invoice(self) -> Body:
        """Everything that is typed into an invoice besides its number and its money."""
        return {
            "CustomerMemo": {"value": self.text("Memo")},
            "PrivateNote": self.text("Private"),
            "BillAddr": self.books_address(),
            "ShipAddr": self.books_address(),
        }

    def found(self, database_url: str) -> dict[str, list[str]]:
        """Which markers stand in which tables, in any column, whatever their case."""
        return standing(database_url, self.given)


def dump(database_url: str) -> dict[str, str]:
    """Every row of every table as one text, by table."""
    with psycopg.connect(conninfo(database_url), autocommit=True) as admin:
        tables = admin.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        names = sorted(row[0] for row in tables.fetchall())
        texts = {}
        for name in names:
            rows = admin.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name)))
            texts[name] = "\n".join(row[0] for row in rows.fetchall())
    return texts


def standing(database_url: str, texts: list[str]) -> dict[str, list[str]]:
    found = {}
    for table, text in dump(database_url).items():
        lower = text.lower()
        here = [marker for marker in texts if marker.lower() in lower]
        if here:
            found[table] = here
    return found
