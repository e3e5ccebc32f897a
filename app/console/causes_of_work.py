"""What people are asked about, by its cause, and where it is cured: the words of the list of work."""

CAUSES = {
    "conflict": "Changed on both sides",
    "parked": "Cannot go over as they are",
    "refused": "Refused by the other side",
    "ambiguous_match": "Which one is it?",
    "blank_cards": "People with nothing but a name in common",
    "unmapped": "Wait for a choice in the configuration",
    "mass_delete": "Removals that wait for a yes",
    "deleted": "Their counterpart was deleted",
    "settled_otherwise": "Settled by something else than a payment",
    "sealed_month": "Moved in a sealed month",
    "locked_period": "In a locked period",
    "cleared_money": "Money that the bank has told of",
    "refund": "Refunds that pay back no credit",
    "open_refund": "Refunds that nobody has joined to their payment yet",
    "open_credit": "Credit that is still to be paid back",
    "freed_payment": "Money of sales that were deleted",
    "hidden_number": "Numbers that QuickBooks shows in part",
    "blocked": "The connection has stopped",
    "reconnect_soon": "Give access to QuickBooks anew soon",
    "site_events_missing": "The shop does not tell of its changes",
    "site_connected_twice": "The shop is connected twice",
    "site_posts_elsewhere": "The shop tells somebody else of its changes",
    "site_slow": "The shop is slow",
    "restored": "Restored from a backup",
}
"""The heading over the items of each kind."""

CURES = {
    "unmapped": ("configuration", "Choose it in the configuration"),
    "reconnect_soon": ("connect", "Give access anew"),
}
"""The page on which the cause of a kind is cured, below the connection's, and the words of the link."""


def cause(kind: str) -> str:
    """The heading over the items of a kind; of one that there is not, no word of what somebody typed into the address."""
    return CAUSES.get(kind, "Other questions")
