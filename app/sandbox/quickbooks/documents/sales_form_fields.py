"""Which fields a sales form may have, and what each of them may hold."""

from __future__ import annotations

from app.sandbox.quickbooks.values.fields import (
    Check,
    address,
    anything,
    choice,
    day,
    flag,
    memo,
    number,
    reference,
    rows,
    structure,
    text,
)

_MAIL = structure(Address=text(200))


FORM: dict[str, Check] = {
    "CustomerRef": reference,
    "CustomerMemo": memo,
    "TxnDate": day,
    "DocNumber": text(21),
    "PrivateNote": text(4000),
    "Line": rows,
    "TxnTaxDetail": anything,
    "GlobalTaxCalculation": text(30),
    "ApplyTaxAfterDiscount": flag,
    "BillAddr": address,
    "ShipAddr": address,
    "ShipFromAddr": address,
    "BillEmail": _MAIL,
    "BillEmailCc": _MAIL,
    "BillEmailBcc": _MAIL,
    "EmailStatus": choice("NotSet", "NeedToSend", "EmailSent"),
    "PrintStatus": choice("NotSet", "NeedToPrint", "PrintComplete"),
    "ShipDate": day,
    "TrackingNum": text(31),
    "ShipMethodRef": reference,
    "ClassRef": reference,
    "DepartmentRef": reference,
    "CurrencyRef": reference,
    "ExchangeRate": number,
    "CustomField": rows,
    "FreeFormAddress": flag,
    "ProjectRef": reference,
    "TransactionLocationType": text(100),
    "PaymentMethodRef": reference,
    "PaymentRefNum": text(21),
    "DepositToAccountRef": reference,
    "LinkedTxn": rows,
    "TxnSource": text(100),
}


INVOICE_FIELDS: dict[str, Check] = {
    **FORM,
    "DueDate": day,
    "SalesTermRef": reference,
    "Deposit": number,
    "AllowIPNPayment": flag,
    "AllowOnlinePayment": flag,
    "AllowOnlineCreditCardPayment": flag,
    "AllowOnlineACHPayment": flag,
}


CREDIT_FIELDS: dict[str, Check] = {**FORM, "InvoiceRef": reference, "SalesTermRef": reference}


RECEIPT_FIELDS: dict[str, Check] = {
    **FORM,
    "PaymentType": choice("Cash", "Check", "CreditCard", "Other"),
    "CreditCardPayment": anything,
    "CheckPayment": anything,
}
