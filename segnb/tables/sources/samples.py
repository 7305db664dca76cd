"""Sample data: the Complete Journey, and a made-up shop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from segnb.errors import InputError, nearest
from segnb.tables.sample import journey_source
from segnb.tables.shop import shop_source
from segnb.tables.sources import Place, Source, scheme

_SAMPLES: dict[str, Callable[[str, Path], Source]] = {
    "complete_journey": lambda table, _: journey_source(table),
    "shop": shop_source,
}


@scheme("sample")
def sample(address: str, place: Place) -> Source:
    """Read a table of a sample data set: sample:complete_journey/TABLE or sample:shop/TABLE."""
    name, _, table = address.partition("/")
    if name not in _SAMPLES:
        raise InputError(f"sample:{address}: there is no such sample. {nearest(name, sorted(_SAMPLES))}")
    return _SAMPLES[name](table or place.table.name, place.cache)
