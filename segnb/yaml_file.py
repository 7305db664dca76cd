"""Read a YAML file the safe way: every value with its line, nothing guessed, nothing run.

`yaml_scalar` says what an unquoted value is. Refused are ``.nan`` and ``.inf``, anchors, aliases,
tags, keys that are not text, keys given twice, a second document, more than 50 levels, more than
10,000 values and more than one megabyte: no file takes longer than a second.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import category

import yaml

from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.yaml_scalar import scalar

KeyPath = tuple[str | int, ...]
Faults = dict[KeyPath, Fault]

LARGEST_FILE = 1_000_000
DEEPEST_LEVEL = 50
MOST_VALUES = 10_000
MOST_FAULTS = 100
_SHORT = "Parameters are short; data belong into tables"
_PLAIN_KEY = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True)
class YamlFile:
    """What a YAML file says, and where.

    ``lines`` gives the line of each key and list item, counted from 1. ``source`` gives the text
    as typed of each value that became a number, a boolean or null. ``faults`` holds what is wrong
    with the YAML itself; the value at such a path is not to be relied on.
    """

    path: Path
    text: str
    data: dict[str, Any]
    lines: dict[KeyPath, int]
    source: dict[KeyPath, str]
    faults: Faults

    def where(self, path: KeyPath) -> str:
        """Say where a key stands: ``params/x.yaml, line 12, clustering.n_segments``."""
        return _where(self.path, self.line(path), path)

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest key above one that is missing."""
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 1)

    def in_order(self, faults: Faults) -> list[Fault]:
        """Return what is wrong with the values and with the YAML itself, in the order of the lines.

        Where the YAML is at fault, the value is not the one that was meant, and nothing is said of it.
        """
        told = {
            path: fault
            for path, fault in faults.items()
            if path not in self.faults and not any(is_below(path, each) for each in self.faults)
        }
        found = (told | self.faults).items()
        return [fault for _, fault in sorted(found, key=lambda each: (self.line(each[0]), str(each[0])))]


def read(path: Path) -> YamlFile:
    """Read a YAML file.

    Raises
    ------
    ParameterError
        The file is missing or unsafe, or is not YAML; all its faults at once.
    """
    file = scan(path)
    refuse(ParameterError, file.faults.values())
    return file


def scan(path: Path) -> YamlFile:
    """Read a YAML file and list its faults; raise only where nothing can be read."""
    text = _read_text(path)
    builder = _Builder(path, _events(path, text))
    data = builder.document()
    return YamlFile(path, text, data, builder.lines, builder.source, builder.faults)


def is_below(place: KeyPath, above: KeyPath) -> bool:
    """Say whether a path leads into the value at another."""
    return len(place) > len(above) and place[: len(above)] == above


def key_text(path: KeyPath) -> str:
    """Write a path as ``window.form[1]``; keys that are no plain names stand in quotes."""
    text = ""
    for part in path:
        if isinstance(part, str) and _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{clip(part) if isinstance(part, str) else part}]"
    return text


def clip(text: str) -> str:
    """Return the text in quotes, without line breaks, and cut where it is long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _where(path: Path, line: int, keys: KeyPath = ()) -> str:
    return ", ".join(part for part in (path.as_posix(), f"line {line}", key_text(keys)) if part)


def _fail(path: Path, what: str, remedy: str = "", line: int | None = None) -> ParameterError:
    where = path.as_posix() if line is None else _where(path, line)
    return ParameterError(str(Fault(what, where, remedy=remedy)))


def _read_text(path: Path) -> str:
    try:
        if not path.is_file():
            others = sorted(each.name for each in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
            raise _fail(path, "there is no such file", nearest(path.name, others) if others else "")
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _fail(path, f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name
        raise ParameterError(f"{str(path)!r} is not a file name") from error
    if len(content) > LARGEST_FILE:
        raise _fail(path, f"is larger than {LARGEST_FILE:,} bytes", _SHORT)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _fail(path, "is not UTF-8 text", "Save the file with the encoding UTF-8", line) from error


def _events(path: Path, text: str) -> Iterator[yaml.Event]:
    """Yield the parser's events; a syntax error, too deep nesting and too many values are refused."""
    depth = 0
    try:
        for place, event in enumerate(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))):
            if place > MOST_VALUES:
                raise _fail(path, f"holds more than {MOST_VALUES:,} keys and values", _SHORT, _line(event))
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST_LEVEL:
                raise _fail(path, f"is nested more than {DEEPEST_LEVEL} levels deep", line=_line(event))
            yield event
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(path, text, error) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _fail(
            path, f"holds the control character #x{error.character:04x}", "Delete it", line
        ) from error


