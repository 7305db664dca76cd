"""Reads counts of customers out of whatever is published: JSON by the shape of its parts, pages by tables.

What is told of a rate is told of a count: a share to ten digits says it, one in whole percent or a
limit leaves a range. All of it becomes linear inequalities, which a solver can look through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup
from scipy.optimize import linprog

MEMBERS, ASKED = "members", "asked"
_SHARE = re.compile(r"^(at least |at most |under )?(\d+(?:\.\d+)?)%$")


class Published:
    """All that is said of how many customers of which group have what, as inequalities of counts.

    A group is a segment or all of them; a property is whatever a label says. Of each property those who
    have it are some of those of whom it is known.
    """

    def __init__(self, segments: dict[str, str], few: int, rates: set[str], levels: dict[str, str]) -> None:
        """Read for these segments, by their names.

        ``rates`` are the KPIs that count customers, ``levels`` the properties of words that label a row.
        """
        self.segments, self.few, self.rates, self.levels = segments, few, rates, levels
        self.at: dict[tuple[str, str], int] = {}
        self.facts: list[tuple[dict[int, float], float, float]] = []
        self.sources: dict[tuple[str, str], set[str]] = {}
        self.aliases: dict[str, str] = {}

    def group(self, name: str) -> list[str]:
        """Return the segments of a group by its key or its name; none where it is no group."""
        if name in ("all", "All segments"):
            return list(self.segments)
        return [key for key, called in self.segments.items() if name in (key, called)]

    def place(self, what: str, segment: str) -> int:
        if (what, segment) not in self.at:
            self.at[what, segment] = len(self.at)
            if not what.startswith((ASKED, MEMBERS)):
                self.between({(what, segment): 1, (f"{ASKED} {what}", segment): -1}, -np.inf, 0)
                self.between({(f"{ASKED} {what}", segment): 1, (MEMBERS, segment): -1}, -np.inf, 0)
        return self.at[what, segment]

    def between(self, terms: dict[tuple[str, str], float], low: float, high: float) -> None:
        found = {self.place(*key): factor for key, factor in terms.items()}
        slack = 1e-6 * max(1.0, *(abs(each) for each in terms.values()))
        self.facts.append((found, low - slack, high + slack))

    def share(
        self,
        what: str,
        groups: list[str],
        low: float,
        high: float,
        *,
        n: int | None = None,
        source: str = "",
    ) -> None:
        """Read that between two shares of those asked have a property; and how many were asked."""
        what = self.aliases.get(what, what)
        for each in groups:
            self.sources.setdefault((what, each), set()).add(source)
        yes, asked = ({(name, each): 1.0 for each in groups} for name in (what, f"{ASKED} {what}"))
        if n is not None:
            self.between(asked, n, n)
        self.between({**yes, **{key: -low for key in asked}}, 0, np.inf)
        self.between({**yes, **{key: -high for key in asked}}, -np.inf, 0)

    def rule(self, what: str, groups: list[str], *, least: bool) -> None:
        """Read a limit as one who knows the rule does: fewer than ``few`` did not, or did."""
        yes = {(self.aliases.get(what, what), each): 1.0 for each in groups}
        no = {(f"{ASKED} {name}", each): 1.0 for name, each in yes} | {key: -1.0 for key in yes}
        self.between(no if least else yes, 0, self.few - 1)

    def ends(self, what: str, segment: str, *, rest: bool = False) -> tuple[float, float]:
        """Return the least and the most that have a property, or with ``rest`` that have not."""
        goal = np.zeros(len(self.at))
        goal[self.at[what, segment]] = -1 if rest else 1
        if rest:
            goal[self.at[f"{ASKED} {what}", segment]] = 1
        rows, limits = [], []
        for terms, low, high in self.facts:
            row = np.zeros(len(self.at))
            for at, factor in terms.items():
                row[at] += factor
            if np.isfinite(high):
                rows.append(row)
                limits.append(high)
            if np.isfinite(low):
                rows.append(-row)
                limits.append(-low)
        found = [
            linprog(sign * goal, np.array(rows), limits, bounds=(0, None), method="highs") for sign in (1, -1)
        ]
        assert all(each.status == 0 for each in found), [each.message for each in found]
        return found[0].fun, -found[1].fun


def parts(node: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Yield every object of a JSON tree with the keys that lead to it."""
    if isinstance(node, dict):
        yield path, node
        for key, each in node.items():
            yield from parts(each, (*path, key))
    elif isinstance(node, list):
        for each in node:
            yield from parts(each, path)


def read_folder(found: Published, folder: Path) -> None:
    """Read all JSON of a folder, whichever results they hold."""
    trees = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    for tree in trees.values():
        for _, part in parts(tree):
            if {"name", "label", "unit", "family"} <= part.keys():
                found.aliases[part["label"]] = part["name"]
    for name, tree in trees.items():
        for path, part in parts(tree):
            _read(found, path, part, name)


