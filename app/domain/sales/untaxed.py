"""The QuickBooks tax code of a line that has neither a tax code nor tax in Oncord: as the merchant has said, or a question.

Only what rounds a total off is outside tax unasked: its code is QuickBooks' own, found where the document is written.
"""

from app.domain.model.configuration import Configuration
from app.domain.model.records import Line
from app.domain.model.untaxed_lines import DESTINATIONS, Destination, sort_of
from app.domain.model.waiting import UNTAXED, PersonsDecision
from app.domain.planning.id_map import Obstacle

_GST = ("AU", "NZ")


def untaxed_code(line: Line, destination: Destination | None, configuration: Configuration) -> str:
    """The code of a line without one; "" where QuickBooks needs none, or where the document's writer knows it.

    `destination` None: nobody knows where it is shipped to. Raises `Obstacle` where nobody has said what such lines are.
    """
    if configuration.country == "US":
        return "NON"
    sort = sort_of(line)
    if sort is None or not configuration.charges_tax:
        return ""
    possible = {
        configuration.untaxed_lines.at(each).by_sort()[sort]
        for each in (DESTINATIONS if destination is None else (destination,))
    }
    if len(possible) == 1 and (only := possible.pop()):
        return only
    if not line.total:
        return ""  # nothing of it is on any label; what it costs one day is asked about then
    if not possible or "" in possible:
        raise Obstacle(UNTAXED, in_words(configuration.country))
    raise Obstacle(
        PersonsDecision(),
        "It has a line without a tax code, and the country that it is shipped to is not one that is known: whether it is an "
        "export decides which tax code the line gets. Correct the country in Oncord, or give the line a tax code.",
    )


def in_words(country: str) -> str:
    """The question, for whatever waits for it."""
    what = (
        "GST-free, an export, input taxed or out of scope"
        if country in _GST
        else "zero-rated, exempt, an export or outside tax"
    )
    return (
        f"A line without a tax code and without tax may be {what}, and nobody has said yet which. Choose its QuickBooks tax "
        "code in the configuration, once for products, free text, shipping and discounts. What is in QuickBooks already "
        "keeps its codes."
    )
