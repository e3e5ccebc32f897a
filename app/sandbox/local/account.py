"""Which account the embedded services run under.

PostgreSQL refuses to run as root. When this process is root, the services run as an unprivileged account instead; whoever
is not root keeps their own. Everything about dropping privileges is decided here, once.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.sandbox.local.lifeline import signalled_without_parent

# initdb looks its own user up in the password file, so a bare number is not enough: a name must exist.
UNPRIVILEGED_NAMES = ("nobody", "daemon")


class NoAccount(Exception):
    """The services cannot be given to an unprivileged account."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group for child processes; `drops` tells whether they differ from our own."""

    name: str
    uid: int
    gid: int
    drops: bool

    def run(self, command: list[str], log: Path | None = None, script: str = "") -> int:
        """Run a command to its end with `script` as its input, and answer its exit code; output goes to `log`."""
        with (log or Path(os.devnull)).open("ab") as output:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, **self._surroundings(output))
            process.communicate(script.encode())
            return process.returncode

    def spawn(self, command: list[str], log: Path, farewell: int) -> "subprocess.Popen[bytes]":
        """Start a server, which is sent the signal `farewell` should this process vanish."""
        with log.open("ab") as output:
            surroundings = self._surroundings(output) | {"preexec_fn": signalled_without_parent(farewell)}
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, **surroundings)

    def _surroundings(self, output: IO[bytes]) -> dict[str, Any]:
        # Nothing of our own environment. LC_ALL keeps PostgreSQL single-threaded at start-up on macOS.
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        who = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.drops else {}
        return {"stdout": output, "stderr": output, "env": environment, "cwd": "/", **who}

    def reaches(self, path: Path) -> bool:
        """Whether this account may enter a folder or execute a file, with every folder above it."""
        return not self.drops or self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]) == 0

    def own(self, path: Path) -> None:
        """Hand one folder or file to this account, closed to everybody else."""
        path.chmod(0o700)
        if self.drops:
            shutil.chown(path, self.uid, self.gid)


def services_account() -> Account:
    """Our own account, or an unprivileged one when we are root.

    Raises `NoAccount` where there is none, or root may start nothing as it.
    """
    if os.geteuid() != 0:
        return Account(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid(), drops=False)
    for name in UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, drops=True)
        try:
            account.run(["/bin/sh", "-c", ":"])
        except (OSError, OverflowError, subprocess.SubprocessError) as error:
            raise NoAccount(
                f"root may not start processes as '{name}' here ({error}); run as an ordinary user"
            ) from error
        return account
    raise NoAccount(f"no unprivileged account for PostgreSQL: none of {', '.join(UNPRIVILEGED_NAMES)} exists")
