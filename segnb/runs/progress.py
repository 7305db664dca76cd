"""What a run tells while it works: a line a stage for people, an event a line for programs.

Everything here goes to standard error, but for the events of ``--json``: whoever asks for them
reads them from standard output, where the last one holds the result paths.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TextIO

State = Literal["running", "done", "reused", "failed"]


class Progress(Protocol):
    """Whoever is told how a run goes on."""

    def begin(self, report: str, run: str, stages: list[str]) -> None:
        """Say that a report's run starts, with the names of its stages."""

    def stage(self, name: str, state: State, seconds: float, cell: int = 0) -> None:
        """Say how far a stage is; ``cell`` counts its code cells from 1."""

    def end(self, report: str, run: str, paths: list[str], *, unchanged: bool) -> None:
        """Say what was published, or that the same was published before."""

    def fail(self, report: str, message: str, exit_code: int) -> None:
        """Say what stopped a report."""


class Quiet:
    """Tells nothing; the base of those that tell something."""

    def begin(self, report: str, run: str, stages: list[str]) -> None:
        """Tell nothing."""

    def stage(self, name: str, state: State, seconds: float, cell: int = 0) -> None:
        """Tell nothing."""

    def end(self, report: str, run: str, paths: list[str], *, unchanged: bool) -> None:
        """Tell nothing."""

    def fail(self, report: str, message: str, exit_code: int) -> None:
        """Tell nothing: the command line itself writes errors."""


class Plain(Quiet):
    """A line for each stage that has ended: for logs."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def begin(self, report: str, run: str, stages: list[str]) -> None:
        """Write the report and its run."""
        self.names, self.width = stages, max(map(len, stages))
        self._write(f"{report}: run {run}\n")

    def stage(self, name: str, state: State, seconds: float, cell: int = 0) -> None:
        """Write a line once the stage has ended."""
        if state != "running":
            self._write(self._line(name, state, seconds) + "\n")

    def end(self, report: str, run: str, paths: list[str], *, unchanged: bool) -> None:
        """Write how it ended."""
        self._write(f"{report}: {'nothing has changed since' if unchanged else 'published'} {run}\n")

    def _line(self, name: str, state: State, seconds: float) -> str:
        number = f"{self.names.index(name) + 1}/{len(self.names)}"
        took = f"{seconds:6.1f} s" if state != "reused" else ""
        return f"  {number}  {name:<{self.width}}  {state:<7} {took}".rstrip()

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


class Terminal(Plain):
    """The same lines, that of the stage at work rewritten in place."""

    def stage(self, name: str, state: State, seconds: float, cell: int = 0) -> None:
        """Rewrite the stage's line, and leave it once the stage has ended."""
        line = self._line(name, state, seconds)
        line += f"  cell {cell}" if state == "running" and cell else ""
        self._write(f"\r\x1b[K{line}" + ("" if state == "running" else "\n"))


class JsonLines(Quiet):
    """One JSON object a line: ``{"event": "stage", ...}``."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def begin(self, report: str, run: str, stages: list[str]) -> None:
        """Write the event ``run``."""
        self._write("run", report=report, run=run, stages=stages)

    def stage(self, name: str, state: State, seconds: float, cell: int = 0) -> None:
        """Write the event ``stage``, once when it starts and once when it has ended."""
        if state != "running" or seconds == 0:
            self._write("stage", stage=name, state=state, seconds=round(seconds, 3))

    def end(self, report: str, run: str, paths: list[str], *, unchanged: bool) -> None:
        """Write the event ``published`` or ``unchanged``, with the result paths."""
        self._write("unchanged" if unchanged else "published", report=report, run=run, paths=paths)

    def fail(self, report: str, message: str, exit_code: int) -> None:
        """Write the event ``error``."""
        self._write("error", report=report, message=message, exit_code=exit_code)

    def _write(self, event: str, **facts: Any) -> None:
        self.stream.write(json.dumps({"event": event, **facts}, ensure_ascii=False) + "\n")
        self.stream.flush()


def listener(stream: TextIO, *, as_json: bool) -> Progress:
    """Return who tells of a run in the form that suits the stream."""
    if as_json:
        return JsonLines(stream)
    can_rewrite = stream.isatty() and os.environ.get("TERM") != "dumb"
    return Terminal(stream) if can_rewrite else Plain(stream)


class Timings:
    """How long each stage took: what ``run.log`` holds."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.lines: list[str] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[StageClock]:
        """Tell of a stage's start and end, and note its time."""
        clock = StageClock(name, self.progress)
        clock.tick()
        try:
            yield clock
        except BaseException:
            self.progress.stage(name, "failed", clock.seconds)
            raise
        state: State = "reused" if clock.reused else "done"
        self.progress.stage(name, state, clock.seconds)
        self.lines.append(f"{name} {state} {clock.seconds:.3f}")


class StageClock:
    """The time since a stage started."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.name, self.progress = name, progress
        self.start = time.monotonic()
        self.started = False
        self.reused = False

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.start

    def tick(self, cell: int = 0) -> None:
        """Tell that the stage is at work, at this code cell."""
        self.progress.stage(self.name, "running", self.seconds if self.started else 0, cell)
        self.started = True
