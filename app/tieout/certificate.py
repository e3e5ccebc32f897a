"""The certificate of a tie-out: both sides' figures, every difference with cause and amount, and a hash over all of it.

It proves itself (`check`): whoever holds the file can add its differences up again, cause by cause and figure by
figure, and hold the sums against what lies between the two sides, without this service and without its database.
Amounts are decimal strings. The hash is SHA-256 over one line of JSON a difference, in order, and one for all the rest; of
what may name a person it covers a salted digest (`app.tieout.texts`).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final, Literal

from app.tieout.causes import Cause
from app.tieout.differences import Difference
from app.tieout.facts import ZERO, Side
from app.tieout.figures import OWED, Cell, Figures, total
from app.tieout.numbers import written
from app.tieout.period import CERTIFIED, IN
from app.tieout.signature import is_signed
from app.tieout.texts import is_true_to, under_the_hash

FORMAT = "oncord-quickbooks tie-out 5"
FORMATS = (*(f"oncord-quickbooks tie-out {number}" for number in range(1, 5)), FORMAT)
"""The first one had neither a period nor a signature, the second one its names under the hash, the third one the differences of all
days, the fourth one nothing of what other currencies come to at home, and what was written off among credits; what was issued in them still adds up."""
ERASED = "erased"
"""A member of what an earlier format named a person in, once the name was emptied: its hash cannot be worked out any more."""
NOTICE = (
    "This certificate says what two sets of records hold, as they were last read, and whether they hold the same. It is no audit:"
    " nobody has looked at what the records stand for, and whether anything is missing on both sides cannot be seen from them."
)
OUTSIDE = ("differences", "hash", "signature")
"""What the hash of the rest does not cover: the differences have their own lines in it."""
SIGNS = {
    "opening": 1,
    "sales": 1,
    "credits": -1,
    "receipts": -1,
    "refunds": 1,
    "written_off": -1,
    "settled_otherwise": -1,
}
"""How the parts of a roll-forward come to its closing; what was issued before what is written off was told apart has no such part."""
AT_HOME = {**SIGNS, "exchange": 1, "rounding": 1}
"""The same at home of one in another currency."""
TOLD = ("taken_at", "as_of", "product_version", "configuration_version", "sealed")
"""What a certificate says besides its figures and differences."""
UNKNOWN: Final = "unknown"
"""The light of what was never, or long not, compared; no certificate says so."""

Plain = dict[str, Any]


def light(differences: int, unexplained: int) -> Literal["agrees", "differs", "unexplained"]:
    """What a tie-out shows: it agrees only where nothing differs at all."""
    if unexplained:
        return "unexplained"
    return "differs" if differences else "agrees"


Issued = Literal["agreeing", "agreeing but for what is named", "not agreeing"]


def issued_as(differences: int, unexplained: int) -> Issued:
    """As what a certificate is issued: agreeing only where nothing is without an explanation."""
    if unexplained:
        return "not agreeing"
    return "agreeing but for what is named" if differences else "agreeing"


def of_the_period(lines: Iterable[Plain]) -> list[Plain]:
    """Those of all differences of a tie-out that its certificate holds: of records of its period, and of earlier ones as far as what was
    owed or lay in an account on the first day contains them. What was issued before they said so holds all."""
    return [line for line in lines if line.get("when", IN) in CERTIFIED]


def counting(lines: Iterable[Plain]) -> list[Plain]:
    """Those of a certificate's differences by which it agrees or not: its period's own, and of earlier ones what nobody can explain."""
    return [line for line in lines if line.get("when", IN) == IN or line["cause"] == Cause.UNEXPLAINED]


def carried_in(lines: Iterable[Plain]) -> list[Plain]:
    """The others of a certificate's differences: of earlier records, with a cause."""
    return [line for line in lines if line.get("when", IN) != IN and line["cause"] != Cause.UNEXPLAINED]


