"""What a person reads where an address shows nothing: what that means in one line, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A heading, and what to do besides what the message says."""

    title: str
    advice: str = ""


_ASK_AGAIN = "Go back, and do it once more. Where it stays like this, tell whoever runs this service the number below."
WORDS = {
    401: Refusal(
        "This does not let you in", "A link from Oncord opens once, within ten minutes: open the page from there again."
    ),
    403: Refusal("You may not do that", "Nothing was changed."),
    404: Refusal(
        "There is nothing here", "Go to the connections and look from there, or use Find to look for a document."
    ),
    405: Refusal("This cannot be opened that way"),
    408: Refusal("That took too long", "What you sent did not arrive in time, and nothing was changed. Send it again."),
    409: Refusal("That is not possible now"),
    413: Refusal("That is too much at once", "Nothing was changed. Send less of it."),
    415: Refusal("That cannot be read", "Nothing was changed. Use the form on the page."),
    422: Refusal("That cannot be used", "Nothing was changed."),
    429: Refusal("Too many at once", "Nothing was changed. Wait a minute, then load the page again."),
    500: Refusal("Something went wrong here", _ASK_AGAIN),
    503: Refusal("Not to be had at the moment", "Nothing is lost. Load the page again in a minute or two."),
}
OTHERWISE = Refusal("That is not possible")


def refusal(status: int) -> Refusal:
    """The words for a status."""
    return WORDS.get(status, OTHERWISE)
