"""What people are asked about, by its cause, and what each answer does: the words of the list of work."""

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

EFFECTS = {
    "retry": "Its record is looked at again now, and goes over if nothing is in the way.",
    "dismiss": "Nothing is done; both sides stay as they are. It can be re-opened.",
    "approve": "All that is listed is removed in QuickBooks, too.",
    "use_other": "The other value goes on both sides in place of this one.",
    "take_back": "The side that took the value gives it up again.",
    "choose": "The two become one, and stay alike from then on.",
    "create_new": "A new one is made on the other side.",
    "put_back": "What was deleted is made anew, and what waits for it goes on.",
    "all_same": "Each pair becomes one.",
    "none_same": "Each contact gets a customer of its own.",
    "one_by_one": "Each pair is asked about by itself.",
    "do_in_old_period": "Just this change is made in the locked period.",
    "enter_difference": "The difference becomes a document of its own in the open period.",
    "date_first_open_day": "It is made with the first day of the open period.",
    "unapply": "The money stays where it is, as the customer's credit.",
    "do_it_anyway": "Just this change is made, although the bank has told of it.",
    "leave_difference": "Both sides stay different, with a name, until it changes again.",
    "given_back": "An adjustment of the sale is made in Oncord, and a credit memo in QuickBooks.",
    "overpayment": "It is booked as money paid back to the customer.",
    "goodwill": "It is booked as an expense.",
    "pay_back": "A refund is recorded on both sides.",
}
"""What each answer does, said before it is given."""


def cause(kind: str) -> str:
    """The heading over the items of a kind."""
    return CAUSES.get(kind, kind.replace("_", " ").capitalize())


def effect(action: str) -> str:
    """What an answer does."""
    return EFFECTS.get(action, "")
