"""`python -m app.tieout verify FILE [FILE ...] [--key KEY]`: adds certificates up again from their own data, verifies their
signatures, and that each follows the one before (the oldest first). Ends with 1 where something does not come out.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.tieout.certificate import chain_faults, check
from app.tieout.signature import ALGORITHM, public_key

Plain = dict[str, Any]


def main(words: Sequence[str]) -> int:
    """Carry out a command line; 0: proved, or done; 1: not proved; 2: not understood."""
    parser = argparse.ArgumentParser(prog="python -m app.tieout")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser(
        "verify", help="add certificates up again; several, the oldest first, have to follow each other"
    )
    verify.add_argument("files", nargs="+", type=Path, metavar="FILE")
    verify.add_argument(
        "--key", default="", help="the public key of the installation, as it told you: all have to be signed by it"
    )
    key = commands.add_parser("public-key", help="the public half of CERTIFICATE_KEY, which comes on standard input")
    key.set_defaults(files=[])
    try:
        asked = parser.parse_args(words)
    except SystemExit as ended:
        return int(ended.code or 0)
    if asked.command == "public-key":
        sys.stdout.write(f"{public_key(sys.stdin.read().strip())}\n")
        return 0
    return _verify(asked.files, asked.key)


def _verify(files: Sequence[Path], key: str) -> int:
    read, faults = [], []
    for file in files:
        try:
            certificate = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{file} cannot be read: {error}\n")
            return 1
        here = check(certificate) or _signer_faults(certificate, key)
        faults += [f"{file.name}: {fault}" if len(files) > 1 else fault for fault in here]
        if not here:
            _tell(certificate)
        read.append(certificate)
    if not faults:
        faults = chain_faults(read)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    return 1 if faults else 0


def _signer_faults(certificate: Plain, key: str) -> list[str]:
    signer = certificate.get("signed_by", "")
    if not key or signer == key:
        return []
    return [f"It is signed by {signer}, not by {key}." if signer else "It is not signed."]


def _tell(certificate: Plain) -> None:
    told = f"{certificate['light']}, {len(certificate['differences'])} differences, hash {certificate['hash']}"
    sys.stdout.write(f"The certificate comes out: {told}\n")
    signer = certificate.get("signed_by", "")
    by = (
        f"Signed ({ALGORITHM}) by the key {signer}"
        if signer
        else "Not signed: nothing proves which installation issued it"
    )
    before = certificate.get("previous")
    sys.stdout.write(f"{by}\n{'Follows ' + before['id'] if before else 'The first one of its connection'}\n")
    for month in certificate["sealed"]:
        since = f"{month['documents']} documents and payments, {month['moved']} moved since, proof {month['hash']}"
        sys.stdout.write(f"Sealed: {month['month']}, {since}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
