"""How results lie on disk between notebooks: frames as Parquet, all else as JSON, no pickle.

``save(result, folder, "selection")`` writes ``selection.json`` and, for each field that is a
pandas frame or series, ``selection.<field>.parquet``. Any frozen dataclass can be stored whose
other fields pydantic can write as JSON.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from segnb.errors import InputError

T = TypeVar("T")


def save(result: Any, folder: Path, name: str) -> list[Path]:
    """Write a frozen dataclass; equal results give equal bytes.

    Returns
    -------
    list of Path
        The files written, the JSON first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    types = typing.get_type_hints(type(result), include_extras=True)
    values: dict[str, Any] = {}
    written = [folder / f"{name}.json"]
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if value is None:
            values[field.name] = None
        elif isinstance(value, pd.Series | pd.DataFrame):
            path = folder / f"{name}.{field.name}.parquet"
            frame = value.to_frame(value.name or field.name) if isinstance(value, pd.Series) else value
            frame.to_parquet(path, engine="pyarrow", compression="zstd")
            values[field.name] = {"parquet": path.name, "series": isinstance(value, pd.Series)}
            written.append(path)
        elif dataclasses.is_dataclass(value) and _holds_frames(value):
            written += save(value, folder, f"{name}.{field.name}")
            values[field.name] = {"stored": f"{name}.{field.name}"}
        else:
            values[field.name] = TypeAdapter(types[field.name]).dump_python(value, mode="json")
    written[0].write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return written


def load(kind: type[T], folder: Path, name: str) -> T:
    """Read what `save` wrote.

    Raises
    ------
    InputError
        The files are missing or were not written by this kind of result.
    """
    path = folder / f"{name}.json"
    types = typing.get_type_hints(kind, include_extras=True)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        fields = {key: _restore(types[key], value, folder) for key, value in values.items()}
        return kind(**fields)
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is missing: run the notebook that makes it first") from error
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise InputError(
            f"{path.name} does not hold a {kind.__name__} of this version. Run its notebook again"
        ) from error


def _restore(kind: Any, value: Any, folder: Path) -> Any:
    if value is None and type(None) in typing.get_args(kind):
        return None
    if isinstance(value, dict) and "parquet" in value:
        frame = pd.read_parquet(folder / value["parquet"])
        return frame.iloc[:, 0] if value["series"] else frame
    if isinstance(value, dict) and "stored" in value:
        return load(kind, folder, value["stored"])
    return TypeAdapter(kind).validate_python(value)


def _holds_frames(value: Any) -> bool:
    held = (getattr(value, field.name) for field in dataclasses.fields(value))
    return any(
        isinstance(each, pd.Series | pd.DataFrame) or (dataclasses.is_dataclass(each) and _holds_frames(each))
        for each in held
    )
