"""What parts of a published run tell: objects of JSON by their keys, tables by where their groups stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from published import MEMBERS, Published, asked

SHARE = re.compile(r"^(at least |at most |under )?(\d+(?:\.\d+)?)%")
COUNT = re.compile(r"^\d{1,3}(?:,\d{3})*$")
Row = list[tuple[str, str]]
"""The cells of a row: what they say, and what stands small below it."""


@dataclass
class Reading:
    """What readers know of the words of a report, and all that was read so far.

    ``few`` is the smallest number shown, ``rates`` are the KPIs that count customers, ``counted`` the
    property that all who count in a KPI have, ``columns`` the customers' attributes. ``labels`` are the
    properties that words of tables stand for, ``levels`` those that label a row of their own.
    """

    found: Published
    few: int
    segments: tuple[str, ...]
    rates: set[str]
    counted: dict[str, str]
    columns: set[str]
    labels: dict[str, str]
    levels: dict[str, str]
    numbers: dict[str, set[str]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    unbound: list[str] = field(default_factory=list)
    """Sentences about a segment with a share that none of the figures behind them has."""

    def stands_for(self, label: str, title: str = "") -> str | None:
        """Return the property that a label stands for below a title; None where it counts no customers."""
        kpi = self.labels.get(title)
        if kpi and label in ("Value", "Customers"):
            told = kpi if label == "Value" else self.counted.get(kpi, asked(kpi))
            return told if kpi in self.rates or (label == "Customers" and kpi in self.counted) else None
        if label in self.labels:
            what = self.labels[label]
            return what if what not in self.counted or what in self.rates else None
        column, mark, level = label.partition(": ")
        if mark and column.casefold() in self.columns:
            # Levels that are told together stand for one.
            return f"{column.casefold()}={'' if ' / ' in level else level}"
        return label if label.startswith("Bought ") and label.endswith(" at all") else None

    @property
    def known(self) -> set[str]:
        """The KPIs of which it is known what they tell of customers."""
        return self.rates | set(self.counted)

    def beside(self, segment: str) -> list[str]:
        return [each for each in self.segments if each != segment]


def parts(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every object of a tree with the keys that lead to it."""
    if isinstance(node, dict):
        yield path, node
        for key, each in node.items():
            yield from parts(each, (*path, key))
    elif isinstance(node, list):
        for each in node:
            yield from parts(each, path)


def _measured(reading: Reading, part: dict, _: tuple[str, ...], source: str) -> None:
    found, what = reading.found, part["kpi"]
    groups = found.groups.get(part["group"], [])
    if what in reading.counted and part["n"] is not None:
        found.count(reading.counted[what], groups, part["n"], source)
    if what == "nps" and part["n"]:
        net = {("nps=Promoters", each): 1.0 for each in groups}
        net |= {("nps=Detractors", each): -1.0 for each in groups}
        if part["value"] is not None:
            found.between(net, *[part["value"] * part["n"] / 100] * 2)
    if what in reading.rates:
        kinds = {"at least": 1, "under": -1}
        _bounded(reading, what, groups, part, kinds.get(part["kind"], 0), source)


def _contrast(reading: Reading, part: dict, path: tuple[str, ...], source: str) -> None:
    held = [key for key in path if key in reading.segments]
    if part["statistic"] != "rate" or not held:
        return
    segment, what = held[-1], _property(part)
    levels = [reading.levels.get(each) for each in part["label"].partition(": ")[2].split(" / ")]
    if what.endswith("=") and all(levels):
        for each in reading.segments:
            terms = {(what, each): -1.0, **{(str(level), each): 1.0 for level in levels}}
            reading.found.between(terms, 0, 0)
    _bounded(reading, what, [segment], part["ours"], part["ours"]["bound"], source)
    others = part["others"]
    _bounded(reading, what, reading.beside(segment), others, others["bound"], source, rule=False)


def _property(part: dict) -> str:
    if part["level"] or part["category"]:
        return str(part["name"])
    if part["name"] == "category_bought":
        return str(part["label"])
    column, mark, level = part["label"].partition(": ")
    return f"{column.casefold()}={level}" if mark else str(part["name"])


