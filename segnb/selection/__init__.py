"""Variable selection: which measures carry the segments, and why the others do not."""

from segnb.selection.attributes import attribute_roles
from segnb.selection.contribution import Contribution, contribution
from segnb.selection.findings import decisions, headline
from segnb.selection.outcomes import outcomes
from segnb.selection.results import Decision, Reason, Selection
from segnb.selection.select import select

__all__ = [
    "Contribution",
    "Decision",
    "Reason",
    "Selection",
    "attribute_roles",
    "contribution",
    "decisions",
    "headline",
    "outcomes",
    "select",
]
