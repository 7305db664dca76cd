"""An executed notebook without what differs from run to run: times, random ids, paths, secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

HIDDEN = "(hidden)"
_SHORTEST_SECRET = 4
_CELL_FILE = re.compile(r"[^\s\"']*ipykernel_\d+[/\\]\d+\.py")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def clean(notebook: Mapping[str, Any], paths: Mapping[Path, str], secrets: Collection[str]) -> dict[str, Any]:
    """Return a notebook that has the same bytes wherever and whenever it was executed.

    Parameters
    ----------
    notebook
        The notebook as Papermill wrote it.
    paths
        Folders of this machine, and what outputs say instead.
    secrets
        Texts that no output may show.
    """
    rewrite = rewriter(paths, secrets)
    cells = [cell for cell in notebook["cells"] if not _is_error_marker(cell)]
    return {
        "cells": [_cell(cell, position, rewrite) for position, cell in enumerate(cells, start=1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def rewriter(paths: Mapping[Path, str], secrets: Collection[str]) -> Callable[[str], str]:
    """Return a function that takes paths, secrets, addresses and process numbers out of a text."""
    # The longest first: a folder's path begins with the path of the folder above it.
    ordered = sorted(paths, key=lambda path: (-len(str(path)), str(path)))
    patterns = [
        (re.compile(rf"(?<![\w/\\.]){re.escape(str(path))}(?![\w-])"), paths[path].replace("\\", "/"))
        for path in ordered
        if str(path) != path.anchor
    ]
    hidden = sorted((each for each in secrets if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)

    def rewrite(text: str) -> str:
        for secret in hidden:
            text = text.replace(secret, HIDDEN)
        for pattern, instead in patterns:
            text = pattern.sub(instead, text)
        return _ADDRESS.sub("at 0x0", _CELL_FILE.sub("cell", text))

    return rewrite


def _is_error_marker(cell: Mapping[str, Any]) -> bool:
    """Say whether Papermill added this cell to point at an error."""
    return "papermill-error-cell-tag" in cell["metadata"].get("tags", [])


def _cell(cell: Mapping[str, Any], position: int, rewrite: Callable[[str], str]) -> dict[str, Any]:
    tags = cell["metadata"].get("tags", [])
    kept = {
        "cell_type": cell["cell_type"],
        "id": f"cell-{position:02}",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": cell["source"],
    }
    if cell["cell_type"] == "code":
        kept["execution_count"] = cell["execution_count"]
        kept["outputs"] = _each_text(_joined(cell["outputs"]), rewrite)
    elif cell.get("attachments"):
        kept["attachments"] = cell["attachments"]
    return kept


def _joined(outputs: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Join the printed pieces that follow each other: how they were cut is chance."""
    joined: list[dict[str, Any]] = []
    printed = {"stdout": "", "stderr": ""}

    def flush() -> None:
        for name, text in printed.items():
            if text:
                joined.append({"name": name, "output_type": "stream", "text": text.splitlines(keepends=True)})
            printed[name] = ""

    for output in outputs:
        if output["output_type"] == "stream":
            printed[output["name"]] += "".join(output["text"])
        else:
            flush()
            joined.append(dict(output))
    flush()
    return joined


def _each_text(value: Any, rewrite: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, Mapping):
        return {key: _each_text(each, rewrite) for key, each in value.items()}
    if isinstance(value, list):
        return [_each_text(each, rewrite) for each in value]
    return value
