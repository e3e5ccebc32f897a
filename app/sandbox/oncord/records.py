"""The records of the contract (docs/oncord.md 3), as pydantic models.

`...Fields` models are what a writer may send; every field has the default that a record gets when the
writer says nothing. The models without the suffix add what the shop alone writes. Unknown fields pass
through and are kept. The models check the shape of single values; what takes more than one value to
judge (totals, references) is in `checks`.
"""

from typing import Annotated, Literal, TypeAlias

import pycountry
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.sandbox.oncord.fields import Currency, Day, Email, Moment, Money

Entity: TypeAlias = Literal["contact", "sale", "receipt"]
BooksStatus: TypeAlias = Literal["none", "linked", "waiting", "refused", "gone", "void"]


class Open(BaseModel):
    """A model that keeps the fields it does not know."""

    model_config = ConfigDict(extra="allow")


class BooksFields(Open):
    """What the connector says of a record's counterpart in the books; nobody's edit."""

    books_status: BooksStatus = "none"
    books_reason: str | None = Field(None, description="Why, in words for people.")
    books_url: str | None = Field(
        None,
        max_length=500,
        description="Where a person finds it in the books.",
        examples=["https://app.qbo.intuit.com/app/invoice?txnId=130"],
    )
    books_as_of: Moment | None = Field(None, description="When that was written.")


class Stamp(Open):
    """What every record carries."""

    id: str = Field(description="Opaque. Unique within its entity and site.", examples=["41"])
    version: str = Field(description="Opaque. Changes at every save.", examples=["7"])
    created_at: Moment
    modified_at: Moment = Field(description="Strictly growing within a site.")
    deleted: Literal[False] = False


class Companion(BaseModel):
    """The record whose deletion took another one along."""

    entity: str = Field(examples=["contact"])
    id: str = Field(examples=["41"])


class Deleted(BaseModel):
    """What is left of a deleted record, for 90 days."""

    id: str
    version: str
    deleted: Literal[True] = True
    modified_at: Moment
    deleted_with: Companion | None = Field(None, description="The record whose deletion took this one along.")
    merged_into_id: str | None = Field(None, description="The contact that this contact was merged into.")


def _country(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code) if len(code) == 2 else None
    if code and (found is None or found.alpha_2 != code):
        raise ValueError("not an ISO 3166 alpha-2 country code")
    return code


class Address(Open):
    """A postal address; `country` is an ISO 3166 alpha-2 code, anything else is refused."""

    line1: str | None = Field(None, examples=["12 Wharf Street"])
    line2: str | None = None
    suburb: str | None = Field(None, examples=["Brisbane City"])
    state: str | None = Field(None, examples=["QLD"])
    postcode: str | None = Field(None, examples=["4000"])
    country: Annotated[str, AfterValidator(_country)] | None = Field(None, examples=["AU"])


class ContactFields(BooksFields):
    """An individual or a company."""

    type: Literal["individual", "company"] = "individual"
    first_name: str | None = Field(None, max_length=100, examples=["Mia"])
    last_name: str | None = Field(None, max_length=100, examples=["Tran"])
    company_name: str | None = Field(None, max_length=200)
    email: Email | None = None
    phone: str | None = Field(None, examples=["07 3000 1234"])
    mobile: str | None = None
    fax: str | None = None
    website: str | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    tax_number: str | None = Field(None, description="ABN, VAT or tax id.", examples=["51 824 753 556"])
    email_marketing_status: Literal["pending", "subscribed", "unsubscribed"] = Field(
        "subscribed",
        description="An import that says nothing subscribes: a contact that never asked must be sent as `pending`.",
    )
    external_ref: str | None = Field(None, max_length=100, description="The connector's own key; unique per site.")


class Contact(ContactFields, Stamp):
    """A contact as the site answers it."""

    sales_count: int = Field(0, description="Read only: how many sales the contact has.")
    merged_into_id: str | None = Field(None, description="Read only.")


class Allocation(Open):
    """The part of a receipt that pays one sale (or, with an adjustment's id, uses up its credit)."""

    sale_id: str = Field(examples=["1041"])
    amount: Money


class ReceiptFields(BooksFields):
    """Money in, or, when negative, a refund."""

    contact_id: str | None = Field(None, description="Required.", examples=["41"])
    payment_method_id: str | None = Field(None, description="Required. An id of `/payment-methods`.", examples=["1"])
    date: Day | None = Field(None, description="Required. In the site's time zone.")
    amount: Money | None = Field(None, description="Required. Cash; negative for a refund.")
    currency: Currency | None = Field(None, description="The site's own when absent.")
    allocations: list[Allocation] = Field(default_factory=list)
    reference: str | None = None
    external_ref: str | None = Field(None, max_length=100, description="The connector's own key; unique per site.")


class Receipt(ReceiptFields, Stamp):
    """A receipt as the site answers it."""

    unallocated_amount: Money = Field("0.00", description="Read only: what no allocation uses.")
    payment_method_type: str | None = Field(None, description="Read only: the type of its payment method.")


class PaymentMethod(Open):
    """A way to pay. The title is for people and may be edited: key on the id."""

    id: str = Field(examples=["1"])
    title: str = Field(examples=["Credit card"])
    type: Literal[
        "credit_card",
        "credit_card_phone",
        "paypal",
        "direct_deposit",
        "cheque",
        "cash",
        "voucher",
        "account_credit",
        "other",
    ] = "other"
    active: bool = True


class TaxCode(Open):
    """A tax code; the rate is in per cent."""

    code: str = Field(examples=["GST"])
    name: str = Field(examples=["GST 10 %"])
    rate: str = Field(description="Per cent, as a decimal string.", examples=["10"])
    active: bool = True


class Product(Open):
    """Something in the catalogue; the price includes tax where the site's prices do."""

    id: str = Field(examples=["3"])
    code: str = Field(examples=["MUG"])
    title: str = Field(examples=["Enamel mug"])
    price: Money
    tax_code: str | None = Field(None, examples=["GST"])
    voucher: bool = Field(False, description="A voucher for a stated value: its lines say so, too.")
    active: bool = True
