"""One company: its tables, names, lists, people and items, its ledger, and what has settled what."""
