"""`python -m app.sandbox.bench [name]`: every benchmark, or one."""

import sys

from app.sandbox.bench import quickbooks

BENCHMARKS = {"quickbooks": quickbooks.main}


def main(arguments: list[str]) -> int:
    """Run what was named; 1 where a bound is broken, 2 for an unknown name."""
    names = arguments or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}\n")
        return 2
    return max([BENCHMARKS[name]() for name in names])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
