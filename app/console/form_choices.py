"""What the form of a configuration says of choices between a few words; what is none of them, and a page from before there was the
field, changes nothing or decides nothing."""

from typing import Literal

from starlette.datastructures import FormData

from app.domain.model.configuration import Configuration, GstBasis, VoucherWay
from app.domain.model.gst_periods import GstPeriod
from app.domain.model.opening import OpeningChoice


def gst_basis_said(said: str) -> GstBasis:
    """How GST is reported; what is no answer is not decided."""
    match said:
        case "cash" | "accrual":
            return said
    return "undecided"


def gst_period_said(said: str) -> GstPeriod:
    """For which periods GST is reported; what is no answer is not decided."""
    match said:
        case "monthly" | "quarterly" | "yearly":
            return said
    return "undecided"


def vouchers_redeemed_said(said: str, before: Configuration) -> VoucherWay:
    """Where redeemed vouchers go; a page from before there was this field changes nothing."""
    match said:
        case "line" | "payment" | "either":
            return said
    return before.vouchers_redeemed


def opening_receivables_said(said: str, before: Configuration) -> OpeningChoice:
    """What becomes of sales that were open on the start date; a page from before there was this field changes nothing."""
    match said:
        case "undecided" | "create" | "bring_in" | "match" | "left_out":
            return said
    return before.opening_receivables


def removals_said(form: FormData, before: Configuration) -> Literal["delete", "void"]:
    """What becomes of the invoice of a deleted sale; a page from before there was this field changes nothing."""
    if "removals" not in form:
        return before.removals
    return "void" if form.get("removals") == "void" else "delete"
