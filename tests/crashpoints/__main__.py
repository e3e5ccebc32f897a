"""`python -m tests.crashpoints`: prove every point; see `tests.crashpoints.proof`."""

import sys

from tests.crashpoints.proof import main

if __name__ == "__main__":
    sys.exit(main())
