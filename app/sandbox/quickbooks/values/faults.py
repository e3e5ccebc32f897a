"""What QBO says when it refuses, under its official codes, and the three envelopes in which it says it.

Application faults are HTTP 400 with `Fault`; the gateway's (401, 403, 429) have lower-case keys; XML when JSON was not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.sandbox.quickbooks.clock import envelope_time
from app.sandbox.quickbooks.values.wire import Body


class FaultError(Exception):
    """A refusal that becomes a Fault on the wire."""

    def __init__(
        self,
        code: int,
        message: str,
        detail: str,
        element: str | None = "",
        *,
        status: int = 400,
        kind: str = "ValidationFault",
    ) -> None:
        super().__init__(f"{code} {detail}")
        self.code, self.message, self.detail, self.element = code, message, detail, element
        self.status, self.kind = status, kind

    def fault(self) -> Body:
        error: Body = {"Message": self.message, "Detail": self.detail, "code": str(self.code)}
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": self.kind}

    def envelope(self, now: datetime) -> Body:
        return {"Fault": self.fault(), "time": envelope_time(now)}


class GatewayError(Exception):
    """A refusal of the gateway, before the application was asked."""

    def __init__(self, status: int, code: int, name: str, detail: str, kind: str) -> None:
        super().__init__(f"{code} {detail}")
        self.status, self.code, self.detail, self.kind = status, code, detail, kind
        self.message = f"message={name}; errorCode={code:06d}; statusCode={status}"

    def lower(self, now: datetime) -> Body:
        error = {"message": self.message, "detail": self.detail, "code": str(self.code), "element": None}
        return {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [error], "type": self.kind},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": int(now.timestamp() * 1000),
            "status": None,
            "cdcresponse": [],
        }

    def upper(self, now: datetime) -> Body:
        error = {"Message": self.message, "Detail": self.detail, "code": str(self.code), "element": None}
        return {
            "Fault": {"Error": [error], "type": self.kind},
            "requestId": None,
            "time": int(now.timestamp() * 1000),
            "status": None,
        }


def unauthenticated(detail: str) -> GatewayError:
    return GatewayError(401, 3200, "AuthenticationFailed", detail, "AUTHENTICATION")


def wrong_company() -> GatewayError:
    return GatewayError(
        403, 3100, "ApplicationAuthorizationFailed", "The application is not authorised for this company.", "SERVICE"
    )


def throttled() -> GatewayError:
    return GatewayError(429, 3001, "ThrottleExceeded", "The request limit was reached. Try again later", "SERVICE")


def no_admin() -> FaultError:
    detail = ": -11014-You do not have access to use QuickBooks Online Plus."
    return FaultError(120, "AuthorizationFailure", detail, None, status=403, kind="AuthorizationFault")


def unsupported(detail: str) -> FaultError:
    return FaultError(500, "Unsupported Operation", detail, None)


def deleted() -> FaultError:
    return FaultError(610, "Object Not Found", "Object Not Found : Another user has deleted this transaction.")


def not_found(element: str = "") -> FaultError:
    detail = (
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return FaultError(610, "Object Not Found", detail, element)


def unlinkable(detail: str) -> FaultError:
    return FaultError(620, "Transaction can not be linked", f"Transaction can not be linked : {detail}")


def batch_too_big(limit: int) -> FaultError:
    return FaultError(
        1040, "Batch size limit exceeded", f"Batch request has more items than the limit. Max supported:{limit}", None
    )


def unknown_member(name: str, owner: str, known: Sequence[str]) -> FaultError:
    """A member that the schema does not have, in the words of Jackson behind QBO: the class is named, no element."""
    listed = ", ".join(f'"{member}"' for member in known)
    detail = (
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{owner}), not marked as ignorable '
        f"({len(known)} known properties: {listed}])\n specified is unsupported or invalid"
    )
    return FaultError(2010, "Request has invalid or unsupported property", detail, None)


def bad_json(detail: str) -> FaultError:
    return FaultError(
        2010,
        "Request has invalid or unsupported property",
        f"Property Name:failed to parse json object: {detail}",
        None,
    )


def missing(name: str) -> FaultError:
    message = "Required param missing, need to supply the required value for the API"
    return FaultError(2020, message, f"Required parameter {name} is missing in the request", name)


def bad_characters(name: str) -> FaultError:
    return FaultError(
        2040, "Invalid String. Contains invalid characters", f"{name} has one or more invalid characters.", name
    )


def bad_length(name: str, limit: int, length: int) -> FaultError:
    detail = (
        f"String length is either shorter or longer than supported by specification. "
        f"Min:0 Max:{limit} supported. Supplied length:{length}"
    )
    return FaultError(2050, "Invalid String. The Length of the string is too long", detail, name)


def bad_value(code: int, what: str, name: str, value: object) -> FaultError:
    return FaultError(code, f"Invalid {what}", f"Invalid {what} : {value}", name)


def bad_id(identifier: str) -> FaultError:
    return FaultError(
        2030, "Invalid ID", f"Invalid ID : Id should be a valid number. Supplied value:{identifier}", "Id"
    )


def bad_request_id() -> FaultError:
    return FaultError(2130, "Invalid Request Id Format", "Request Id format is invalid or longer than supported.", None)


def bad_email(value: str) -> FaultError:
    detail = f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{value}"
    return FaultError(2210, "Invalid Email Address format", detail, "PrimaryEmailAddr")


def bad_reference(what: str, identifier: object, element: str = "", *, inactive: bool = False) -> FaultError:
    state = "has been made inactive" if inactive else "not found"
    return FaultError(
        2500, "Invalid Reference Id", f"Invalid Reference Id : {what} element id {identifier} {state}", element
    )


def parse_error(detail: str) -> FaultError:
    return FaultError(4000, "Error parsing query", f"QueryParserError: {detail}", None)


def bad_query(detail: str) -> FaultError:
    return FaultError(4001, "Invalid query", f"QueryValidationError: {detail}", None)


def stale() -> FaultError:
    detail = (
        "Stale Object Error : You and root were working on this at the same time. "
        "root finished before you did, so your work was not saved."
    )
    return FaultError(5010, "Stale Object Error", detail)


def business(detail: str) -> FaultError:
    message = "A business validation error has occurred while processing your request"
    return FaultError(6000, message, f"Business Validation Error: {detail}")


def before_inventory(item: str) -> FaultError:
    return FaultError(
        6270,
        "Transaction date is prior to start date for inventory item",
        f"Business Validation Error: Transaction date is prior to start date for inventory item {item}",
    )


def bad_amount(value: object) -> FaultError:
    detail = f"Amount is not equal to UnitPrice * Qty. Supplied value:{value}"
    return FaultError(6070, "Amount calculation incorrect in the request", detail, "Line")


def no_name() -> FaultError:
    detail = "At least one name field is required: Title, GivenName, MiddleName, FamilyName, Suffix or DisplayName."
    return FaultError(6080, "Name field is required", detail, "DisplayName")


def bad_us_tax_code(value: object) -> FaultError:
    return FaultError(
        6100, "Invalid TaxCode", f"Line-level tax code must be TAX or NON. Supplied value:{value}", "TaxCodeRef"
    )


def custom_sales_tax() -> FaultError:
    detail = "The specified CustomSalesTax ID can't be used to create a transaction."
    return FaultError(6160, "Invalid TaxCodeRef Error", detail, "TxnTaxCodeRef")


def duplicate_number(number: str) -> FaultError:
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to another transaction."
    )
    return FaultError(6140, "Duplicate Document Number Error", detail)


def too_deep() -> FaultError:
    return FaultError(6180, "Too many levels", "The maximum number of sub-levels is 5.", "ParentRef")


def tax_not_applicable() -> FaultError:
    detail = "TxnTaxDetail must not be supplied when GlobalTaxCalculation is NotApplicable."
    return FaultError(6170, "Invalid tax detail", detail, "TxnTaxDetail")


def no_subscription() -> FaultError:
    detail = (
        "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks "
        "Online Plus because your trial or subscription period ended or was canceled, or there was a billing problem."
    )
    return FaultError(6190, "Invalid Company Status", detail)


def books_closed() -> FaultError:
    detail = (
        "The account period has closed and the account books cannot be updated through the QBO Services API. "
        "Please use the QBO website to make these changes."
    )
    return FaultError(6210, "Account Period Closed, Cannot Update Through Services API", detail)


def has_balance() -> FaultError:
    detail = "This entity has a balance; bring it to zero before making it inactive."
    return FaultError(6220, "Entity has a balance", detail)


def duplicate_name() -> FaultError:
    detail = (
        "The name supplied already exists. : Another customer, vendor or employee is already using this \n"
        "name. Please use a different name."
    )
    return FaultError(6240, "Duplicate Name Exists Error", detail)


def matched() -> FaultError:
    detail = "This transaction has been matched or reconciled and cannot be deleted."
    return FaultError(6480, "Matched transaction can not be deleted", detail)


def no_permission() -> FaultError:
    return FaultError(
        5020, "Permission Denied Error", "Permission Denied : You do not have access to this report.", None
    )


def deposited() -> FaultError:
    detail = (
        "This transaction has been deposited. If you want to change or delete it, "
        "you must edit the deposit it appears on and remove it first."
    )
    return FaultError(6540, "Deposited Transaction cannot be changed", detail)


def system_failure(detail: str) -> FaultError:
    message = "An application error has occurred while processing your request"
    return FaultError(10000, message, f"System Failure Error: {detail}", status=500, kind="SystemFault")
