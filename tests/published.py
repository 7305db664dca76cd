"""What is told of how many customers have what, as linear inequalities that a solver looks through.

What is told of a rate is told of a count: a share to ten digits says it, one in whole percent or a
limit leaves a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

MEMBERS, ASKED = "members", "asked"
Key = tuple[str, str]
"""A property and a group that does not overlap with others of its kind."""


def asked(what: str) -> str:
    """Return the property of being one of whom it is known whether they have another."""
    return f"{ASKED} {what}"


class Published:
    """All that is said of how many customers of which group have what.

    Of each property those who have it are some of those of whom it is known, and these are some of all.
    """

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        """Read for these groups, as lists of those that do not overlap, by all names that readers meet."""
        self.groups = dict(groups)
        self.at: dict[Key, int] = {}
        self.facts: list[tuple[dict[int, float], float, float]] = []
        self.sources: dict[str, set[str]] = {}
        self.counts: list[tuple[int, str]] = []
        """Every count of customers that stands in a table, and where."""

    def place(self, what: str, group: str) -> int:
        if (what, group) not in self.at:
            self.at[what, group] = len(self.at)
            if not what.startswith((ASKED, MEMBERS)):
                self.between({(what, group): 1, (asked(what), group): -1}, -np.inf, 0)
                self.between({(asked(what), group): 1, (MEMBERS, group): -1}, -np.inf, 0)
        return self.at[what, group]

    def between(self, terms: Mapping[Key, float], low: float, high: float) -> None:
        """Read that a sum of counts lies between two numbers."""
        found: dict[int, float] = {}
        for key, factor in terms.items():
            place = self.place(*key)
            found[place] = found.get(place, 0.0) + factor
        slack = 1e-6 * max(1.0, *(abs(each) for each in terms.values()))
        self.facts.append((found, low - slack, high + slack))

    def count(self, what: str, groups: Iterable[str], number: float, source: str) -> None:
        """Read how many of some groups together have a property."""
        self.sources.setdefault(what, set()).add(source)
        self.between({(what, each): 1.0 for each in groups}, number, number)

    def share(
        self, what: str, groups: Iterable[str], low: float, high: float, source: str, n: float | None = None
    ) -> None:
        """Read that between two shares of those asked have a property; and how many were asked."""
        groups = list(groups)
        self.sources.setdefault(what, set()).add(source)
        yes, whole = ({(name, each): 1.0 for each in groups} for name in (what, asked(what)))
        if n is not None:
            self.between(whole, n, n)
        self.between({**yes, **{key: -low for key in whole}}, 0, np.inf)
        self.between({**yes, **{key: -high for key in whole}}, -np.inf, 0)

    def rule(self, what: str, groups: Iterable[str], few: int, *, least: bool) -> None:
        """Read a limit as one who knows the rule does: fewer than ``few`` did not, or did."""
        yes = {(what, each): 1.0 for each in groups}
        no = {(asked(name), each): 1.0 for name, each in yes} | {key: -1.0 for key in yes}
        self.between(no if least else yes, 0, few - 1)

    def solver(self) -> Solver:
        return Solver(self)


class Solver:
    """Looks through all inequalities together."""

    def __init__(self, found: Published) -> None:
        self.at, rows, columns, factors, limits = found.at, [], [], [], []
        for terms, low, high in found.facts:
            for sign, limit in ((1, high), (-1, -low)):
                if np.isfinite(limit):
                    rows += [len(limits)] * len(terms)
                    columns += list(terms)
                    factors += [sign * each for each in terms.values()]
                    limits.append(limit)
        self.matrix = csr_array((factors, (rows, columns)), shape=(len(limits), len(self.at)))
        self.limits = np.array(limits)

    def ends(self, what: str, groups: Iterable[str], *, rest: bool = False) -> tuple[float, float]:
        """Return the least and the most that have a property, or with ``rest`` that have not."""
        goal = np.zeros(len(self.at))
        for each in groups:
            goal[self.at[what, each]] = -1 if rest else 1
            if rest:
                goal[self.at[MEMBERS if what.startswith(ASKED) else asked(what), each]] = 1
        found = [linprog(sign * goal, self.matrix, self.limits, method="highs") for sign in (1, -1)]
        assert all(each.status in (0, 3) for each in found), [each.message for each in found]
        low, high = (each.fun if each.status == 0 else -np.inf for each in found)
        return low, -high
