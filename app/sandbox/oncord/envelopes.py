"""What travels around the records on the connector's wire: pages, batches, results, settings.

These models are the contract's reference documentation. Answers are built as plain JSON, so that the
unknown fields of a record survive; a batch's operations are read one by one (`batches`), so that a bad
one does not fail the others, which is why they skip validation here.
"""

from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, Field, SkipValidation, field_validator
from standardwebhooks import Webhook

from app.sandbox.oncord.batches import OPERATIONS_AT_MOST, OperationHead
from app.sandbox.oncord.fields import Currency, Moment
from app.sandbox.oncord.marks import MARKS_AT_MOST, Mark
from app.sandbox.oncord.problems import FieldError
from app.sandbox.oncord.records import (
    Contact,
    ContactFields,
    Deleted,
    PaymentMethod,
    Product,
    Receipt,
    ReceiptFields,
    TaxCode,
)
from app.sandbox.oncord.sale import Sale, SaleFields


class Features(BaseModel):
    """What the shop has switched on; the integration needs both."""

    commerce: bool = True
    marketing: bool = True


class SiteInfo(BaseModel):
    """The shop."""

    id: str = Field(description="Stays with the site wherever it moves to; no other site has it.", examples=["demo"])
    name: str = Field(examples=["Brisbane Homewares"])
    time_zone: str = Field(examples=["Australia/Brisbane"])
    currency: Currency
    country: str = Field(examples=["AU"])
    prices_include_tax: bool
    features: Features
    record_url: str = Field(
        description="Where a person finds a record: `{kind}` is contact, product, sale or receipt.",
        examples=["https://shop.example/admin/{kind}/{id}"],
    )


class PaymentMethods(BaseModel):
    """The ways to pay, retired ones included."""

    items: list[PaymentMethod]


class TaxCodes(BaseModel):
    """The tax codes, retired ones included."""

    items: list[TaxCode]


class Products(BaseModel):
    """The catalogue, retired products included."""

    items: list[Product]


class PageEnd(BaseModel):
    """The part of a page behind its items."""

    missing: list[str] = Field(
        default_factory=list, description="Asked for by id and unknown here, which does not mean deleted."
    )
    next_cursor: str | None = Field(None, description="Opaque; null on the last page.")
    as_of: Moment = Field(description="Taken before the first page: the next watermark, less five minutes.")
    total: int | None = Field(
        None, description="How many exist now, deleted ones left out; only on the first page of all records."
    )


class ContactPage(PageEnd):
    """Contacts in order of change."""

    items: list[Contact | Deleted]


class SalePage(PageEnd):
    """Sales in order of change."""

    items: list[Sale | Deleted]


class ReceiptPage(PageEnd):
    """Receipts in order of change."""

    items: list[Receipt | Deleted]


class ContactOperation(OperationHead):
    """One write of a contact."""

    record: ContactFields | None = Field(None, description="Needed for create and update; partial in an update.")


class SaleOperation(OperationHead):
    """One write of a sale."""

    record: SaleFields | None = Field(None, description="Needed for create and update; partial in an update.")


class ReceiptOperation(OperationHead):
    """One write of a receipt."""

    record: ReceiptFields | None = Field(None, description="Needed for create and update; partial in an update.")


class Batch(BaseModel):
    """What all batches have."""

    backfill: bool = Field(False, description="First synchronisation or gap recovery: keeps marketing quiet, too.")


class ContactBatch(Batch):
    """Writes of contacts."""

    operations: list[Annotated[ContactOperation, SkipValidation]] = Field(max_length=OPERATIONS_AT_MOST)


class SaleBatch(Batch):
    """Writes of sales."""

    operations: list[Annotated[SaleOperation, SkipValidation]] = Field(max_length=OPERATIONS_AT_MOST)


class ReceiptBatch(Batch):
    """Writes of receipts."""

    operations: list[Annotated[ReceiptOperation, SkipValidation]] = Field(max_length=OPERATIONS_AT_MOST)


class MarkBatch(BaseModel):
    """What is said of several records."""

    marks: list[Annotated[Mark, SkipValidation]] = Field(max_length=MARKS_AT_MOST)


class ResultHead(BaseModel):
    """The fate of one operation, apart from its record."""

    key: str | None
    status: Literal["ok", "exists", "stale", "invalid", "not_found"] = Field(
        description="`exists`: the external_ref is taken, by `record`. `stale`: `record` has moved on. "
        "`not_found`: unknown (record null) or deleted (record is the stub)."
    )
    errors: list[FieldError] = Field(default_factory=list)


class ContactResult(ResultHead):
    """The fate of a contact's write."""

    record: Contact | Deleted | None


class SaleResult(ResultHead):
    """The fate of a sale's write."""

    record: Sale | Deleted | None


class ReceiptResult(ResultHead):
    """The fate of a receipt's write."""

    record: Receipt | Deleted | None


class ContactResults(BaseModel):
    """In the order of the operations."""

    results: list[ContactResult]


class SaleResults(BaseModel):
    """In the order of the operations."""

    results: list[SaleResult]


class ReceiptResults(BaseModel):
    """In the order of the operations."""

    results: list[ReceiptResult]


def _usable(secret: str) -> str:
    if not secret.startswith("whsec_"):
        raise ValueError("a secret starts with whsec_")
    try:
        Webhook(secret)
    except Exception as error:
        raise ValueError("a secret is base64 behind whsec_") from error
    return secret


class ConnectorSettings(BaseModel):
    """Where the site posts its events, and how it signs them."""

    url: str | None = Field(None, description="Null: nowhere.", examples=["https://sync.example/webhooks/oncord/c1"])
    secret: str | None = Field(None, description="Standard Webhooks secret.", examples=["whsec_c2VjcmV0LXNlY3JldA=="])
    secrets: list[str] = Field(
        default_factory=list, description="Further secrets while one is rotated: every post bears all signatures."
    )

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url is not None:
            AnyHttpUrl(url)
        return url

    @field_validator("secret")
    @classmethod
    def _a_secret(cls, secret: str | None) -> str | None:
        return None if secret is None else _usable(secret)

    @field_validator("secrets")
    @classmethod
    def _more_secrets(cls, secrets: list[str]) -> list[str]:
        return [_usable(secret) for secret in secrets]
