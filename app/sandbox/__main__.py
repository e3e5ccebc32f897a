"""The commands of the sandbox: one simulator alone, or the whole local world.

    python -m app.sandbox quickbooks --port 9001 --country AU
    python -m app.sandbox oncord --port 9002
    python -m app.sandbox run --port 8000

A simulator's secrets are made up by itself unless the environment names them (SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET,
SANDBOX_VERIFIER_TOKEN, SANDBOX_ONCORD_TOKEN): on the command line everybody could read them.
"""

import argparse
import os
import sys
from pathlib import Path

HIGHEST_PORT = 65535
LOCAL = Path(__file__).resolve().parents[2] / ".local"


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port number")
    return int(text)


def _first_port(text: str) -> int:
    port = _port(text)
    if port > HIGHEST_PORT - 2:
        raise argparse.ArgumentTypeError(f"{port} leaves no room for two more ports behind it")
    return port


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line, or a line of explanation and exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m app.sandbox", description="The vendor simulators and the local world."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, vendor in (("quickbooks", "QuickBooks Online"), ("oncord", "Oncord")):
        simulator = commands.add_parser(name, help=f"a simulator of {vendor} alone")
        simulator.add_argument("--port", type=_port, required=True)
        simulator.add_argument("--country", choices=("AU", "US"), default="AU")
        simulator.add_argument(
            "--state", type=Path, metavar="FILE", help="load the world from here, and save it at the end"
        )
        simulator.add_argument("--empty", action="store_true", help="start without sample records")
        if name == "quickbooks":
            simulator.add_argument("--rate-limits", action="store_true", help="enforce the vendor's limits")
        else:
            simulator.add_argument("--site", metavar="ID", help="the id of the first shop")
    local = commands.add_parser("run", help="everything on this machine, with a demo connection")
    local.add_argument("--port", type=_first_port, default=8000, help="the API's; the simulators take the next two")
    local.add_argument(
        "--empty", action="store_true", help="connect nothing: both demo worlds wait for a person to join them"
    )
    local.add_argument(
        "--data", type=Path, metavar="FOLDER", help="by default .local, or .local/empty of its own with --empty"
    )
    wanted = parser.parse_args(arguments)
    if wanted.command == "run" and wanted.data is None:
        wanted.data = LOCAL / "empty" if wanted.empty else LOCAL
    return wanted


def main() -> int:
    """Do what the command line says; only what it needs is imported."""
    wanted = parse()
    if wanted.command == "quickbooks":
        from app.sandbox.quickbooks.serve import run as run_quickbooks

        run_quickbooks(
            wanted.port,
            country=wanted.country,
            state_file=wanted.state,
            rate_limits=wanted.rate_limits,
            sample=not wanted.empty,
            client_id=os.environ.get("SANDBOX_CLIENT_ID"),
            client_secret=os.environ.get("SANDBOX_CLIENT_SECRET"),
            verifier_token=os.environ.get("SANDBOX_VERIFIER_TOKEN"),
        )
    elif wanted.command == "oncord":
        from app.sandbox.oncord.serve import run as run_oncord

        run_oncord(
            wanted.port,
            country=wanted.country,
            state_file=wanted.state,
            site_id=wanted.site,
            token=os.environ.get("SANDBOX_ONCORD_TOKEN"),
            sample=not wanted.empty,
        )
    else:
        from app.sandbox.local.everything import run_local_world

        return run_local_world(wanted.port, wanted.data, empty=wanted.empty)
    return 0


if __name__ == "__main__":
    sys.exit(main())
