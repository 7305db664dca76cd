"""A run's results by name: ``tables/`` and its list of contents.

``contents.json`` says of which class each result is, so that a later notebook asks for a result
by its name alone. Only segnb's own classes are ever loaded.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from importlib import import_module
from pathlib import Path
from typing import Any

from segnb.errors import InputError

TABLES = "tables"
CONTENTS = "contents.json"
WINDOWS = "windows"
"""Name of the result that holds the days which formed and which judged the segments."""
CHOICE = "choice"
"""Name of the result that holds the basis taken, and what the tables say to every other one."""
TOURNAMENT = "tournament"
"""Name of the result that compares bases, where the parameters name several."""


def listed(folder: Path) -> dict[str, str]:
    """Return the class of each result in a folder, by name: ``{"profile": "segnb.profiling:Profile"}``."""
    path = folder / CONTENTS
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def save(result: Any, folder: Path, name: str) -> None:
    """Write a result into a folder, and its class into the list."""
    from segnb import store

    kind = type(result)
    if not name.isidentifier() or name == Path(CONTENTS).stem:
        raise ValueError(f"{name!r} cannot be a result's name: use letters, digits and underscores")
    if not dataclasses.is_dataclass(result) or kind.__module__.partition(".")[0] != "segnb":
        raise TypeError(f"{name!r} is a {kind.__name__}: only results of segnb can be saved")
    store.save(result, folder, name)
    known = {**listed(folder), name: f"{kind.__module__}:{kind.__qualname__}"}
    text = json.dumps(dict(sorted(known.items())), indent=1) + "\n"
    (folder / CONTENTS).write_text(text, encoding="utf-8")


def load(folder: Path, name: str) -> Any:
    """Read a result that is listed in a folder.

    Raises
    ------
    InputError
        The list names no result class of this version of segnb, or its files are damaged.
    """
    from segnb import store

    module, _, kind = listed(folder)[name].partition(":")
    found = None
    if module.partition(".")[0] == "segnb":
        with contextlib.suppress(ImportError):
            found = getattr(import_module(module), kind, None)
    if not isinstance(found, type) or not dataclasses.is_dataclass(found):
        raise InputError(f"{name!r} is no result of this version of segnb. Run its notebook again")
    return store.load(found, folder, name)
