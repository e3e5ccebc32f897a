"""The launcher of the embedded services: whoever starts it, wherever the data lies, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.sandbox.local import postgres
from app.sandbox.local.account import services_account
from app.sandbox.local.binaries import (
    POINTER,
    find_binaries,
    home_of,
    within_reach,
)
from app.sandbox.local.services import PROJECT, LocalServices, ServicesUnavailable
from app.storage.database import conninfo
from tests.support.processes import family, gone, sockets_of, users_of, wait_until

pytestmark = pytest.mark.processes
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")

# Starts the services, has a process of its own guarded, and waits to be killed.
ASKER = """
import subprocess, sys, time
from pathlib import Path
from app.sandbox.local.services import LocalServices
services = LocalServices(Path(sys.argv[1]), durable=False, ephemeral=True)
addresses = services.start()
stubborn = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"],
                            start_new_session=True)
services.guard(stubborn.pid)
print(addresses.database_url, flush=True)
time.sleep(60)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that only its owner may enter."""
    with tempfile.TemporaryDirectory(prefix="oncord-launcher-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@only_root
def test_root_runs_the_services_as_somebody_else_although_only_root_may_enter_the_folder(data: Path) -> None:
    services = LocalServices(data, durable=False, ephemeral=True)
    addresses = services.start()
    try:
        users = users_of(services.pids)
        place = Path((data / POINTER).read_text().splitlines()[0])
        with psycopg.connect(conninfo(addresses.database_url)) as app:
            answer = app.execute("SELECT current_user").fetchone()

        assert 0 not in users
        assert answer == (postgres.APP,)
        assert place.is_dir()
    finally:
        services.stop()
    assert not place.exists()
    assert not data.exists()


@only_root
def test_programs_in_a_folder_that_only_root_may_enter_are_copied_to_where_they_can_run(data: Path) -> None:
    account, home = services_account(), data / "home"
    home.mkdir()
    home.chmod(0o711)  # whatever the umask
    hidden = data / "only-root"
    hidden.mkdir(mode=0o700)
    found = find_binaries()
    tree = found.postgres.parent.parent
    (hidden / tree.parent.name).mkdir()
    os.symlink(tree, hidden / tree.parent.name / tree.name)
    seen_there = type(found)(
        postgres=hidden / tree.parent.name / tree.name / "bin" / "postgres",
        initdb=hidden / tree.parent.name / tree.name / "bin" / "initdb",
        postgres_major=found.postgres_major,
        valkey=found.valkey,
    )
    libraries = tree.parent.with_name(f"{tree.parent.name}.libs")
    os.symlink(libraries, hidden / libraries.name)

    placed = within_reach(seen_there, home, account)
    data.chmod(0o711)

    assert home in placed.postgres.parents
    assert account.run([str(placed.initdb), "--version"]) == 0
    assert account.run([str(placed.postgres), "--version"]) == 0
    assert account.run([str(placed.valkey), "--version"]) == 0
    assert within_reach(seen_there, home, account) == placed


@only_root
def test_a_copied_checkout_does_not_share_the_data_of_its_original(data: Path) -> None:
    account = services_account()
    original, copy = data / "original", data / "copy"
    original.mkdir()
    copy.mkdir()
    place = home_of(original, account)
    try:
        (copy / POINTER).write_text((original / POINTER).read_text())
        place_of_copy = home_of(copy, account)
        try:
            assert home_of(original, account) == place
            assert place_of_copy != place
        finally:
            place_of_copy.rmdir()
    finally:
        place.rmdir()


@only_root
def test_a_checkout_that_was_moved_keeps_its_data(data: Path) -> None:
    account = services_account()
    before, after = data / "before", data / "after"
    before.mkdir()
    place = home_of(before, account)
    try:
        before.rename(after)

        assert home_of(after, account) == place
    finally:
        place.rmdir()


def test_the_data_is_found_again_and_the_socket_path_is_short_however_long_the_folder_is_called(data: Path) -> None:
    deep = data / ("long" * 30) / ("longer" * 20)
    with (
        LocalServices(deep, durable=False) as addresses,
        psycopg.connect(conninfo(addresses.admin_database_url or "")) as admin,
    ):
        admin.execute("CREATE TABLE remembered (word text)")
        first = sockets_of(addresses.database_url)
    with LocalServices(deep, durable=False, ephemeral=True) as addresses:
        second = sockets_of(addresses.database_url)
        with psycopg.connect(conninfo(addresses.admin_database_url or "")) as admin:
            answer = admin.execute("SELECT count(*) FROM remembered").fetchone()

    assert answer == (0,)
    assert len(bytes(first / ".s.PGSQL.5432.lock")) < 100
    assert not first.exists()
    assert not second.exists()


def test_a_pid_file_whose_number_belongs_to_a_stranger_is_cleared_and_the_stranger_spared(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], cwd="/")
    try:
        (tmp_path / "postmaster.pid").write_text(f"{stranger.pid}\n{tmp_path}\n")

        postgres.stop_leftover(tmp_path)

        assert not (tmp_path / "postmaster.pid").exists()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_that_an_earlier_run_left_behind_is_stopped_first(tmp_path: Path) -> None:
    leftover = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path.resolve())
    (tmp_path / "postmaster.pid").write_text(f"{leftover.pid}\n{tmp_path}\n")

    postgres.stop_leftover(tmp_path.resolve())

    assert gone([leftover.pid])
    leftover.wait()


def test_killed_without_a_word_the_asker_leaves_no_process_no_socket_and_no_scratch_data(data: Path) -> None:
    asker = subprocess.Popen([sys.executable, "-c", ASKER, str(data)], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert asker.stdout is not None
    url = asker.stdout.readline().strip()
    asker.stdout.close()
    sockets, everybody = sockets_of(url), family(asker.pid)
    assert len(everybody) >= 5

    asker.kill()
    asker.wait()

    assert wait_until(lambda: gone(everybody), 15)
    assert not sockets.exists()
    assert not data.exists()


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only the Linux kernel tells children of a killed parent"
)
def test_the_services_end_even_when_their_keeper_is_killed(data: Path) -> None:
    services = LocalServices(data, durable=False)
    addresses = services.start()
    pids = services.pids
    keeper = services.keeper_pid
    assert keeper is not None

    os.kill(keeper, signal.SIGKILL)

    assert wait_until(lambda: gone(pids))
    assert wait_until(lambda: not services.running())
    services.stop()
    assert not sockets_of(addresses.database_url).exists()
    with LocalServices(data, durable=False, ephemeral=True) as again:
        assert again.database_url


def test_a_second_run_over_the_same_data_is_refused_in_one_line(data: Path) -> None:
    refusal = r"^another run \(process \d+\) is using .*; stop it first$"
    with LocalServices(data, durable=False, ephemeral=True), pytest.raises(ServicesUnavailable, match=refusal):
        LocalServices(data).start()


def test_what_the_environment_names_is_handed_on_and_not_started(data: Path) -> None:
    services = LocalServices(
        data, database_url="postgresql+psycopg://theirs/db", redis_url="redis://theirs", ephemeral=True
    )
    with services as addresses:
        assert services.pids == ()
    assert (addresses.database_url, addresses.redis_url) == ("postgresql+psycopg://theirs/db", "redis://theirs")
    assert addresses.migration_database_url == "postgresql+psycopg://theirs/db"
    assert addresses.admin_database_url is None