def _plain_rule(reading: Reading, part: dict, path: tuple[str, ...], source: str) -> None:
    """Read how many of a segment a rule finds, and how many of those found belong to it."""
    segment = path[-2]
    what, found = f"rule of {segment} in {source}", reading.found
    _bounded(reading, what, [segment], part["coverage"], part["coverage"]["bound"], f"{source}: rule")
    picked = {(what, each): 1.0 for each in reading.segments}
    precise = part["precision"]
    if precise["n"] is not None:
        found.between(picked, precise["n"], precise["n"])
    low, high = _limits(precise["value"], precise["bound"])
    for share, ends in ((low, (0, float("inf"))), (high, (-float("inf"), 0))):
        terms = {key: -share for key in picked}
        terms[what, segment] += 1
        found.between(terms, *ends)


def _reached(reading: Reading, part: dict, _: tuple[str, ...], source: str) -> None:
    groups = reading.found.groups[part["segment"]]
    reading.found.count(MEMBERS, groups, part["size"], source)
    bound, limit = part["limit"] or (0, None)
    told = {"value": part["rate"], "n": part["reached"], "limit": limit}
    _bounded(reading, "response_rate", groups, told, bound, source)


def _totals(reading: Reading, part: dict, _: tuple[str, ...], source: str) -> None:
    counts = {"customers": MEMBERS, "reached": asked("response_rate"), "responded": "response_rate"}
    for key, what in counts.items():
        if part.get(key) is not None:
            reading.found.count(what, reading.segments, part[key], source)


def _sums(reading: Reading, part: dict, _: tuple[str, ...], source: str) -> None:
    """Read customers and orders of a group: who bought placed an order, who bought again a second one."""
    groups = reading.found.groups.get(part["group"])
    if groups is None or part["customers"] is None:
        return
    reading.found.count(MEMBERS, groups, part["customers"], source)
    for span, kinds in {"form": ["asked churn_rate"], "measure": ["active_rate", "repeat_rate"]}.items():
        orders = part["takes"][span]["orders"] if part["takes"].get(span) else None
        if orders is not None:
            terms = {(kind, each): 1.0 for kind in kinds for each in groups}
            reading.found.between(terms, -float("inf"), orders)


def _column(reading: Reading, part: dict, _: tuple[str, ...], source: str) -> None:
    if part["table"] == "customers":
        for each in part["shares"]:
            what = f"{part['name']}={each['value']}"
            reading.found.share(what, reading.segments, each["share"], each["share"], source)


def _passport(reading: Reading, part: dict, path: tuple[str, ...], source: str) -> None:
    reading.found.count(MEMBERS, [path[-1]], part["size"], source)


def _cohort(reading: Reading, part: dict, _: tuple[str, ...], source: str) -> None:
    name = f"from {part['window']['start']}"
    if part["customers"] is not None:
        reading.found.count(MEMBERS, [name], part["customers"], source)
    for after, share in enumerate(part["kept"], start=1):
        bound, limit = share if isinstance(share, list) else (0, share)
        _bounded(reading, f"+{after}", [name], {"value": None, "limit": limit}, bound, f"{source}: cohorts")


def _sentence(reading: Reading, part: dict, _: tuple[str, ...], __: str) -> None:
    """Hold a sentence that tells a share beyond those of the figures behind it, which are read, too."""
    grounds = part["grounds"] if "grounds" in part else [part["contrast"]]
    sides = [each[side] for each in grounds for side in ("ours", "others") if side in each]
    known = {f"{abs(100 * value):.0f}" for each in sides for value in _numbers(each)}
    if extra := set(re.findall(r"(\d+)%", part["text"])) - known:
        reading.unbound.append(f"{part['text']} {sorted(extra)}")


def _numbers(estimate: dict) -> list[float]:
    return [estimate[each] for each in ("value", "low", "high") if estimate.get(each) is not None]


def _evidence(reading: Reading, part: dict, path: tuple[str, ...], source: str) -> None:
    """Read what stands behind a sentence: a figure of one segment, and everyone else's."""
    held = [key for key in path if key in reading.segments]
    what = reading.stands_for(part["measure"])
    if held and what:
        for text, groups in ((part["value"], held[-1:]), (part["compared"], reading.beside(held[-1]))):
            if said := SHARE.match(text):
                reading.found.share(what, groups, *_range(said), source)


def _block_table(reading: Reading, part: dict, path: tuple[str, ...], source: str) -> None:
    segment = next((key for key in reversed(path) if key in reading.segments), None)
    head = [each["label"] for each in part["columns"]]
    rows = [[(each["text"], each["small"]) for each in row] for row in part["rows"]]
    read_table(reading, part["title"], head, rows, segment, source)


