"""What `forked` has at hand in each fork: all that a run imports, and what it makes once a process."""

import tempfile
from pathlib import Path

import executed
import forked  # noqa: F401

import segnb.cli
import segnb.runs.pipeline
import segnb.runs.workshop
import segnb.tables.read
import segnb.tables.sample  # noqa: F401
from segnb.report.audit import audit
from segnb.words import Voice

with tempfile.TemporaryDirectory() as folder:
    (notebook,) = executed.write(Path(folder), {"01_one": [executed.prose("# One"), executed.code()]})
    audit(notebook, "One", Voice())
