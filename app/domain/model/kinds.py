"""The two sides and the kinds of record: what every other word of the model is about."""

from enum import StrEnum


class Side(StrEnum):
    """One of the two systems that are kept in agreement."""

    ONCORD = "oncord"
    QUICKBOOKS = "quickbooks"

    @property
    def other(self) -> "Side":
        """The side across from this one."""
        return Side.QUICKBOOKS if self is Side.ONCORD else Side.ONCORD

    @property
    def called(self) -> str:
        """The side as people call it."""
        return "Oncord" if self is Side.ONCORD else "QuickBooks"


class Kind(StrEnum):
    """The kinds of record that are synchronised, in the order in which a run writes them."""

    CONTACT = "contact"
    ITEM = "item"
    SALE = "sale"
    RECEIPT = "receipt"
