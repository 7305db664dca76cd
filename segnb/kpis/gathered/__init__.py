"""What each customer did in the window that is measured: one file for each of the company's tables.

Each file has a function of the tables and the windows that returns one row for each customer who
occurs, and the columns that KPIs name under ``needs``. A column that is kept apart by channel,
category or the like is one column for each level, called ``channel_amount: web`` (`levels`). Money is
DECIMAL until it has been summed.
"""

from __future__ import annotations

from segnb.kpis.gathered.campaigns import campaign_columns
from segnb.kpis.gathered.feedback import feedback_columns
from segnb.kpis.gathered.interactions import interaction_columns
from segnb.kpis.gathered.lines import line_columns
from segnb.kpis.gathered.orders import order_columns

__all__ = ["campaign_columns", "feedback_columns", "interaction_columns", "line_columns", "order_columns"]
