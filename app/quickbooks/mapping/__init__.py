"""QuickBooks' documents in our words and back. Pure: no call is made here."""
