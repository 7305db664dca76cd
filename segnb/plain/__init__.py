"""Plain tables: what each column of a frame holds, and which can form segments."""

from segnb.plain.column_role import ColumnRole
from segnb.plain.roles import Roles, roles
from segnb.plain.table import feature_table, features_of

__all__ = ["ColumnRole", "Roles", "feature_table", "features_of", "roles"]
