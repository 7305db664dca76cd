"""A project whose published runs are laden with small counts, and how many of whom there truly are.

Customers are at a stage by their own orders, so that a run of the basis `lifecycle` forms segments of known
members. Of each stage a few did what the others did not, or did not do what they did.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parent.parent
TOWNS = ("Adorf", "Bedorf", "Cedorf", "Dedorf")
MONTHLY = ["2023-11-10", "2023-12-10", "2024-01-10", "2024-02-10", "2024-03-10"]
SPRING = ["2024-04-10", "2024-05-10", "2024-06-10"]
PATHS = {
    "Loyal": [
        (70, [*MONTHLY[3:], *SPRING]),
        (40, [*MONTHLY, *SPRING]),
        (4, ["2024-04-20", "2024-05-01", "2024-05-20", "2024-06-01", "2024-06-20"]),
        (6, [*MONTHLY[:2], "2024-04-01", "2024-05-01", "2024-06-01", "2024-06-20"]),
    ],
    "Repeat": [(65, SPRING), (30, ["2024-03-10", *SPRING]), (5, [*MONTHLY[3:], "2024-05-15", "2024-06-10"])],
    "First-time": [(60, ["2024-06-10"])],
    "At risk": [
        (66, ["2024-02-01", "2024-03-01", "2024-04-01"]),
        (7, ["2023-11-01", "2023-12-01", "2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]),
        (9, ["2024-04-01"]),
        (8, ["2024-03-05", "2024-04-01"]),
    ],
    "Lapsed": [(67, MONTHLY[:3]), (3, ["2023-07-10", "2023-08-10", "2023-09-10"])],
}
"""The days on which customers of each stage bought up to June: so many each way."""
SILENT = {"Loyal": 3, "Repeat": 30, "First-time": 5, "At risk": 60, "Lapsed": 58}
"""Who bought nothing in the second half of the year."""
ANSWERED = {"Loyal": 40, "Repeat": 25, "First-time": 4, "At risk": 20, "Lapsed": 15}
UNASKED = {"Loyal": 0, "Repeat": 6, "First-time": 0, "At risk": 20, "Lapsed": 30}
MEMBER = {"Loyal": 116, "Repeat": 60, "First-time": 30, "At risk": 30, "Lapsed": 30}
CITIES = {
    "Loyal": (70, 47, 3, 0),
    "Repeat": (60, 20, 17, 3),
    "First-time": (30, 30, 0, 0),
    "At risk": (30, 30, 30, 0),
    "Lapsed": (4, 40, 26, 0),
}
SOAP = {"Loyal": 60, "Repeat": 6, "First-time": 20, "At risk": 40, "Lapsed": 67}
SCORES = {"Loyal": (4, 30, 60), "Repeat": (20, 30, 30), "First-time": (15, 15, 3), "At risk": (20, 20, 20)}
"""How many of each stage are detractors, passive and promoters; of the others it is not known."""
PARAMS = {
    "name": "planted",
    "title": "Customers with small counts",
    "seed": 0,
    "currency": "EUR",
    "locale": "en_GB",
    "basis": "lifecycle",
    "data": {
        "timezone": "UTC",
        "customers": {"source": "../data/customers.csv", "attributes": ["city", "member", "renewed"]},
        "transactions": {
            "source": "../data/transactions.csv",
            "order_id": "order_id",
            "product_id": "product_id",
        },
        "products": {"source": "../data/products.csv", "category": "category"},
        "feedback": {"source": "../data/feedback.csv", "feedback_time": "feedback_time", "nps": "nps"},
        "campaigns": {"source": "../data/campaigns.csv", "response": "response"},
    },
    "segment_personas": {"max_conditions": 1},
}
PREDICTED = {"label": "renewed", "yes": "yes", "predictors": ["city", "member"], "smallest": 20}
SECOND = f"""\
import segnb as sb
from segnb.bases import explained
run = sb.open_run(run)
told = dict(voice=run.voice, min_cell=run.min_cell)
places = sb.features(run.tables(), "geographic", run.windows.form, options=dict(smallest=1), **told)
asked = {PREDICTED!r}
chances = sb.features(run.tables(), "predictive", run.windows.form, options=asked, **told)
answers = sb.features(run.tables(), "satisfaction", run.windows.form, **told)
sb.show(explained(places), explained(chances), explained(answers))
"""
"""A cell of the analyst's own: what further bases say of the same customers joins what is told by segment."""
FOURTH = """\
columns = {"columns": ["city", "member", "renewed"]}
people = sb.features(run.tables(), "demographic", run.windows.form, options=columns, min_cell=run.min_cell)
on_record = sb.describe(people, segmentation, run.tables(), names=run.names, min_cell=run.min_cell)
run.save("on_record", on_record)
sb.show(on_record.differences, sb.charts.personas.levels(on_record))
"""
"""Another: the segments described by what is on record of their customers, level by level."""


