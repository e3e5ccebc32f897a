"""Memory that something large has taken goes back to the system as soon as it is free.

glibc takes a block of more than 128 KiB from the system, and gives it back when it is freed. But each such block that is freed raises
that limit to its own size (`mallopt(3)`, `M_MMAP_THRESHOLD`, up to 32 MiB): after one body of a megabyte the next hundred lie in the
heap, where a few small things above them keep all of it. A process that once had large bodies would stay as large as it was then.
A limit that is set stays as it is.
"""

import ctypes

LARGE_BYTES = 128 * 1024
"""glibc's own limit before anything has raised it."""
_M_MMAP_THRESHOLD = -3
"""`malloc.h`."""


def give_large_blocks_back() -> bool:
    """Keep the limit from rising in this process; False where the C library has no such limit (musl, macOS)."""
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(set_option(_M_MMAP_THRESHOLD, LARGE_BYTES))
