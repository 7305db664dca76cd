"""The SQL of rows with their values, and with what is wrong or counted about them: their marks.

A column for each mark would cost as much as all values together: so marks are kept as the bits of
numbers, and a row of which every value was read is asked nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from segnb.tables.cast import Cast

_BITS = 60
"""Marks that one number holds."""


def valued(relation: str, casts: Sequence[Cast]) -> str:
    """Return the rows of a relation with their values (``v``) and all steps to them (``r, a, b``)."""
    steps = {
        "r": ((place, each.raw) for place, each in enumerate(casts)),
        "a": ((place, each.between[0]) for place, each in enumerate(casts) if each.between),
        "b": ((place, each.between[1]) for place, each in enumerate(casts) if each.between[1:]),
        "v": ((place, each.value) for place, each in enumerate(casts)),
    }
    for step, sql in steps.items():
        named = [f"{each} AS {step}{place}" for place, each in sql]
        relation = f"(SELECT {', '.join(['*', *named])} FROM {relation})"
    return relation


def marked(relation: str, casts: Sequence[Cast]) -> str:
    """Return the rows of a relation with a column for each problem (``p``)."""
    problems = [f"{test} AS p{place}" for place, test in enumerate(_problems(casts))]
    return f"(SELECT {', '.join(['*', *problems])} FROM {valued(relation, casts)})"


def held(relation: str, casts: Sequence[Cast]) -> str:
    """Return the rows of a relation with their values and all marks in few numbers."""
    values = (f"v{place}" for place in range(len(casts)))
    sound = " AND ".join(f"v{place} IS NOT NULL" for place, each in enumerate(casts) if each.problems)
    problems = (f"CASE WHEN {sound} THEN 0 ELSE {word} END" for word in _words(_problems(casts)))
    counters = _words(f"coalesce({test}, false)" for each in casts for test in each.counters.values())
    words = (
        f"{word} AS {kind}_word{place}"
        for kind, held in (("p", problems), ("c", counters))
        for place, word in enumerate(held)
    )
    return f"SELECT {', '.join([*values, *words])} FROM {valued(relation, casts)}"


def told_apart(relation: str, casts: Sequence[Cast]) -> str:
    """Return held rows with a column for each problem (``p``) and for each counter (``c``)."""
    kinds = {"p": len(_problems(casts)), "c": sum(len(each.counters) for each in casts)}
    marks = (
        f"({kind}_word{place // _BITS} & {1 << place % _BITS}) <> 0 AS {kind}{place}"
        for kind, count in kinds.items()
        for place in range(count)
    )
    return f"SELECT {', '.join(['*', *marks])} FROM {relation}"


def _problems(casts: Sequence[Cast]) -> list[str]:
    return [
        f"(v{place} IS NULL AND coalesce({test}, false))"
        for place, each in enumerate(casts)
        for test in each.problems.values()
    ]


def _words(tests: Iterable[str]) -> Iterator[str]:
    listed = list(tests)
    for start in range(0, len(listed), _BITS):
        bits = (f"{test}::BIGINT * {1 << bit}" for bit, test in enumerate(listed[start : start + _BITS]))
        yield " + ".join(bits)