def people() -> Iterable[tuple[str, str, int, list[str]]]:
    """Yield each customer: id, stage, number within it and the days of orders up to June."""
    for place, (stage, ways) in enumerate(PATHS.items(), start=1):
        spread = [days for size, days in ways for _ in range(size)]
        for number, days in enumerate(spread):
            yield f"{place}{number:03d}", stage, number, days


def tables() -> dict[str, pd.DataFrame]:
    """Return the made-up tables."""
    customers, orders, contacts, answers = [], [], [], []
    for customer, stage, number, days in people():
        customers.append(
            {
                "customer_id": customer,
                "city": np.repeat(TOWNS, CITIES[stage])[number],
                "member": "yes" if number < MEMBER[stage] else "no",
                "renewed": "yes"
                if number % 50
                < {"Adorf": 30, "Bedorf": 3}.get(str(np.repeat(TOWNS, CITIES[stage])[number]), 12)
                else "no",
            }
        )
        later = ["2024-08-10", *(["2024-10-10"] * (number % 3 > 0)), *(["2024-12-10"] * (number % 3 > 1))]
        later += ["2025-01-10"] * (number % 9 == 0)
        for place, day in enumerate([*days, *(later if number >= SILENT[stage] else [])]):
            product = "p1" if place == 0 and number < SOAP[stage] else f"p{2 + (number + place) % 2}"
            orders.append((customer, f"{customer}-{place}", day, 10 + number % 7, product))
        if number >= UNASKED[stage]:
            answered = "yes" if number < UNASKED[stage] + ANSWERED[stage] else "no"
            contacts.append((customer, "2024-09-01", answered))
        scores = np.repeat((5, 8, 10), SCORES.get(stage, (0, 0, 0)))
        if number < len(scores):
            answers += [(customer, day, scores[number]) for day in ("2024-06-20", "2024-07-20", "2024-09-20")]
    bought = ["customer_id", "order_id", "order_time", "amount", "product_id"]
    return {
        "customers": pd.DataFrame(customers),
        "transactions": pd.DataFrame(orders, columns=bought),
        "products": pd.DataFrame({"product_id": ["p1", "p2", "p3"], "category": ["soap", "tea", "jam"]}),
        "campaigns": pd.DataFrame(contacts, columns=["customer_id", "contact_time", "response"]),
        "feedback": pd.DataFrame(answers, columns=["customer_id", "feedback_time", "nps"]),
    }


def write_project(folder: Path) -> None:
    """Write the project: the shipped notebooks, and one cell more in two of them."""
    for name in ("notebooks", "params"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("[a-oq-z]*.yaml"))
    for each in (folder / "params").glob("p[!l]*.yaml"):
        each.unlink()
    (folder / "data").mkdir()
    for name, frame in tables().items():
        frame.to_csv(folder / "data" / f"{name}.csv", index=False)
    for name, source, tags in (
        ("02_variable_selection", SECOND, []),
        ("04_segment_personas", FOURTH, ["segment"]),
    ):
        path = folder / "notebooks" / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        cell = nbformat.v4.new_code_cell(source, id="of-ones-own", metadata={"tags": tags})
        notebook.cells.append(cell)
        nbformat.write(notebook, path)


def run(folder: Path, form: tuple[date, date], as_of: date, min_cell: int) -> Path:
    """Run the report as the scheduler would, and return the published folder."""
    days = {"form": list(form), "measure": [form[1] + timedelta(days=1), as_of.replace()]}
    params = PARAMS | {"as_of": as_of, "window": days, "min_cell": min_cell}
    (folder / "params" / "planted.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    done = subprocess.run(
        [sys.executable, "-m", "segnb", "run", "params/planted.yaml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "reports" / "planted" / "latest").resolve()