def _syntax_error(path: Path, text: str, error: yaml.MarkedYAMLError) -> ParameterError:
    last = len(text.splitlines())
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark is not None]
    # A bracket left open is found at the end of the file; where it was opened says more.
    line = next((mark.line + 1 for mark in marks if mark.line < last), last)
    problem = " ".join(part for part in (error.problem, error.context) if part)
    tab = "tab character" in problem or "'\\t'" in problem
    remedy = (
        "Indent with spaces, not with tabs" if tab else "Check indentation, colons and quotes near that line"
    )
    return _fail(path, f"is not valid YAML: {problem}", remedy, line)


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1


@dataclass
class _Builder:
    """Builds plain values from events, and notes lines and faults on the way."""

    path: Path
    events: Iterator[yaml.Event]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    source: dict[KeyPath, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        next(self.events)  # the stream starts
        if not isinstance(next(self.events), yaml.DocumentStartEvent):
            raise _fail(self.path, "is empty")
        first = next(self.events)
        data = self._node(first, ())
        next(self.events)  # the document ends
        another = next(self.events)
        if isinstance(another, yaml.DocumentStartEvent):
            remedy = "Keep one document in a file"
            raise _fail(self.path, "a second document starts here", remedy, _line(another))
        if data is None and not self.faults:
            raise _fail(self.path, "is empty")
        if not isinstance(data, dict):
            raise _fail(self.path, "expected keys and values, as in `name: autumn`", line=_line(first))
        return data

    def _node(self, event: yaml.Event, path: KeyPath) -> Any:
        if isinstance(event, yaml.AliasEvent):
            self._fault(event, path, f"the alias *{event.anchor} is refused", "Write the value out")
            return None
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            raise TypeError(f"the parser gave {event}")
        if event.anchor is not None:
            self._fault(
                event, path, f"the anchor &{event.anchor} is refused", "Write the value where it is used"
            )
        if event.tag is not None:
            self._fault(event, path, f"the tag {clip(event.tag)} is refused", "Write the value without a tag")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return self._sequence(path)

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        seen: dict[str, list[int]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = _line(event)
            key = self._key(event, path)
            if key is None:
                self._node(next(self.events), (*path, "?"))
                continue
            here = (*path, key)
            seen.setdefault(key, []).append(line)
            if len(seen[key]) == 1:
                self.lines[here] = line
                values[key] = self._node(next(self.events), here)
            else:
                self._node(next(self.events), here)
        for key, lines in seen.items():
            if len(lines) > 1:
                here = (*path, key)
                given = ", ".join(map(str, lines[:5])) + " and more" * (len(lines) > 5)
                where = _where(self.path, self.lines[here], here)
                self.faults[here] = Fault(
                    f"the key is given twice, on lines {given}", where, remedy="Keep one of them"
                )
        return values

    def _key(self, event: yaml.Event, path: KeyPath) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(event, (*path, "?"), "a key must be text, not an alias, a list or a mapping")
            self._node(event, (*path, "?"))
            return None
        here = (*path, event.value)
        try:
            is_text = not event.implicit[0] or isinstance(scalar(event.value), str)
        except ValueError:
            is_text = False
        if event.anchor is not None or event.tag is not None:
            self._fault(event, here, "a key with an anchor or a tag is refused", "Write the key alone")
        elif not is_text:
            self._fault(event, here, "a key must be text", f"Quote it: '{event.value}'")
        return str(event.value)

    def _sequence(self, path: KeyPath) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(values))
            self.lines[here] = _line(event)
            values.append(self._node(event, here))
        return values

    def _scalar(self, event: yaml.ScalarEvent, path: KeyPath) -> Any:
        control = next(
            (sign for sign in event.value if category(sign) in ("Cc", "Cs") and sign not in "\t\r\n"), None
        )
        if control is not None:
            self._fault(event, path, f"the text holds the control character {control!r}", "Delete it")
            return None
        if not event.implicit[0]:  # quoted, or a block of text
            return event.value
        try:
            value = scalar(event.value)
        except ValueError:
            quoted = f"Quote it if it is an id: {clip(event.value)}"
            self._fault(event, path, "the number is too large for 64 bits", quoted)
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._fault(event, path, f"{event.value} is not a number to work with", "Write a number, or null")
            return None
        if not isinstance(value, str):
            self.source[path] = event.value
        return value

    def _fault(self, event: yaml.Event, path: KeyPath, what: str, remedy: str = "") -> None:
        where = _where(self.path, _line(event), path)
        self.faults.setdefault(path, Fault(what, where, remedy=remedy))
        if len(self.faults) >= MOST_FAULTS:
            refuse(ParameterError, self.faults.values())
