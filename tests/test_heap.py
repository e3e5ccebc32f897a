"""What a process that has had large bodies holds when they are gone."""

import subprocess
import sys
import textwrap

import pytest

_A_MEGABYTE = 1024 * 1024


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, and is about glibc")
def test_what_a_hundred_large_bodies_took_goes_back_to_the_system() -> None:
    """The same bodies in a process of each kind: the one that gives back holds next to nothing of their 100 MB."""
    assert _held_after(give_back=True) < 10 * _A_MEGABYTE
    assert _held_after(give_back=False) > 50 * _A_MEGABYTE, "the process holds nothing anyway: this test shows nothing"


def _held_after(*, give_back: bool) -> int:
    """The bytes that a process is larger by once a hundred bodies have come and gone, each with something small after it."""
    program = """
        from app.heap import give_large_blocks_back

        def resident():
            return int(open("/proc/self/statm").read().split()[1]) * 4096

        if {give_back}:
            assert give_large_blocks_back()
        del_me = bytearray(16 * 1024 * 1024)
        del del_me
        before = resident()
        bodies, small = [], []
        for _ in range(100):
            bodies.append(bytearray(b"x") * (1024 * 1024))
            small.append(bytearray(b"y") * 1024)
        bodies.clear()
        print(resident() - before)
    """
    filled = textwrap.dedent(program).format(give_back=give_back)
    return int(subprocess.run([sys.executable, "-c", filled], capture_output=True, text=True, check=True).stdout)
