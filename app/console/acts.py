"""What somebody did, as the audit has it, in words."""

from app.storage.people.audit import AuditEntry

ACTS = {
    "access": "Asked for something that was not theirs",
    "attention.reopened": "Asked a question again",
    "attention.resolved": "Answered a question",
    "auto_sync.changed": "Switched automatic synchronisation",
    "configuration.changed": "Changed the configuration",
    "connection.change_refused": "Tried to change the address or the token of the site",
    "connection.changed": "Changed the name, the address or the token of the site",
    "connection.created": "Connected the site",
    "connection.exported": "Took everything out as a file",
    "connection.removed": "Removed the connection",
    "connection.site_still_posts": "Could not have the site stop telling of its changes",
    "connection.started_over": "Set all pairs aside to join another company",
    "delivery.read_again": "Had a delivery read again",
    "installation.restored": "Restored the installation from a backup",
    "key.ended": "Ended a key",
    "key.made": "Made a key",
    "key.rotated": "Renewed a key",
    "launch_link.made": "Made a link that lets somebody in",
    "matches.answered": "Said what is the same on both sides",
    "message.sent_again": "Had a message sent once more",
    "month.sealed": "Sealed a month",
    "month.unsealed": "Unsealed a month",
    "opening.answered": "Said how a sale from before the start date comes into the books",
    "person.erased": "Erased a person",
    "quickbooks.connected": "Gave access to QuickBooks",
    "quickbooks.disconnected": "Took access to QuickBooks away",
    "quickbooks.not_revoked": "Could not tell QuickBooks that access was taken away",
    "quickbooks.reconnected": "Gave access to QuickBooks again",
    "quickbooks.restored": "Joined the company of before again, with its pairs",
    "recipient.added": "Had somebody told of changes",
    "recipient.changed": "Changed what somebody is told of",
    "recipient.removed": "Had somebody told no longer",
    "record.put_back": "Had a record made anew",
    "record.retried": "Had a record tried again",
    "run.requested": "Asked for a synchronisation",
    "session.ended": "Ended a session",
    "session.opened": "Signed in",
    "site_secret.renewed": "Renewed what the site signs with",
    "source_check.requested": "Asked for a check of both sides",
    "tie_out.requested": "Had both sides compared",
}
"""The words for an act."""


def in_words(entry: AuditEntry) -> str:
    """An act in a sentence without its end, with whom or what it was about where the audit has a name for it."""
    words = ACTS.get(entry.action, entry.action.replace(".", " ").replace("_", " ").capitalize())
    named = next((str(entry.detail[name]) for name in ("person", "of", "name", "month") if entry.detail.get(name)), "")
    return f"{words}: {named}" if named else words
