"""The tables of docs/registries.md, what is registered: bases, methods, KPIs, models; made by `make docs`."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from segnb.bases import BASES
from segnb.clustering.methods import METHODS
from segnb.kpis.definition import KPIS
from segnb.lifetime.models import MODELS


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def shipped() -> dict[str, list[str]]:
    """Return the shipped params files of each basis."""
    files: dict[str, list[str]] = {}
    for path in sorted((Path(__file__).parent.parent / "params").glob("*.yaml")):
        basis = yaml.safe_load(path.read_text(encoding="utf-8")).get("basis")
        files.setdefault(basis, []).append(path.name)
    return files


def tables() -> str:
    """Return all tables."""
    examples = shipped()
    bases = [
        (
            f"`{each.name}`",
            each.summary,
            ", ".join(each.needs).replace(" | ", " or "),
            f"`{each.method}`" if each.method else "by the measures",
            ", ".join(f"`{file}`" for file in examples.get(each.name, [])),
        )
        for each in BASES.values()
    ]
    methods = [(f"`{each.name}`", each.summary) for each in METHODS.values()]
    kpis = [(f"`{each.name}`", each.summary, each.unit) for each in KPIS.values()]
    models = [(f"`{each.name}`", each.summary) for each in MODELS.values()]
    return "\n\n".join(
        [
            table(["basis", "segments by", "needs", "method", "params/"], bases),
            table(["method", "does"], methods),
            table(["KPI", "is", "unit"], kpis),
            table(["model of lifetimes", "customers"], models),
        ]
    )