def unexplained_amounts(differences: Iterable[Plain]) -> dict[str, str]:
    """What the differences without a cause come to, whichever way they go, by currency; "0.00" of none at all."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in differences:
        if line["cause"] == Cause.UNEXPLAINED:
            sums[line["currency"]] += abs(Decimal(line["amount"]))
    return {currency: written(amount) for currency, amount in sorted(sums.items())} or {"": "0.00"}


def _called(parties: str, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(party, party) for party in parties.split(", "))


def difference_to_plain(difference: Difference, moves: Figures, names: Mapping[str, str]) -> Plain:
    """A difference as it stands in a certificate, with those of its `moves` that its figures tell of; `names` are what parties are
    called."""
    sides = (difference.oncord, difference.quickbooks)
    oncord, quickbooks = (_called(side, names) for side in sides) if difference.what == "contact" else sides
    return {
        "kind": difference.kind,
        "what": difference.what,
        "number": difference.number,
        "who": names.get(difference.party, ""),
        "date": difference.date.isoformat() if difference.date else "",
        "oncord_id": difference.oncord_id,
        "quickbooks_id": difference.quickbooks_id,
        "currency": difference.currency,
        "oncord": oncord,
        "quickbooks": quickbooks,
        "amount": written(difference.amount),
        "cause": difference.cause.value,
        "why": difference.why,
        "moves": [
            {"table": cell.table, "key": cell.key, "currency": cell.currency, "amount": written(amount)}
            for cell, amount in sorted(moves.items())
        ],
        "sort": difference.sort,
        "when": difference.when,
    }


def figures_to_plain(
    oncord: Figures, quickbooks: Figures, by_cause: Mapping[Cause, Figures], names: Mapping[str, str]
) -> list[Plain]:
    """Both sides' figures with what each cause moves. Of what is owed: the whole, and whoever differs."""
    sums = {cause: _with_whole(moved) for cause, moved in by_cause.items()}
    mine, theirs = _with_whole(oncord), _with_whole(quickbooks)
    found = []
    for cell in sorted({*mine, *theirs, *(cell for moved in sums.values() for cell in moved)}):
        here, there = mine.get(cell, ZERO), theirs.get(cell, ZERO)
        causes = {cause.value: written(moved[cell]) for cause, moved in sorted(sums.items()) if moved.get(cell)}
        if cell.table == OWED and cell.key and here == there and not causes:
            continue
        found.append(
            {
                "table": cell.table,
                "key": cell.key,
                "name": names.get(cell.key, ""),
                "currency": cell.currency,
                "oncord": written(here),
                "quickbooks": written(there),
                "difference": written(there - here),
                "causes": causes,
            }
        )
    return found


def rounding_to_plain(rounding: Mapping[tuple[str, str], Mapping[Side, Decimal]]) -> list[Plain]:
    """What rounding comes to on each side, a line for each month and currency."""
    return [
        {
            "month": month,
            "currency": currency,
            "oncord": written(sides.get("oncord", ZERO)),
            "quickbooks": written(sides.get("quickbooks", ZERO)),
        }
        for (month, currency), sides in sorted(rounding.items())
    ]


def _with_whole(figures: Figures) -> Figures:
    """Figures with what all parties owe together, under no name."""
    whole = ({Cell(OWED, "", cell.currency): amount} for cell, amount in figures.items() if cell.table == OWED)
    return total([figures, *whole])


class Seal:
    """The hash of a certificate, over one difference after the other."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, line: Mapping[str, Any]) -> None:
        """One more difference."""
        self._digest.update(canonical(under_the_hash(line)) + b"\n")

    def close(self, rest: Mapping[str, Any]) -> str:
        """The hash, with everything that is no difference."""
        figures = [under_the_hash(figure) for figure in rest["figures"]] if "figures" in rest else []
        self._digest.update(canonical({**rest, "figures": figures} if figures else rest))
        return self._digest.hexdigest()


def canonical(value: Any) -> bytes:
    """The one way in which a value is written for the hash."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sealed(rest: Plain, differences: Sequence[Plain]) -> Plain:
    """A whole certificate."""
    seal = Seal()
    for line in differences:
        seal.add(line)
    return {**rest, "differences": list(differences), "hash": seal.close(rest)}


def check(certificate: Plain) -> list[str]:
    """Everything in a certificate that does not come out; empty where it proves what it says.

    Never raises: what is no certificate is said to be none.
    """
    try:
        return list(_faults(certificate))
    except (AttributeError, InvalidOperation, KeyError, TypeError, ValueError) as error:
        return [f"This is no certificate of a tie-out: {error!r}."]


def _faults(certificate: Plain) -> Iterator[str]:
    if certificate["format"] not in FORMATS:
        yield f"The format is {certificate['format']}, not {FORMAT}."
    yield from (f"It does not say its {name.replace('_', ' ')}." for name in TOLD if name not in certificate)
    differences: list[Plain] = certificate["differences"]
    rest = {name: value for name, value in certificate.items() if name not in OUTSIDE}
    lines = [*differences, *certificate["figures"]]
    if any(ERASED in line for line in lines):
        yield (
            "A person's name was erased from it, which its format has under the hash: what was issued can be proved with the file"
            " that was handed out then."
        )
    elif sealed(rest, differences)["hash"] != certificate["hash"]:
        yield "The hash does not fit: something was changed after the tie-out."
    if not all(is_true_to(line) for line in lines):
        yield "A name or a reason is not the one that it was issued with."
    counted = counting(differences)
    unexplained = sum(line["cause"] == Cause.UNEXPLAINED for line in counted)
    shown = light(len(counted), unexplained)
    if certificate["light"] != shown:
        yield f"It says {certificate['light']}, but its differences say {shown}."
    moved = _moved(differences)
    for figure in certificate["figures"]:
        yield from _figure_faults(figure, moved)
    for cell, cause in moved:
        yield f"{_named(cell)}: a difference moves it ({cause}), but there is no such figure."
    if certificate["format"] in FORMATS[1:]:
        yield from _further_faults(certificate)


