"""PostgreSQL, the truth: tables, transactions, and all SQL there is. No rules are decided here."""
