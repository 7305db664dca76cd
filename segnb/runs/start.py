"""How a project starts: its files, and parameters that declare what its tables seem to hold."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from segnb.errors import ParameterError
from segnb.runs.project import notebooks_in
from segnb.runs.resolved import flow_yaml
from segnb.tables.proposal import LeftOut, Proposal, TableName, propose

_WIDTH = 140
_WHY: Mapping[LeftOut, str] = {
    "row_number": "numbers the rows",
    "empty": "no value",
    "constant": "one value throughout",
    "single": "differs for nearly every customer; taken for personal, never shown",
    "long": "written freely",
}


def starter() -> Path:
    """Return the folder that new projects are copied from: in the wheel, or the repository itself."""
    package = Path(str(files("segnb")))
    return next(each for each in (package / "starter", package.parent) if (each / "notebooks").is_dir())


def init(target: Path, tables: Mapping[TableName, Path] | None = None) -> Path:
    """Start a project: the notebooks, the playbook, parameters and a short README; return the parameters.

    Parameters
    ----------
    target
        The folder. One that holds a project gets nothing but the parameters of the named tables.
    tables
        CSV files by the table that each is: the parameters declare what they seem to hold. None writes
        commented parameters to fill in.

    Raises
    ------
    ParameterError
        A file to be written exists: nothing is overwritten, and nothing is written.
    InputError
        A named file cannot be read as such a table.
    """
    source, templates = starter(), Path(str(files("segnb.runs")))
    copies: dict[Path, Path] = {}
    if not tables or not notebooks_in(target):
        copies = {target / "notebooks" / path.name: path for path in notebooks_in(source)}
        playbooks = sorted((source / "params").glob("playbook*.yaml"))
        copies |= {target / "params" / path.name: path for path in playbooks}
        copies[target / "README.md"] = templates / "starter.md"
    name = report_name(next(iter(tables.values()))) if tables else "my_report"
    params = target / "params" / f"{name}.yaml"
    existing = sorted(str(path) for path in (*copies, params) if path.exists())
    if existing:
        raise ParameterError(f"{existing[0]} exists already. Choose a new folder; nothing was written")
    found = [propose(path, table) for table, path in (tables or {}).items()]
    text = (
        first_params(name, found, params.parent) if found else (templates / "starter.yaml").read_text("utf-8")
    )
    for path, original in copies.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, path)
    params.write_text(text, encoding="utf-8")
    return params


def report_name(source: Path) -> str:
    """Return a report's name made of a file's: ``Orders 2024.csv`` becomes ``orders_2024``."""
    plain = re.sub(r"[^a-z0-9]+", "_", source.name.partition(".")[0].lower()).strip("_")
    return plain[:64] or "my_report"


def first_params(name: str, found: Sequence[Proposal], folder: Path) -> str:
    """Return the text of a params file in ``folder`` that declares these tables."""
    sources = " and ".join(Path(str(each.keys["source"])).name for each in found)
    days = [each.last_day for each in found if each.last_day is not None]
    lines = [
        f"# Written after a look at {sources}. Nothing is guessed later: correct here what is wrong, then",
        "# `segnb check --data` and `segnb run`.",
        f"name: {flow_yaml(name)}",
        f"title: {flow_yaml(name.replace('_', ' ').capitalize())}",
        *(
            [f"as_of: {max(days)} # the last day in the file: the day the report is written for"]
            if days
            else []
        ),
        *(
            ["# currency: EUR # of the money; left out, amounts have no sign"]
            if any(_has_money(each) for each in found)
            else []
        ),
        "basis: auto # what the segments are formed on; `segnb check` tells what is possible",
        *_outcomes([name for each in found for name in each.outcomes]),
        "data:",
    ]
    for each in found:
        lines += [f"  {each.table}:", *(f"    {line}" for line in _declared(each, folder))]
        lines += [
            f"    # left out: {', '.join(name or 'a column without a name' for name in names)} ({_WHY[why]})"
            for why, names in each.left_out.items()
        ]
    return "\n".join(lines) + "\n"


def _has_money(found: Proposal) -> bool:
    kinds = found.keys.get("attributes", {})
    return found.table == "transactions" or (isinstance(kinds, Mapping) and "money" in kinds.values())


def _outcomes(names: Sequence[str]) -> Iterator[str]:
    """Return the lines that say how to keep outcomes from forming segments, and how to foretell one."""
    if names:
        leave_out, label = flow_yaml({"leave_out": list(names)}), flow_yaml({"label": names[0]})
        yield f"# {', '.join(names)}: an outcome? Segments that it forms foretell nothing. Leave it out with"
        yield f"# basis: combination and basis_options: {leave_out},"
        yield f"# or foretell it with basis: predictive and basis_options: {label}"


def _declared(found: Proposal, folder: Path) -> Iterator[str]:
    notes = {
        "customer_id": "the rows are numbered: no column is an id"
        if found.keys["customer_id"] == "row"
        else "",
        "time_format": f"or {found.either}, which fits as well: choose" if found.either else "",
        "attributes": "category, money, number, yes_no or time",
    }
    for key, value in found.keys.items():
        note = f" # {notes[key]}" if notes.get(key) else ""
        if key == "source":
            value = _seen_from(folder, Path(str(value)))
        if isinstance(value, Mapping):
            yield f"{key}:{note}"
            yield from (
                f"  {line}"
                for line in _filled([flow_yaml({name: kind})[1:-1] for name, kind in value.items()])
            )
        else:
            yield f"{key}: {flow_yaml(value)}{note}"


def _filled(entries: Sequence[str]) -> Iterator[str]:
    """Return the lines of a mapping with as many entries on each as fit."""
    line = "{"
    for place, entry in enumerate(entries):
        told = entry + ("}" if place == len(entries) - 1 else ",")
        if len(line) > 1 and len(line) + 1 + len(told) > _WIDTH:
            yield line
            line = " "
        line += told if line in ("{", " ") else f" {told}"
    yield line


def _seen_from(folder: Path, source: Path) -> str:
    """Return a source as the params file names it: relative within the folder that holds the project."""
    folder, path = folder.resolve(), source.resolve()
    near = path.is_relative_to(folder.parent.parent)
    return Path(os.path.relpath(path, folder)).as_posix() if near else str(path)
