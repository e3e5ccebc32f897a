"""A child that learns of its parent's death.

On Linux the kernel itself signals the child; elsewhere this does nothing, and the keeper (see `keeper`) is the only one who
notices. Kept apart because it runs between fork and exec, where little else may.
"""

import ctypes
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def signalled_without_parent(signal_number: int) -> Callable[[], None] | None:
    """What `subprocess` must run in the child so that it gets this signal when the process that started it ends."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_the_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return ask_the_kernel
