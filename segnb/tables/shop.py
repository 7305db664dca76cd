"""The made-up shop as a source: CSV files, written once for each seed into the cache."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path

from segnb.errors import InputError, nearest
from segnb.tables.intake import Note
from segnb.tables.shop_plan import LAST
from segnb.tables.sources import Source

AS_OF: date = LAST
NOTE = Note("origin_shop")
SEED = 20240601
_EDITION = 4
"""Raised by one whenever the same seed gives another shop."""

_TABLES = (
    *("customers", "transactions", "products", "interactions", "feedback", "campaigns"),
    *("members", "club_orders"),
)


def write_shop(folder: Path, seed: int = SEED) -> None:
    """Write the tables as CSV."""
    # pandas comes along with it: a shop that lies in the cache needs neither.
    from segnb.tables.shop_data import make_shop

    for name, frame in make_shop(seed).tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")


def shop_source(table: str, cache: Path) -> Source:
    """Return the made-up shop's source of one table."""
    if table not in _TABLES:
        raise InputError(f"sample:shop has no table {table!r}. {nearest(table, _TABLES)}")
    folder = cache / f"made-up-shop-{_EDITION}-{SEED}"
    if not folder.is_dir():
        _write_once(folder)
    return Source(f"sample:shop/{table}", (folder / f"{table}.csv",), notes=(NOTE,))


def _write_once(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        write_shop(building)
        building.rename(folder)
    except OSError:
        # Another run was quicker, and wrote the same.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
