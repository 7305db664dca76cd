"""Variable selection: which measures carry the segments, and why the others do not."""

from segnb.selection.findings import decisions, headline
from segnb.selection.select import Decision, Reason, Selection, select

__all__ = ["Decision", "Reason", "Selection", "decisions", "headline", "select"]
