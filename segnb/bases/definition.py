"""What a basis is: a function of the tables that returns its measures; a file in this folder adds one.

::

    @basis("rfm", needs=("transactions",), method="rfm_map")
    def rfm(tables: Tables, window: Window | None) -> Measures:
        \"\"\"Recency, frequency and monetary value of each customer.\"\"\"

Keyword-only arguments are the basis's options. The words of a measure stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from segnb.clustering.methods import METHODS
from segnb.registry import Entry, Registry
from segnb.segmentation import Feature


@dataclass(frozen=True)
class Measures:
    """What a basis returns: one row for each customer, and what each column means.

    ``expression`` holds ``customer_id`` and one column for each of ``features``: numbers, or the words of
    a category, whose levels are those seen where the feature names none. Where two features say nearly
    the same, the one that is listed first is kept.
    """

    expression: ir.Table
    features: tuple[Feature, ...]


@dataclass(frozen=True)
class Basis(Entry):
    """A registered basis: the tables it needs, the method it is made for, and the orders it takes.

    ``min_orders`` is the number of orders in the window below which its measures would be chance.
    """

    needs: tuple[str, ...] = ()
    method: str = "kmeans"
    min_orders: int = 1

    @property
    def required(self) -> tuple[str, ...]:
        """The measures that its own method reads, where that is a rule."""
        needed: tuple[str, ...] = METHODS[self.method].needs
        return needed


BASES = Registry("basis", Basis, "segnb.bases")
basis = BASES.register
