"""The sale and its lines (docs/oncord.md 3), as pydantic models; see `records` for how they are used."""

from typing import Literal

from pydantic import Field

from app.sandbox.oncord.fields import Currency, Day, Money, Number
from app.sandbox.oncord.records import Address, BooksFields, Open, Stamp


class SaleLine(Open):
    """One line. A free-text line has no product."""

    id: str | None = Field(None, description="The site's; send it back to keep the line's identity.", examples=["7"])
    kind: Literal["item", "text", "subtotal", "bundle_part"] = Field(
        "item", description="A subtotal is a caption: its own amounts are zero."
    )
    product_id: str | None = Field(None, description="Null for free text.", examples=["3"])
    product_code: str | None = Field(None, examples=["MUG"])
    description: str | None = Field(None, examples=["Enamel mug"])
    quantity: Number = "1"
    unit_price: Number = Field("0.00", examples=["55.00"])
    discount_amount: Money = Field("0.00", description="Taken off the line, not off each piece.")
    tax_code: str | None = Field(None, examples=["GST"])
    tax_rate: Number | None = Field(None, description="Per cent.", examples=["10"])
    tax_amount: Money | None = Field(None, description="Contained in `line_total` when amounts include tax.")
    line_total: Money | None = Field(None, description="quantity x unit_price - discount_amount, to the cent.")
    voucher: bool = Field(False, description="It sells a voucher; below zero it redeems one.")
    external_ref: str | None = Field(None, max_length=100)


class OrderDiscount(Open):
    """A discount on the whole order; amounts are positive and are taken off."""

    description: str | None = Field(None, examples=["Spring sale"])
    amount: Money = "0.00"
    tax_code: str | None = None
    tax_amount: Money | None = None


class Shipping(Open):
    """What delivery costs."""

    method: str | None = Field(None, examples=["Express post"])
    amount: Money = "0.00"
    tax_code: str | None = None
    tax_amount: Money | None = None


class SaleFields(BooksFields):
    """An invoice, or an adjustment of one (usually negative)."""

    kind: Literal["sale", "adjustment"] = "sale"
    status: Literal["draft", "confirmed", "cancelled"] = "confirmed"
    adjusts_sale_id: str | None = None
    adjustment_reason: str | None = Field(
        None, max_length=50, description="Why an adjustment was made.", examples=["bad_debt"]
    )
    number: str | None = Field(None, max_length=50, examples=["1041"])
    contact_id: str | None = Field(None, description="Required.", examples=["41"])
    date: Day | None = Field(None, description="Required. In the site's time zone.")
    due_date: Day | None = None
    currency: Currency | None = Field(None, description="The site's own when absent.")
    amounts_include_tax: bool | None = Field(None, description="As the site's prices when absent.")
    lines: list[SaleLine] = Field(default_factory=list, description="An update replaces the whole list.")
    order_discounts: list[OrderDiscount] = Field(default_factory=list)
    shipping: Shipping | None = None
    rounding: Money = "0.00"
    tax_total: Money | None = Field(None, description="Checked when sent, worked out when absent.")
    total: Money | None = Field(
        None,
        description="Sum of line totals - order discounts + shipping + rounding, plus tax when amounts exclude it. "
        "Checked when sent, worked out when absent.",
    )
    billing_address: Address | None = None
    shipping_address: Address | None = None
    notes: str | None = None
    reference: str | None = None
    source: Literal["checkout", "manual", "recurring", "connector"] = "connector"
    voided: bool = False
    books_settled: Money = Field(
        "0.00", description="What was settled of it in the books by something that is no receipt here."
    )
    external_ref: str | None = Field(None, max_length=100, description="The connector's own key; unique per site.")


class Sale(SaleFields, Stamp):
    """A sale as the site answers it."""

    amount_paid: Money = Field("0.00", description="Read only: the sum of what receipts allocate to it.")
    amount_written_off: Money = Field(
        "0.00", description="Read only: what adjustments for a bad debt take of it; no part of `amount_paid`."
    )
    amount_owing: Money = Field(
        "0.00", description="Read only: the total less `amount_paid`, `amount_written_off` and `books_settled`."
    )
