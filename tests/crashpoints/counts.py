"""What has been proved so far, counted: points by story, by what went wrong there, and by what became of request ids."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Share:
    """How many points a process has taken on, before any is repeated with other request ids."""

    points: int


@dataclass(frozen=True, slots=True)
class Proved:
    """One execution, and the points it stands for: one for each way of treating request ids that it could not tell apart."""

    name: str
    story: str
    mode: str
    request_ids: tuple[str, ...]
    wrong: tuple[str, ...]
    differs: tuple[str, ...] = ()
    """What its tie-out names where nothing is wrong (`Chapter.differs`)."""


@dataclass(slots=True)
class Counts:
    """The counts of all processes together."""

    to_do: int = 0
    done: int = 0
    points: int = 0
    executions: int = 0
    violations: int = 0
    by_story: Counter[str] = field(default_factory=Counter)
    by_mode: Counter[str] = field(default_factory=Counter)
    by_request_ids: Counter[str] = field(default_factory=Counter)
    agreed: int = 0
    by_cause: Counter[str] = field(default_factory=Counter)

    def take_on(self, share: Share) -> None:
        """A process has told the stories and begins."""
        self.to_do += share.points

    def add(self, proved: Proved) -> None:
        """An execution has ended."""
        covered = len(proved.request_ids)
        repeats = covered == 1 and proved.request_ids != ("honoured",)
        self.done += not repeats
        self.points += covered
        self.executions += 1
        self.violations += bool(proved.wrong)
        self.by_story[proved.story] += covered
        self.by_mode[proved.mode] += covered
        self.by_request_ids.update(proved.request_ids)
        if not proved.wrong:
            self.agreed += not proved.differs
            self.by_cause.update(line.partition(":")[0] for line in proved.differs)

    def progress(self, seconds: float) -> str:
        """How far it is."""
        return (
            f"{self.done} of {self.to_do} calls crashed, {self.executions} executions, "
            f"{self.violations} violations, {seconds:.0f} s"
        )

    def summary(self, seconds: float) -> Iterator[str]:
        """The lines at the end, the counts in the last one."""
        yield "where no request id was sent twice, one execution proves it honoured, ignored and forgotten"
        yield f"crashpoints by story: {_told(self.by_story)}"
        yield f"crashpoints by request ids: {_told(self.by_request_ids)}"
        yield f"crashpoints by what happened: {_told(self.by_mode)}"
        yield f"crashpoints tied out: {self.agreed} executions agree to the cent, the rest but for {_told(self.by_cause)}"
        yield (
            f"crashpoints: {self.points} points in {self.executions} executions, {self.by_mode['SIGKILL']} by SIGKILL, "
            f"{self.violations} violations, {seconds:.0f} s"
        )


def _told(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counter.items()) or "nothing"
