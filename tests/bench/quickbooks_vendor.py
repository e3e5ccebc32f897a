"""The simulator in a process of its own, so that what is measured here is the client's work alone."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

_PROGRAM = """
import asyncio, sys, uvicorn
from app.sandbox.quickbooks import World, create_app
server = uvicorn.Server(uvicorn.Config(create_app(World(lost_answers="close")), host="127.0.0.1", port=0, log_level="error"))
async def serve():
    running = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await running
asyncio.run(serve())
"""


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where the simulator listens, and the company that was made for one measurement."""

    url: str
    company: dict[str, str]
    item: str
    tax_code: str

    def calls(self) -> dict[str, int]:
        """What the simulator counted for this company."""
        found: dict[str, int] = _door(self.url, "GET", f"/companies/{self.company['realm_id']}/calls")
        return found


def _door(url: str, method: str, path: str, content: Any = None) -> Any:
    with httpx.Client(trust_env=False, timeout=60) as http:
        answer = http.request(method, f"{url}/_sandbox{path}", json=content)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def simulator() -> Iterator[str]:
    """The simulator's address while the block runs."""
    with subprocess.Popen([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("the simulator did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def new_company(url: str, country: str = "AU") -> Vendor:
    """A company without records, with one item to sell."""
    company = _door(url, "POST", "/companies", {"country": country, "sample": False})
    path = f"/companies/{company['realm_id']}"
    income = next(a["Id"] for a in _door(url, "GET", f"{path}/account")["items"] if a["AccountType"] == "Income")
    item = _door(
        url, "POST", f"{path}/item", {"Name": "Goods", "Type": "Service", "IncomeAccountRef": {"value": income}}
    )
    codes = _door(url, "GET", f"{path}/taxcode")["items"]
    code = next((c["Id"] for c in codes if c["Name"] == "GST"), "NON")
    _door(url, "DELETE", f"{path}/calls")
    return Vendor(url, company, str(item["Item"]["Id"]), str(code))


def settle() -> float:
    """The CPU seconds this process has used."""
    return time.process_time()
