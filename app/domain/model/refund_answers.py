"""What a person may answer about money that goes back to a customer, by its words in the API: what a refund gives back that pays
back no adjustment (R5), and that what a late cancellation has left open is paid back (S5)."""

GIVEN_BACK = "given_back"
"""Goods, or a part of their price: an adjustment of the sale that the refund names, which it pays back."""
PAYS_CREDIT = "pays_credit"
"""Adjustments of the same contact that nobody has used: it pays those back, and nothing further is credited."""
OVERPAYMENT = "overpayment"
"""What the customer had paid too much: money out that evens out money which pays nothing."""
GOODWILL = "goodwill"
"""Nothing that was owed: an expense."""
PAY_IT_BACK = "pay_back"
"""The credit that a sale cancelled late has left with its customer: a refund of it is recorded."""
