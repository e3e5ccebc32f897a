"""Planning receipts, payments, refunds and credits applied: they know each other, and sales only by their ids. May use contacts."""
