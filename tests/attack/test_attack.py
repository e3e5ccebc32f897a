"""What gets through is said and ends in a non-zero exit; a small part of every attack is carried out on real processes."""

import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.errors import InvalidInput
from app.oncord.address import check_url
from app.oncord.guard import is_public
from tests.attack import __main__ as program
from tests.attack.addresses import SHAPES, hosts
from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground, set_ground
from tests.attack.resolving import NOWHERE, TABLE

SMALL = 0.002


def pretend(monkeypatch: pytest.MonkeyPatch, count: Count, memory: float = 100e6, ended: int = 0) -> None:
    """One attack that comes to `count`, on a ground without processes."""
    state = {"ended": 0}

    async def carry_out(_: Ground) -> Count:
        state["ended"] += ended
        return count

    ground: Any = SimpleNamespace(
        shops=[], most_memory=memory, forget_memory=lambda: None, ended=lambda: state["ended"], part=1.0
    )

    @asynccontextmanager
    async def nowhere(*_: Any) -> AsyncIterator[Ground]:
        yield ground

    monkeypatch.setattr(program, "set_ground", nowhere)
    monkeypatch.setattr(
        program.importlib, "import_module", lambda _: SimpleNamespace(ATTACK=Attack("a pretence", carry_out))
    )
    monkeypatch.setattr(sys, "argv", ["attack"])
    monkeypatch.setattr(program, "NAMES", ("pretence",))


def test_where_nothing_gets_through_the_last_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, Count(1200, 0))

    assert program.main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1,200 attacks, 0 got through"


@pytest.mark.parametrize(
    ("count", "memory", "ended"), [(Count(5, 1), 100e6, 0), (Count(5, 0), 301e6, 0), (Count(5, 0), 100e6, 1)]
)
def test_what_is_believed_too_much_memory_and_a_process_that_ends_got_through(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], count: Count, memory: float, ended: int
) -> None:
    pretend(monkeypatch, count, memory, ended)

    assert program.main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "5 attacks, 1 got through"


def test_there_is_no_attack_of_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["attack", "nonsense"])

    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2


def _is_let_in(url: str) -> bool:
    try:
        check_url(url, allow_private=False)
    except InvalidInput:
        return False
    return True


def test_no_shop_has_an_address_that_is_tried() -> None:
    tried = [shape.format(host=host, port=8443) for host in hosts() if host not in TABLE for shape in SHAPES]

    assert len(tried) > 5000
    assert [url for url in tried if _is_let_in(url)] == []


def test_only_resolving_a_name_tells_where_it_leads() -> None:
    for name in TABLE:
        assert check_url(f"https://{name}/api", allow_private=False) == f"https://{name}/api"
    resolved = {each for name, resolve in TABLE.items() if not name.startswith("hangs") for each in resolve()}
    assert [each for each in resolved if is_public(each)] == [NOWHERE]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the services' own account may enter, which it may not below pytest's folders."""
    place = Path(tempfile.mkdtemp(prefix="oncord-attack-"))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.mark.processes
@pytest.mark.slow
async def test_of_a_small_part_of_every_attack_nothing_gets_through(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with set_ground(folder, SMALL) as ground:
        counts = await program.carry_out(ground, program.NAMES)

    assert [count.got_through for count in counts] == [0] * len(program.NAMES), capsys.readouterr().out
    assert all(count.attempts for count in counts)
