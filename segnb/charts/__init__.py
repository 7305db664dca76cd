"""Charts: one file for each notebook's chapter, all drawn in one house style."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    # A notebook writes `sb.charts.kpis.small_multiples(...)` without importing the chapter.
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(f"there is no chapter of charts called {name!r}") from error
