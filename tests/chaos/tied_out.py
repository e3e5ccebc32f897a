"""What the service itself says afterwards, asked through its API: whether both sides agree, and why where they do not.

Nobody in the storm does anything that a rule lets stand on one side only, so that every connection has to agree: by the
light that its own runs left, and by a comparison of everything that is asked for now and adds up from its own data.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.tieout.certificate import check
from tests.chaos.branches import Branch
from tests.chaos.stage import Stage

EXPECTED: frozenset[str] = frozenset()
"""The causes that the storm has a reason for: none."""
AGREES = "agrees"
UNEXPLAINED = "unexplained"


@dataclass(slots=True)
class TiedOut:
    """What the comparisons of all connections came to."""

    lights: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    judged: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """In a line: how many connections agree, how many differ and by which causes, and how many nobody can explain."""
        named = ", ".join(f"{cause} {count}" for cause, count in sorted(self.causes.items()))
        differing = f"{self.lights['differs']} differ" + (f" ({named})" if named else "")
        return f"{self.lights[AGREES]} agree, {differing}, {self.lights[UNEXPLAINED]} unexplained"


async def tie_out(stage: Stage, branches: Sequence[Branch]) -> TiedOut:
    """Have every connection compared whole."""
    found = TiedOut()
    for branch in branches:
        url = f"{stage.world.service}/api/v1/connections/{branch.id}"
        left = (await _ask(stage, "GET", url))["agreement"]
        taken = await _ask(stage, "POST", f"{url}/tie-outs")
        certificate = await _ask(stage, "GET", f"{url}/tie-outs/{taken['id']}")
        found.lights[certificate["light"]] += 1
        found.judged += certificate["judged"]
        found.causes.update(line["cause"] for line in certificate["differences"])
        found.wrong += [f"{branch.tag}: {words}" for words in _faults(left, certificate)]
    return found


def _faults(left: dict[str, Any], certificate: dict[str, Any]) -> Iterator[str]:
    """What the last runs left the light at, and everything in a certificate that does not come out or nobody expects."""
    counted = sum(line["cause"] == UNEXPLAINED for line in certificate["differences"])
    shown, compared = (
        (left["light"], left["differences"], left["unexplained"]),
        (certificate["light"], len(certificate["differences"]), counted),
    )
    if shown != compared:
        yield f"the light is {shown}, and a tie-out says {compared}"
    yield from (f"its certificate does not come out: {fault}" for fault in check(certificate))
    for line in certificate["differences"]:
        if line["cause"] not in EXPECTED:
            sides = f"{line['oncord']} / {line['quickbooks']}: {line['amount']} {line['currency']}"
            yield f"{line['cause']}: {line['kind']} {line['number']} {line['what']} {sides} {line['why']}".rstrip()


async def _ask(stage: Stage, method: str, url: str) -> dict[str, Any]:
    authorised = {"Authorization": f"Bearer {stage.keys.admin_api_key}"}
    answer = await stage.http.request(method, url, headers=authorised)
    assert answer.is_success, f"{method} {url}: {answer.status_code} {answer.text[:200]}"
    body: dict[str, Any] = answer.json()
    return body
