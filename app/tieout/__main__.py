"""`python -m app.tieout verify FILE`: adds a certificate up again from its own data. Ends with 1 where it does not come out."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.tieout.certificate import check

USAGE = "usage: python -m app.tieout verify FILE"


def main(words: Sequence[str]) -> int:
    """Carry out a command line; 0: proved, 1: not, 2: not understood."""
    if len(words) != 2 or words[0] != "verify":
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        certificate = json.loads(Path(words[1]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{words[1]} cannot be read: {error}\n")
        return 1
    faults = check(certificate)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    if not faults:
        told = f"{certificate['light']}, {len(certificate['differences'])} differences, hash {certificate['hash']}"
        sys.stdout.write(f"The certificate comes out: {told}\n")
        for month in certificate["sealed"]:
            since = f"{month['documents']} documents and payments, {month['moved']} moved since, proof {month['hash']}"
            sys.stdout.write(f"Sealed: {month['month']}, {since}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
