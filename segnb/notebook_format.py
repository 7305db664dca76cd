"""nbformat, without two seconds of grammars that no notebook needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let a package look as if it were not installed, unless somebody has imported it before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # what Python itself writes for "cannot be imported"
    try:
        yield
    finally:
        del sys.modules[name]


# nbformat imports jsonschema, and that compiles the grammars of internationalised addresses where it finds
# them (JupyterLab brings them); the schema of notebooks has no such address.
with _hidden("rfc3987_syntax"):
    import nbformat

__all__ = ["nbformat"]
