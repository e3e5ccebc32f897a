"""Planning sales and credits: match, create, reconcile, move, delete, and how tax is represented. May use contacts, items and receipts."""
