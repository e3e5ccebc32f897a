"""The labels of an Australian BAS on which what stands under a tax code is reported (docs/quickbooks.md 9.19).

By the code's name where it is known, since GST-free, exported and input taxed sales have one rate; else by its rate.
"""

from decimal import Decimal

UNKNOWN = ("?",)
"""The label is not known: the name of the code is not, and its rate of zero has several."""
_OUT = ("out of scope", "bas excluded", "not reportable")
_NAMES = (("export", ("G1", "G2")), ("input tax", ("G1", "G4")), ("free", ("G1", "G3")))


def labels_of(code: str, rate: str, country: str, name: str = "") -> list[str]:
    """The labels; none of what is out of scope, or outside Australia. G1 is with the tax, 1A is the tax."""
    if country != "AU":
        return []
    called = name.casefold()
    if any(part in called for part in _OUT):
        return []
    for part, labels in _NAMES:
        if part in called:
            return list(labels)
    if rate and Decimal(rate) > 0:
        return ["G1", "1A"]
    return list(UNKNOWN) if code else []
