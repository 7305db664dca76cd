"""``run.json``: what a run is made of, and whether it still is as it was published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segnb.columns import CUSTOMER

NAME = "run.json"
OUTSIDE = ("run.log",)
"""Files of a run that the manifest leaves out: timings differ where nothing else does."""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    """Return the SHA-256 of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def contents(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder, by path with forward slashes, sorted."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    return {name: sha256(folder / name) for name in names}


def links(folder: Path) -> list[str]:
    """Return the links below a folder, by path with forward slashes, sorted: no run holds any."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink())


def write(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest of a finished run folder: its facts, and each file's size and SHA-256.

    Tables with a row for each customer are marked (``rows: customers``): they are for those who act on
    them, and no part of what is shown to readers. The manifest carries its own digest, so that a change in
    it is seen like one in any file.
    """
    files = {
        name: {"size": (folder / name).stat().st_size, "sha256": hashed, **_rows(folder / name)}
        for name, hashed in contents(folder).items()
        if name not in (NAME, *OUTSIDE)
    }
    whole = {**facts, "files": files, "outside": list(OUTSIDE)}
    (folder / NAME).write_bytes(_bytes({**whole, "digest": digest(whole)}))


def _rows(path: Path) -> dict[str, str]:
    """Return what each row of a table is where it is a customer."""
    if path.suffix != ".parquet":
        return {}
    from pyarrow import parquet  # slow, and of use here only

    return {"rows": "customers"} if CUSTOMER in parquet.read_schema(path).names else {}


def read(folder: Path) -> dict[str, Any]:
    """Return a run's manifest; raise ValueError or OSError where there is no sound one."""
    text = (folder / NAME).read_bytes()
    manifest = json.loads(text)
    if not isinstance(manifest, dict):
        raise ValueError(f"{NAME} is not a manifest")
    return manifest


def faults(folder: Path) -> list[str]:
    """Return what differs from the published run, one sentence a file; nothing where it is whole."""
    try:
        manifest = read(folder)
        recorded = {name: entry["sha256"] for name, entry in manifest["files"].items()}
        whole = {key: value for key, value in manifest.items() if key != "digest"}
        sound = manifest["digest"] == digest(whole) and (folder / NAME).read_bytes() == _bytes(manifest)
    except FileNotFoundError:
        return [f"{NAME} is missing"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{NAME} is damaged"]
    found = contents(folder)
    names = sorted({*recorded, *found} - {NAME, *OUTSIDE})
    told = [None if sound else f"{NAME} has changed"]
    told += [_compare(name, recorded.get(name), found.get(name)) for name in names]
    told += [f"{name} is a link" for name in links(folder)]
    return [each for each in told if each]


def _compare(name: str, recorded: str | None, found: str | None) -> str | None:
    if recorded is None:
        return f"{name} was not published with the run"
    if found is None:
        return f"{name} is missing"
    return None if recorded == found else f"{name} has changed"


def _bytes(manifest: Mapping[str, Any]) -> bytes:
    return (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