def _read(found: Published, path: tuple[str, ...], part: dict, source: str) -> None:
    if {"kpi", "group", "kind", "value", "limit", "n"} <= part.keys():
        if part["kpi"] not in found.rates:
            return
        groups = found.group(part["group"])
        _bounded(found, part["kpi"], groups, part, {"at least": 1, "under": -1}.get(part["kind"], 0), source)
    elif {"ours", "others", "name", "label"} <= part.keys():
        held = [key for key in path if key in found.segments]
        if part["statistic"] == "rate" and held:
            beside = [each for each in found.segments if each != held[-1]]
            what = _property(part)
            if what.endswith("="):
                _pooled(found, what, part["label"])
            _bounded(found, what, held[-1:], part["ours"], part["ours"]["bound"], source)
            _bounded(found, what, beside, part["others"], part["others"]["bound"], source, rule=False)
    elif {"segment", "size", "reached", "rate"} <= part.keys():
        groups = found.group(part["segment"])
        found.between({(MEMBERS, each): 1.0 for each in groups}, part["size"], part["size"])
        _bounded(found, "response_rate", groups, {"value": part["rate"], "n": part["reached"]}, 0, source)
    elif {"table", "name", "shares", "rows"} <= part.keys() and part["table"] == "customers":
        for each in part["shares"]:
            what, share = _level(part["name"], each["value"]), each["share"]
            found.share(what, list(found.segments), share, share, source=source)
    elif {"group", "customers", "takes"} <= part.keys():
        if part["customers"] is not None and found.group(part["group"]):
            found.between(
                {(MEMBERS, each): 1.0 for each in found.group(part["group"])},
                part["customers"],
                part["customers"],
            )
    elif {"grade", "size"} <= part.keys():
        found.between({(MEMBERS, path[-1]): 1.0}, part["size"], part["size"])


def _pooled(found: Published, what: str, label: str) -> None:
    """Read which levels stand together, as in *City: Adorf / Bedorf*."""
    levels = [found.levels.get(each) for each in label.partition(": ")[2].split(" / ")]
    if all(levels):
        for segment in found.segments:
            found.between({(what, segment): -1.0, **{(each, segment): 1.0 for each in levels}}, 0, 0)


def _bounded(
    found: Published,
    what: str,
    groups: list[str],
    part: dict,
    bound: int,
    source: str,
    *,
    rule: bool = True,
) -> None:
    value, n = part["value"], part["n"]
    value = part.get("limit", value) if value is None else value
    if value is None or not 0 <= value <= 1:
        if n is not None:
            found.between({(f"{ASKED} {what}", each): 1.0 for each in groups}, n, n)
        return
    low, high = {0: (value, value), 1: (value, 1.0), -1: (0.0, value)}[bound]
    found.share(what, groups, low, high, n=n, source=source)
    if bound and rule and part.get("limit") is not None:
        found.rule(what, groups, least=bound > 0)


def _property(part: dict) -> str:
    if part["level"] or part["category"]:
        return part["name"]
    if part["name"] == "category_bought":
        return part["label"]
    column, mark, level = part["label"].partition(": ")
    return _level(column.casefold(), level) if mark else part["name"]


def _level(column: str, level: str) -> str:
    return f"{column}={level}"


def read_page(found: Published, page: str) -> None:
    """Read all tables of a page that have the groups in their head, or in their first column."""
    for table in BeautifulSoup(page, "html.parser").find_all("table"):
        cells = [[_text(cell) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        caption = table.find_previous(["h3", "h4", "figcaption"])
        head = cells[0] if cells else []
        for row in cells[1:]:
            for place, text in enumerate(row[1:], start=1):
                label = head[place] if place < len(head) else ""
                if row[0] in found.levels:
                    _level_told(found, found.levels[row[0]], text)
                elif groups := found.group(label):
                    _told(found, row[0], groups, text)
                elif caption is not None and (groups := found.group(row[0])):
                    _told(found, f"{_text(caption)} / {label}", groups, text)


def _level_told(found: Published, what: str, text: str) -> None:
    everyone = list(found.segments)
    if text.replace(",", "").isdecimal():
        count = int(text.replace(",", ""))
        found.between({(what, each): 1.0 for each in everyone}, count, count)
    elif said := _SHARE.match(text):
        found.share(what, everyone, *_range(said), source="evidence")


def _told(found: Published, what: str, groups: list[str], text: str) -> None:
    said = _SHARE.match(text)
    if said is not None and found.aliases.get(what) in found.rates:
        found.share(what, groups, *_range(said), source="page")


def _range(said: re.Match[str]) -> tuple[float, float]:
    """Return between which shares a text holds: what is rounded, by half of its last digit."""
    digits = len(said[2].partition(".")[2])
    value, half = float(said[2]) / 100, 0.005 / 10**digits
    if said[1] is None:
        return max(value - half, 0.0), min(value + half, 1.0)
    return (value, 1.0) if said[1] == "at least " else (0.0, value)


def _text(cell) -> str:
    """Return a cell's value without what is small beside it."""
    for small in cell.select("small, .small, .label, .unseen"):
        small.decompose()
    return " ".join(cell.get_text(" ").split())