SHAPES: tuple[tuple[set[str], Callable[[Reading, dict, tuple[str, ...], str], None]], ...] = (
    ({"kpi", "group", "kind", "value", "limit", "n"}, _measured),
    ({"ours", "others", "name", "label"}, _contrast),
    ({"conditions", "precision", "coverage"}, _plain_rule),
    ({"segment", "size", "reached", "rate"}, _reached),
    ({"customers", "buyers", "orders", "reached"}, _totals),
    ({"table", "name", "shares", "rows"}, _column),
    ({"group", "customers", "takes"}, _sums),
    ({"window", "customers", "kept"}, _cohort),
    ({"measure", "value", "compared", "compared_with", "n"}, _evidence),
    ({"grade", "size", "stability"}, _passport),
    ({"text", "grounds"}, _sentence),
    ({"text", "contrast"}, _sentence),
    ({"kind", "columns", "rows", "title"}, _block_table),
)
"""What an object of these keys tells; each is read by the first that fits."""


def _limits(value: float, bound: int) -> tuple[float, float]:
    return {0: (value, value), 1: (value, 1.0), -1: (0.0, value)}[bound]


def _bounded(
    reading: Reading, what: str, groups: list[str], part: dict, bound: int, source: str, *, rule: bool = True
) -> None:
    value, n = part["value"], part.get("n")
    value = part.get("limit") if value is None else value
    if value is None or not 0 <= value <= 1:
        if n is not None:
            reading.found.count(asked(what), groups, n, source)
        return
    reading.found.share(what, groups, *_limits(value, bound), source, n)
    if bound and rule and part.get("limit") is not None:
        reading.found.rule(what, groups, reading.few, least=bound > 0)


def read_table(
    reading: Reading, title: str, head: list[str], rows: list[Row], segment: str | None, source: str
) -> None:
    """Read a table by where its groups stand: in the head, in the first column, or nowhere."""
    groups = reading.found.groups
    for row in rows:
        first = row[0][0]
        for label, (text, _) in list(zip(head, row, strict=False))[1:]:
            if COUNT.match(text) and label in reading.labels:
                reading.found.counts.append((int(text.replace(",", "")), f"{source}: {title}"))
            if first in groups and label in groups:
                _moved(reading, first, groups[label], text, row[0][1], source)
            elif label in groups and (what := reading.stands_for(first)):
                _cell(reading, what, groups[label], text, source)
            elif first in groups and (what := reading.stands_for(label, title)):
                _cell(reading, what, groups[first], text, source)
            elif first in reading.levels:
                _cell(reading, reading.levels[first], list(reading.segments), text, source)
            elif segment and label in ("This segment", "Others") and (what := reading.stands_for(first)):
                of = [segment] if label == "This segment" else reading.beside(segment)
                _cell(reading, what, of, text, source, by_rule=False)


def _cell(
    reading: Reading, what: str, groups: list[str], text: str, source: str, *, by_rule: bool = True
) -> None:
    """Read a share or a count; a limit of a segment may rest on more than that few did, or did not."""
    if said := SHARE.match(text):
        reading.found.share(what, groups, *_range(said), f"{source}: table")
        if said[1] in ("at least ", "under ") and by_rule:
            reading.found.rule(what, groups, reading.few, least=said[1] == "at least ")
    elif COUNT.match(text):
        reading.found.count(what, groups, int(text.replace(",", "")), f"{source}: table")


def _moved(reading: Reading, before: str, now: list[str], text: str, total: str, source: str) -> None:
    """Read which part of those who were at one stage is at another now."""
    what, found = f"was {before}", reading.found
    whole = {(what, each): 1.0 for each in reading.segments}
    number = int(total.replace(",", ""))
    found.between(whole, number, number)
    if said := SHARE.match(text):
        found.sources.setdefault(what, set()).add(f"{source}: moves")
        low, high = _range(said)
        found.between({(what, each): 1.0 for each in now}, low * number, high * number)


def _range(said: re.Match[str]) -> tuple[float, float]:
    """Return between which shares a text holds: what is rounded, by half of its last digit."""
    digits = len(said[2].partition(".")[2])
    value, half = float(said[2]) / 100, 0.005 / 10**digits
    if said[1] is None:
        return max(value - half, 0.0), min(value + half, 1.0)
    return (value, 1.0) if said[1] == "at least " else (0.0, value)
