"""A private Valkey (Redis) on a unix socket, without a port and without a memory.

Redis is an alarm clock here: everything in it can be rebuilt from PostgreSQL, so nothing of it is saved.
"""

import signal
import socket
import subprocess
from pathlib import Path

from app.sandbox.local.account import Account
from app.sandbox.local.binaries import Binaries

STOP_SIGNAL = signal.SIGTERM
SOCKET = "valkey.sock"


def start_valkey(binaries: Binaries, sockets: Path, account: Account, log: Path) -> "subprocess.Popen[bytes]":
    """Start the server; it is ready when `is_ready` says so."""
    options = {
        "port": "0",
        "unixsocket": str(sockets / SOCKET),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(sockets),
        "daemonize": "no",
    }
    command = [str(binaries.valkey)]
    for name, value in options.items():
        command += [f"--{name}", value]
    return account.spawn(command, log, STOP_SIGNAL)


def is_ready(sockets: Path) -> bool:
    """Whether the server answers a PING."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(sockets / SOCKET))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def redis_url(sockets: Path) -> str:
    """The address for arq and redis-py."""
    return f"unix://{sockets / SOCKET}?db=0"
