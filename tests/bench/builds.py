"""Two builds of the service in turn: what this one acknowledges in a second, to what an earlier one does on the same machine.

`make bench ONLY=webhooks ARGS="--before REVISION"`. The earlier build is checked out beside this one and run by the same interpreter
and packages, on a PostgreSQL of its own that its own migrations have made. Each round loads both, the first of the two in turn.
"""

import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.sandbox.local.migrations import COMMAND, PROJECT
from app.sandbox.local.services import LocalServices
from tests.bench.cores import Cores, on, shared_out
from tests.bench.figures import Bench, Figure, Note
from tests.bench.ground import Ground, environment_of, sent, with_companies
from tests.bench.load import Answers
from tests.bench.processes import free_port, server
from tests.bench.trees import tree_of
from tests.bench.webhooks import ROUND_SECONDS

ROUNDS = 9
LEAST_RATIO = 0.95


@dataclass(frozen=True, slots=True)
class _Build:
    """A build that listens, and what is known of its events."""

    ground: Ground
    port: int

    def loaded(self, seconds: float = ROUND_SECONDS) -> Answers:
        """Load it with as many senders as the other one has; what it has acknowledged is looked for."""
        order = self.ground.order(self.port, seconds=seconds)
        answers = sent(order)
        self.ground.look_for(order)
        return answers


def compared(before: str) -> Bench:
    """The bench that holds this build against the one at `before`, a revision of this repository or a folder."""

    def measure(full: bool) -> Iterator[Figure | Note]:
        cores = shared_out()
        with ExitStack() as stack:
            stack.enter_context(on(cores.others))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncord-bench-")))
            folder.chmod(0o711)
            first = stack.enter_context(_running(stack.enter_context(tree_of(before)), folder / "before", cores))
            second = stack.enter_context(_running(PROJECT, folder / "after", cores))
            yield Note(f"the build of {before} and this one in turn, {ROUNDS} rounds")
            yield Note(cores.words)
            yield from _figures(first, second)

    return Bench("webhooks", "durable acknowledgements of two builds in turn", measure)


def _figures(before: _Build, after: _Build) -> Iterator[Figure]:
    for build in (before, after):
        build.loaded(1.0)
    rates: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        pair = [before, after] if number % 2 == 0 else [after, before]
        rate = {id(build): build.loaded().rate for build in pair}
        rates.append((rate[id(before)], rate[id(after)]))
    yield Figure("acknowledgements of the build before", statistics.median(one for one, _ in rates), "a second")
    yield Figure("acknowledgements of this build", statistics.median(one for _, one in rates), "a second")
    ratio = statistics.median(later / earlier for earlier, later in rates)
    yield Figure("this build, to the one before", ratio, "x", at_least=LEAST_RATIO)
    yield Figure("events acknowledged and looked for in all", before.ground.looked_for + after.ground.looked_for)
    yield Figure("  of these, not in the database", before.ground.missing + after.ground.missing, at_most=0)


@contextmanager
def _running(tree: Path, folder: Path, cores: Cores) -> Iterator[_Build]:
    """A build with a PostgreSQL and a Valkey of its own, which run elsewhere where there is an elsewhere."""
    with LocalServices(folder, durable=True, ephemeral=True) as services, ExitStack() as stack:
        environment = environment_of(services)
        migrating = {**environment, "MIGRATION_DATABASE_URL": services.migration_database_url}
        subprocess.run(COMMAND, cwd=tree, env=migrating, check=True, capture_output=True)
        database = stack.enter_context(with_companies(services))
        port = free_port()
        serve = ["app.serve"] if (tree / "app/serve.py").exists() else ["uvicorn", "app.main:create_app", "--factory"]
        command = [*serve, "--port", str(port), "--no-access-log", "--log-level", "warning"]
        with on(cores.judged):
            stack.enter_context(server(command, port, environment, tree))
        yield _Build(Ground(folder, database), port)
