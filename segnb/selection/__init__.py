"""Variable selection: which measures carry the segments, and why the others do not."""

from segnb.selection.attributes import attribute_roles
from segnb.selection.column_role import ColumnRole
from segnb.selection.contribution import Contribution, contribution
from segnb.selection.findings import decisions, headline
from segnb.selection.results import Decision, Reason, Selection
from segnb.selection.roles import Roles, features_of, roles
from segnb.selection.select import select

__all__ = [
    "ColumnRole",
    "Contribution",
    "Decision",
    "Reason",
    "Roles",
    "Selection",
    "attribute_roles",
    "contribution",
    "decisions",
    "features_of",
    "headline",
    "roles",
    "select",
]
