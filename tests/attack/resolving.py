"""The API with a resolver of the attacker's: `python -m tests.attack.resolving`, with the options of `app.serve`.

Whoever owns a name says what it resolves to, and may say something else the next time. Here names below `TABLE` do so without a
network; any other one is looked up as ever.
"""

import socket
import sys
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

NOWHERE = "3000::1"
"""Of the public internet by its number, and given to nobody (IANA has kept 3000::/4 back)."""
HANGS_SECONDS = 60.0

_rebinding = cycle((NOWHERE, "127.0.0.1"))


def _hang() -> list[str]:
    time.sleep(HANGS_SECONDS)
    return ["127.0.0.1"]


TABLE: dict[str, Callable[[], list[str]]] = {
    "private.attack.example": lambda: ["127.0.0.1"],
    "private-six.attack.example": lambda: ["::1"],
    "mixed.attack.example": lambda: [NOWHERE, "127.0.0.1"],
    "rebinds.attack.example": lambda: [next(_rebinding)],
    "mapped.attack.example": lambda: ["::ffff:127.0.0.1"],
    "compatible.attack.example": lambda: ["::127.0.0.1"],
    "translated.attack.example": lambda: ["64:ff9b::7f00:1"],
    "locally-translated.attack.example": lambda: ["64:ff9b:1::7f00:1"],
    "site-local.attack.example": lambda: ["fec0::1"],
    "zoned.attack.example": lambda: ["fe80::1%lo"],
    "metadata.attack.example": lambda: ["169.254.169.254"],
    "oracle.attack.example": lambda: ["192.0.0.192"],
    "azure.attack.example": lambda: ["168.63.129.16"],
    "alibaba.attack.example": lambda: ["100.100.100.200"],
    "empty.attack.example": list,
    "hangs.attack.example": _hang,
}
"""What each of the attacker's names resolves to, asked anew each time."""


def _look_up(real: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        name = host.rstrip(".").lower() if isinstance(host, str) else host
        if name not in TABLE:
            return real(host, port, *more, **options)
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in TABLE[name]()
        ]

    return look_up


if __name__ == "__main__":
    socket.getaddrinfo = _look_up(socket.getaddrinfo)
    from app import serve  # only now: what is imported keeps the resolver that it finds

    serve.main(sys.argv[1:])
