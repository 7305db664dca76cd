"""What `segnb score` does: the rule that a run has published, applied to customers.

They come from the run's own sources, from a newer file in place of one of these, or from a file that
holds the rule's measures already. The days are those that end at ``as_of`` and are as many as formed the
segments.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
import pandas as pd
from pydantic import JsonValue

from segnb import yaml_file
from segnb.clustering.assign import assign
from segnb.clustering.drift import LARGE, NOTICEABLE, drift, stability_index
from segnb.clustering.model import read_transform
from segnb.columns import ACCOUNT, CUSTOMER, SEGMENT, UNASSIGNED
from segnb.errors import InputError, ParameterError, WriteError, nearest
from segnb.runs import manifest, results
from segnb.runs.model import Parameters
from segnb.runs.project import Project, find_params, shown
from segnb.segmentation import FeatureTable, Segmentation, Window, Windows
from segnb.transform import Transform
from segnb.words import Voice

NAME = "name"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Scored:
    """Customers with their segments.

    ``customers`` has the columns ``customer_id``, ``segment`` (the key, or ``unassigned: <reason>``) and
    ``name``, sorted by id, and ``account`` where accounts were segmented: each contact has its account's
    segment. ``labels`` are those of what was segmented. ``days`` are those that were measured, None where
    they came measured. ``index`` holds the stability index of the segments' sizes and of each variable.
    """

    customers: pd.DataFrame
    labels: pd.Series
    days: Window | None
    before: pd.Series
    """Customers of each segment when these were formed."""
    index: dict[str, float]
    voice: Voice

    def lines(self) -> Iterator[str]:
        """Tell how many customers are in each segment, and what has moved."""
        voice, sizes = self.voice, self.labels.value_counts()
        told = self.customers.drop_duplicates(SEGMENT).set_index(SEGMENT)[NAME]
        keys = sorted(key for key in sizes.index if not key.startswith(UNASSIGNED))
        placed, earlier = max(int(sizes[keys].sum()), 1), max(int(self.before[keys].sum()), 1)
        over = f" on the days {self.days.start} to {self.days.end}" if self.days else ""
        of = f" of {voice.count(len(self.labels))} accounts" if ACCOUNT in self.customers else ""
        yield f"{voice.count(len(self.customers))} customers{of} scored{over}"
        for key in keys:
            share, then = (voice.percent(each) for each in (sizes[key] / placed, self.before[key] / earlier))
            number = voice.count(int(sizes[key]))
            yield f"  {told[key]} ({key}): {number}, {share} of those placed (when formed: {then})"
        for reason in sorted(sizes.index.difference(keys)):
            yield f"  {reason}: {voice.count(int(sizes[reason]))}"
        moved = [f"{name} {value:.2f}" for name, value in self.index.items() if value >= NOTICEABLE]
        held = ", ".join(moved) if moved else "nothing has moved noticeably"
        yield (
            f"drift since the segments were formed (stability index; rule of thumb: from {NOTICEABLE} "
            f"noticeable, from {LARGE} large): {held}"
        )
        risky = int(self.customers[CUSTOMER].str.startswith(_FORMULA).sum())
        if risky:
            yield f"{voice.count(risky)} ids begin as a formula does: do not open the file in a spreadsheet"

    def write(self, file: TextIO) -> None:
        """Write the customers as CSV."""
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.customers.columns)
        writer.writerows(self.customers.itertuples(index=False, name=None))

    def save(self, path: Path) -> None:
        """Write the customers to a CSV or Parquet file that is for its owner alone to read.

        Raises
        ------
        WriteError
            The file cannot be written.
        """
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            if hasattr(os, "fchmod"):  # a file that was there before may be open to others
                os.fchmod(handle, 0o600)
            if path.suffix.lower() in _PARQUET:
                os.close(handle)
                self.customers.to_parquet(path, index=False)
            else:
                with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                    self.write(file)
        except OSError as error:
            raise WriteError(f"{path} cannot be written: {error.strerror}") from error


def published_segmentation(run: Path) -> Segmentation:
    """Return the segmentation of a published run that is as it was published.

    Raises
    ------
    InputError
        The run was changed since, or holds no segmentation of this version.
    """
    if told := manifest.faults(run):
        raise InputError("\n".join([f"{shown(run)} is not as it was published:", *told]))
    return cast(Segmentation, _result(run, "segmentation"))


def score(run: Path, project: Project, *, data: Sequence[str] = (), as_of: date | None = None) -> Scored:
    """Place customers by a published run's rule.

    Parameters
    ----------
    run
        Folder of the published run.
    data
        ``FILE``, or ``TABLE=FILE`` for one of several tables. A file with the rule's own measures is taken as
        it is; any other one stands in for the source of that table, and is read as that one was declared.
    as_of
        Last day that counts; None takes the run's own.

    Raises
    ------
    InputError
        The run is not as it was published, or the data are refused.
    ParameterError
        The run has no such table, or a day is given for data without times.
    """
    segmentation = published_segmentation(run)
    transform = read_transform(segmentation.model["transform"])
    formed = cast(FeatureTable, _result(run, "features"))
    days: Window | None = None
    reasons: dict[str, str] = {}
    accounts: pd.Series | None = None
    measures: FeatureTable | pd.DataFrame | None = _measured_already(data, transform)
    if measures is None:
        measures, days, reasons, accounts = _measured(run, project, data, as_of, formed)
    elif as_of is not None:
        raise ParameterError("--as-of counts days, and this file holds measures that are counted already")
    labels = assign(segmentation.model, measures)
    placed = pd.concat([labels, pd.Series(reasons, dtype="str", name=SEGMENT)]).sort_index()
    names = dict(_result(run, "personas").names) if "personas" in results.listed(run / results.TABLES) else {}
    own = pd.Series(placed.index, index=placed.index) if accounts is None else accounts
    customers = pd.DataFrame({CUSTOMER: own.index.astype("str"), SEGMENT: placed[own].to_numpy()})
    known = {key: names.get(key, segmentation.called(key)) for key in segmentation.segments}
    customers[NAME] = [known.get(each, "") for each in customers[SEGMENT]]
    if accounts is not None:
        customers[ACCOUNT] = accounts.to_numpy()
    sizes = (segmentation.labels.value_counts(), labels.value_counts())
    before, after = (each.reindex(segmentation.segments, fill_value=0) for each in sizes)
    index = {"sizes of the segments": stability_index(before, after), **drift(transform, formed, measures)}
    return Scored(customers, placed, days, before, index, segmentation.voice)


def _result(run: Path, name: str) -> Any:
    if name not in results.listed(run / results.TABLES):
        raise InputError(f"{shown(run)} holds no {name}: run the report again")
    return results.load(run / results.TABLES, name)


def _measured_already(data: Sequence[str], transform: Transform) -> pd.DataFrame | None:
    """Return a file's rows where it holds every measure of the rule, by the customer's id."""
    if len(data) != 1 or not (path := Path(data[0])).is_file():
        return None
    try:
        if path.suffix.lower() in _PARQUET:
            frame = pd.read_parquet(path).reset_index()
        elif path.suffix.lower() == ".csv":
            text = {CUSTOMER: "str"}
            frame = pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])
        else:
            return None
    except (OSError, ValueError):  # whoever reads it as a table says what is wrong with it
        return None
    if not {CUSTOMER, *transform.names} <= set(frame.columns):
        return None
    _refuse_ids(frame[CUSTOMER], path)
    for each in transform.scalings:
        if not each.levels:
            frame[each.name] = _numbers(frame[each.name], path)
    return frame.set_index(frame[CUSTOMER].astype("str"))[transform.names]


def _refuse_ids(ids: pd.Series, path: Path) -> None:
    missing, repeated = int(ids.isna().sum()), int(ids.duplicated().sum())
    if missing:
        raise InputError(f"{path.name}: {missing:,} rows have no {CUSTOMER}. Give each customer one")
    if repeated:
        raise InputError(
            f"{path.name}: {repeated:,} rows repeat a {CUSTOMER} that came before. Give each customer one row"
        )


def _numbers(values: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(np.float64)
    if wrong := int((numbers.isna() & values.notna()).sum()):
        raise InputError(
            f"{path.name}: {wrong:,} values of {values.name} are no numbers. Correct them, or empty them"
        )
    return numbers


def _measured(
    run: Path, project: Project, data: Sequence[str], as_of: date | None, formed: FeatureTable
) -> tuple[FeatureTable, Window | None, dict[str, str], pd.Series | None]:
    """Measure customers as the run did, on days of its own number; say why some have no measures.

    Where accounts are the customers, the account of each contact comes last.
    """
    from segnb.bases import BASES, features
    from segnb.tables.accounts import accounts_of
    from segnb.tables.orders import everyone
    from segnb.tables.read import read

    values = yaml_file.read(run / "params.yaml").data
    shared = {key: value for key, value in values.items() if key in Parameters.model_fields}
    parameters = Parameters.model_validate_json(json.dumps(shared))
    if as_of is not None and parameters.as_of is None:
        raise ParameterError("--as-of counts days, and the tables of this report have no times")
    until = as_of or parameters.as_of
    declared = parameters.data.model_dump(mode="json")
    for each in data:
        table, file = _table_and_file(each, list(parameters.data.tables()))
        declared[table] |= {"source": f"file:{Path(file).resolve()}"}
    tables = read(
        type(parameters.data).model_validate_json(json.dumps(declared)),
        as_of=until,
        root=find_params(project, parameters.name).absolute().parent,
        cache=project.tables_cache,
    )
    days = _days(cast(Windows, _result(run, results.WINDOWS)).form, until)
    least = dict(values.get("variable_selection") or {}).get("min_orders")
    options: dict[str, JsonValue] = dict(parameters.basis_options)
    counted = BASES[parameters.basis].counted(tables, options)
    made = features(
        counted,
        parameters.basis,
        days,
        options=options,
        min_orders=least,
        min_cell=parameters.min_cell,
        model=formed.model,
        voice=parameters.voice,
    )
    asked = BASES[parameters.basis].min_orders if least is None else least
    few = f"fewer than {asked} orders" if asked > 1 else "no orders"
    reason = f"{UNASSIGNED}: {few if 'orders' in tables else 'not measured'}"
    ids, contacts = (
        pd.Index(everyone(each).to_pyarrow()[CUSTOMER].to_pylist(), dtype="str").sort_values()
        for each in (counted, tables)
    )
    absent = ids.difference(made.frame.index)
    accounts = accounts_of(contacts, counted) if counted.account else None
    return made, days, dict.fromkeys(absent, reason), accounts


def _table_and_file(given: str, tables: list[str]) -> tuple[str, str]:
    """Tell ``TABLE=FILE`` from a plain file, which stands for the orders or, without these, the customers."""
    name, mark, file = given.partition("=")
    if mark and not Path(given).exists():
        if name not in tables:
            raise ParameterError(f"This report has no table {name!r}. {nearest(name, tables)}")
        table = name
    else:
        table, file = ("transactions" if "transactions" in tables else "customers"), given
    if not Path(file).is_file():
        raise InputError(f"{file} is not there, or is no file")
    return table, file


def _days(form: Window | None, until: date | None) -> Window | None:
    if form is None or until is None:
        return form
    return Window(until - timedelta(days=form.days - 1), until)
