"""A run without what differs from machine to machine, and without secrets: times, random ids, paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from segnb.errors import Fault, GateError, refuse
from segnb.tables.secrets import any_known, hide, holds_secret

_CELL_FILE = re.compile(r"[^\s\"']*ipykernel_\d+[/\\]\d+\.py")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def clean(notebook: Mapping[str, Any], paths: Mapping[Path, str]) -> dict[str, Any]:
    """Return a notebook that has the same bytes wherever and whenever it was executed.

    Parameters
    ----------
    notebook
        The notebook as Papermill wrote it.
    paths
        Folders of this machine, and what outputs say instead.
    """
    rewrite = rewriter(paths)
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


def rewriter(paths: Mapping[Path, str]) -> Callable[[str], str]:
    """Return a function that takes paths, secrets, addresses and process numbers out of a text."""
    # The longest first: a folder's path begins with the path of the folder above it.
    ordered = sorted(paths, key=lambda path: (-len(str(path)), str(path)))
    patterns = [
        (re.compile(rf"(?<![\w/\\.]){re.escape(str(path))}(?![\w-])"), paths[path].replace("\\", "/"))
        for path in ordered
        if str(path) != path.anchor
    ]

    def rewrite(text: str) -> str:
        text = _hidden(text)
        for pattern, instead in patterns:
            text = pattern.sub(instead, text)
        return _ADDRESS.sub("at 0x0", _CELL_FILE.sub("cell", text))

    return rewrite


def require_no_secret(folder: Path) -> None:
    """Refuse a run in which any file holds a secret: only notebooks are rewritten.

    Raises
    ------
    GateError
        A result, a parameter or the playbook holds one.
    """
    if any_known():
        held = (
            path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and any(map(holds_secret, _read(path)))
        )
        remedy = "Nothing was published. Remove it from the cell or the parameters that put it there"
        refuse(
            GateError,
            [
                Fault(
                    "holds a secret that env: stands for", each.relative_to(folder).as_posix(), remedy=remedy
                )
                for each in held
            ],
        )


def _read(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, and the texts of a table, which lie compressed."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        from pyarrow import parquet, types

        for column in parquet.read_table(path).itercolumns():
            if not types.is_floating(column.type):
                yield "\n".join(map(str, column.to_pylist())).encode("utf-8", "surrogateescape")


def _hidden(text: str) -> str:
    """Hide secrets, also one that a traceback has coloured."""
    if "\x1b" in text:
        plain = _COLOR.sub("", text)
        text = text if hide(plain) == plain else plain
    return hide(text)


def _is_error_marker(cell: Mapping[str, Any]) -> bool:
    """Say whether Papermill added this cell to point at an error."""
    return "papermill-error-cell-tag" in cell["metadata"].get("tags", [])


def _cell(cell: Mapping[str, Any], position: int, rewrite: Callable[[str], str]) -> dict[str, Any]:
    tags = cell["metadata"].get("tags", [])
    kept = {
        "cell_type": cell["cell_type"],
        "id": f"cell-{position:02}",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": _lines(cell["source"], _hidden),
    }
    if cell["cell_type"] == "code":
        kept["execution_count"] = cell["execution_count"]
        kept["outputs"] = [_output(each, rewrite) for each in _joined(cell["outputs"], rewrite)]
    elif cell.get("attachments"):
        kept["attachments"] = cell["attachments"]
    return kept


def _lines(value: Any, rewrite: Callable[[str], str]) -> Any:
    """Rewrite a text that a notebook's file keeps as a list of lines: whole, as a secret may have several."""
    if isinstance(value, str):
        return rewrite(value)
    return rewrite("".join(value)).splitlines(keepends=True)


def _joined(outputs: list[Mapping[str, Any]], rewrite: Callable[[str], str]) -> list[dict[str, Any]]:
    """Join the printed pieces that follow each other: how they were cut is chance."""
    joined: list[dict[str, Any]] = []
    printed = {"stdout": "", "stderr": ""}

    def flush() -> None:
        for name, text in printed.items():
            if text:
                lines = rewrite(text).splitlines(keepends=True)
                joined.append({"name": name, "output_type": "stream", "text": lines})
            printed[name] = ""

    for output in outputs:
        if output["output_type"] == "stream":
            printed[output["name"]] += "".join(output["text"])
        else:
            flush()
            joined.append(dict(output))
    flush()
    return joined


def _output(output: dict[str, Any], rewrite: Callable[[str], str]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        return output
    lines = {
        kind: _lines(held, rewrite)
        for kind, held in output.get("data", {}).items()
        if not kind.endswith("json")
    }
    kept = {key: _each_text(held, rewrite) for key, held in output.items()}
    return {**kept, "data": {**kept["data"], **lines}} if lines else kept


def _each_text(value: Any, rewrite: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, Mapping):
        return {rewrite(key): _each_text(each, rewrite) for key, each in value.items()}
    if isinstance(value, list):
        return [_each_text(each, rewrite) for each in value]
    return value
