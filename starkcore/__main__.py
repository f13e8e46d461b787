"""`python -m starkcore` is `starkcore`."""

import sys

from starkcore.cli import main

if __name__ == "__main__":
    sys.exit(main())
