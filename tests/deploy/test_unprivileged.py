"""The processes as in the containers: an account that owns nothing, code that it cannot write, nothing of our own environment.

No container engine is needed: whoever is root runs them as the account that PostgreSQL runs as here, anybody else as themselves.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from app.sandbox.local.account import Account, services_account
from app.sandbox.local.services import ServiceAddresses
from app.storage.database import conninfo
from tests.support.processes import three_free_ports, users_of
from tests.support.services import DatabaseUrls
from tests.workers.test_worker_process import KEY, until

ROOT = Path(__file__).parent.parent.parent
CODE = ("app", "workers", "alembic", "alembic.ini")
UP_SECONDS = 90.0

pytestmark = [pytest.mark.processes]


@pytest.fixture(scope="module")
def account() -> Account:
    return services_account()


@pytest.fixture(scope="module")
def python(account: Account) -> Iterator[str]:
    """Our interpreter, or a copy of it where the account may not enter the home in which it lies."""
    own = Path(sys.executable).resolve()
    if account.reaches(own):
        yield sys.executable
        return
    folder = Path(tempfile.mkdtemp(prefix="oncord-python-"))
    folder.chmod(0o755)
    library = Path("lib", f"python{sys.version_info.major}.{sys.version_info.minor}")
    left_out = shutil.ignore_patterns("site-packages", "test", "tests", "idlelib", "ensurepip", "__pycache__")
    shutil.copytree(Path(sys.base_prefix, library), folder / library, ignore=left_out)
    (folder / "bin").mkdir()
    shutil.copy(own, folder / "bin" / own.name)
    for shared in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
        shutil.copy(shared, folder / "lib")
    yield str(folder / "bin" / own.name)
    shutil.rmtree(folder)


@pytest.fixture
def code() -> Iterator[Path]:
    """A copy of what the image holds, which nobody may write; the simulators are not in it (`.dockerignore`)."""
    folder = Path(tempfile.mkdtemp(prefix="oncord-code-"))
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "sandbox"))
        else:
            shutil.copy(source, folder / name)
    _chmod(folder, folders=0o555, files=0o444)
    yield folder
    _chmod(folder, folders=0o755, files=0o644)
    shutil.rmtree(folder)


def _chmod(folder: Path, *, folders: int, files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(folders if path.is_dir() else files)


@contextmanager
def running(
    command: list[str], code: Path, account: Account, services: ServiceAddresses, database: DatabaseUrls
) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {
        "PATH": os.defpath,
        "LD_LIBRARY_PATH": str(Path(command[0]).parent.parent / "lib"),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DATABASE_URL": database.app,
        "REDIS_URL": services.redis_url,
        "ADMIN_API_KEY": "a-key-of-thirty-two-letters-or-more",
        "ENCRYPTION_KEYS": KEY,
        "SYNC_SWEEP_SECONDS": "1",
    }
    who: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.drops else {}
    process = subprocess.Popen(
        command, cwd=code, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **who
    )
    try:
        yield process
    finally:
        process.kill()
        _, said = process.communicate()
        sys.stderr.write(said.decode(errors="replace")[-3000:])  # shown where the test fails


def test_the_api_serves_without_a_right_to_anything(
    services: ServiceAddresses, own_database: DatabaseUrls, account: Account, python: str, code: Path
) -> None:
    port = three_free_ports()
    before = sorted(code.rglob("*"))
    with running([python, "-m", "app.serve", "--port", str(port)], code, account, services, own_database) as process:
        ready = _answer(f"http://127.0.0.1:{port}/ready", process)

        assert ready["database_schema"] == "ok"
        assert users_of([process.pid]) == {account.uid}
        page = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
        assert (page.status_code, "Sign in" in page.text) == (200, True)
    assert sorted(code.rglob("*")) == before


def test_a_worker_works_without_a_right_to_anything(
    services: ServiceAddresses, own_database: DatabaseUrls, account: Account, python: str, code: Path
) -> None:
    before = sorted(code.rglob("*"))
    command = [python, "-m", "arq", "workers.main.WorkerSettings"]
    with (
        psycopg.connect(conninfo(own_database.app), autocommit=True) as database,
        running(command, code, account, services, own_database) as process,
    ):

        def swept() -> Any:
            return database.execute("SELECT at FROM heartbeat WHERE name = 'sweeper'").fetchone() or process.poll()

        until(UP_SECONDS, swept)

        assert process.poll() is None
        assert users_of([process.pid]) == {account.uid}
    assert sorted(code.rglob("*")) == before


def _answer(url: str, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    end = time.monotonic() + UP_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            answer = httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
    raise AssertionError("it did not answer in time")
