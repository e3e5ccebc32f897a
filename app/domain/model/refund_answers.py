"""What a refund gives back that pays back no adjustment (R5): the answers that a person may give, by their words in the API."""

GIVEN_BACK = "given_back"
"""Goods, or a part of their price: an adjustment of the sale that the refund names, which it pays back."""
OVERPAYMENT = "overpayment"
"""What the customer had paid too much: money out that evens out money which pays nothing."""
GOODWILL = "goodwill"
"""Nothing that was owed: an expense."""
