"""Which records of two sides are one: evidence from people, documents, payments and lines. Knows records only, no plans."""