def _further_faults(certificate: Plain) -> Iterator[str]:
    """What a certificate says beside its figures, and does not come out; and who has signed it."""
    lines = counting(certificate["differences"])
    issued = issued_as(len(lines), sum(line["cause"] == Cause.UNEXPLAINED for line in lines))
    amounts = unexplained_amounts(lines)
    if (certificate["issued_as"], certificate["unexplained"]) != (issued, amounts):
        yield f"It is issued as {certificate['issued_as']}, but its differences say {issued}, {amounts}."
    owed = {f["currency"]: f for f in certificate["figures"] if f["table"] == OWED and not f["key"]}
    for roll in [*certificate["roll_forward"], *certificate.get("month", {}).get("roll_forward", ())]:
        for side in ("oncord", "quickbooks"):
            parts = {name: Decimal(amount) for name, amount in roll[side].items()}
            closing = sum((sign * parts.get(name, ZERO) for name, sign in SIGNS.items()), ZERO)
            if closing != parts["closing"]:
                yield f"{side} {roll['currency']}: the roll-forward comes to {closing}, not {parts['closing']}."
            figure = Decimal(owed.get(roll["currency"], {}).get(side, "0"))
            if parts["closing"] + parts["later"] != figure:
                told = f"{parts['closing']} and {parts['later']} later"
                yield f"{side} {roll['currency']}: customers owe {figure}, but the roll-forward says {told}."
        yield from _home_faults(roll)
    for line in (certificate.get("ledger") or {}).get("lines", ()):
        named = sum((Decimal(part["amount"]) for part in line.get("parts", ())), ZERO)
        beyond = Decimal(line["ledger"]) - Decimal(line["documents"] or "0") - named
        if line["beyond"] is not None and Decimal(line["beyond"]) != beyond:
            yield f"{line['name']}: the ledger holds {beyond} beyond the documents, not {line['beyond']}."
    if certificate["signed_by"] and not is_signed(
        certificate["signed_by"], certificate["hash"], certificate.get("signature", "")
    ):
        yield "The signature is not that of the key which it names."


def _home_faults(roll: Plain) -> Iterator[str]:
    """What a roll-forward at home does not come to."""
    if "closing" not in roll.get("home", {}):
        return
    parts = {name: Decimal(roll["home"].get(name, "0")) for name in (*AT_HOME, "closing")}
    closing = sum((sign * parts[name] for name, sign in AT_HOME.items()), ZERO)
    if closing != parts["closing"]:
        yield f"{roll['currency']} at home: the roll-forward comes to {closing}, not {parts['closing']}."


def chain_faults(certificates: Sequence[Plain]) -> list[str]:
    """What does not fit where several certificates of one connection are held against each other, the oldest first."""
    found = []
    for before, after in pairwise(certificates):
        named = (after.get("previous") or {}).get("hash")
        if named != before["hash"]:
            found.append(f"{after['id']} does not follow {before['id']}: it names {named or 'none'} as the one before.")
    return found


def _moved(differences: Iterable[Plain]) -> dict[tuple[Cell, str], Decimal]:
    found: dict[tuple[Cell, str], Decimal] = defaultdict(Decimal)
    for line in differences:
        for move in line["moves"]:
            cell = Cell(move["table"], move["key"], move["currency"])
            found[cell, line["cause"]] += Decimal(move["amount"])
            if cell.table == OWED:
                found[Cell(OWED, "", cell.currency), line["cause"]] += Decimal(move["amount"])
    return {key: amount for key, amount in found.items() if amount}


def _figure_faults(figure: Plain, moved: dict[tuple[Cell, str], Decimal]) -> Iterator[str]:
    """What does not come out of one figure; takes what it accounts for out of `moved`."""
    cell = Cell(figure["table"], figure["key"], figure["currency"])
    apart = Decimal(figure["quickbooks"]) - Decimal(figure["oncord"])
    if Decimal(figure["difference"]) != apart:
        yield f"{_named(cell)}: the difference is {apart}, not {figure['difference']}."
    causes = {cause: Decimal(amount) for cause, amount in figure["causes"].items()}
    if sum(causes.values(), ZERO) != apart:
        yield f"{_named(cell)}: the causes come to {sum(causes.values(), ZERO)}, the difference is {apart}."
    for cause in Cause:
        of_differences = moved.pop((cell, cause.value), ZERO)
        if of_differences != causes.get(cause.value, ZERO):
            stated = causes.get(cause.value, ZERO)
            yield f"{_named(cell)}: {cause.value} is {stated}, but its differences come to {of_differences}."


def _named(cell: Cell) -> str:
    return " ".join(part for part in (cell.table, cell.key, cell.currency) if part)
