"""Where attacks take place: the processes of `make chaos`, and shops that were connected as people connect them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from math import ceil
from pathlib import Path

import httpx

from tests.chaos.branches import Branch, open_branches
from tests.chaos.size import SHORT
from tests.chaos.stage import APIS, WORKERS, Stage, set_stage

SHOPS = 4
SIZE = replace(SHORT, request_seconds=15)
"""A busy machine may take seconds over an answer of a simulator while the shops are connected."""


_addresses = count()


def from_anywhere() -> dict[str, str]:
    """As the reverse proxy would say it: another address each time, so that no limit of one address stops the attack."""
    number = next(_addresses)
    return {"X-Forwarded-For": f"198.18.{number // 250 % 250}.{number % 250 + 1}"}


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that runs, and who may be attacked. `part` is how much of the full size is asked for, 1 at most."""

    stage: Stage
    shops: list[Branch]
    part: float

    def of(self, full: int) -> int:
        """So many of `full` attempts, at least one."""
        return max(1, ceil(full * self.part))

    @property
    def shop_ids(self) -> list[str]:
        """The connections of the shops."""
        return [shop.id for shop in self.shops]

    @property
    def url(self) -> str:
        """The API process that is attacked."""
        return self.stage.api_urls[0]

    @property
    def port(self) -> int:
        """Where it listens, on this machine."""
        port = httpx.URL(self.url).port
        assert port is not None
        return port

    @property
    def most_memory(self) -> int:
        """The most resident bytes of one API process since `forget_memory`."""
        return max(self.stage.programs.all[name].most_memory for name in APIS)

    @property
    def most_worker_memory(self) -> int:
        """The most resident bytes of one worker since `forget_memory`."""
        return max(self.stage.programs.all[name].most_memory for name in WORKERS)

    def forget_memory(self) -> None:
        """Measure anew from here on."""
        for name in (*APIS, *WORKERS):
            self.stage.programs.all[name].most_memory = 0

    def ended(self) -> int:
        """How often a process of the service has ended by itself."""
        return sum(len(program.ended) for program in self.stage.programs.all.values())


@asynccontextmanager
async def set_ground(folder: Path, part: float) -> AsyncIterator[Ground]:
    """Start everything in `folder`; whatever happens, none of it runs afterwards."""
    async with set_stage(folder, SIZE) as stage:
        yield Ground(stage, await open_branches(stage, SHOPS), part)
