"""``python -m segnb``: the same as the command ``segnb``."""

from __future__ import annotations

import sys

from segnb.cli import main

if __name__ == "__main__":
    sys.exit(main())
