"""The registry of methods: a file in this folder with ``@method("name")`` adds one.

A method is a factory: given ``n_segments``, ``seed`` and ``restarts`` it returns an estimator with
scikit-learn's ``fit`` and, once fitted, ``labels_``. All else is made from these: the segments'
centres, the choice of the number, stability, grades and the assignment rule. A method by rule
(``rule=True``) takes a feature table instead and returns the model that `assign` reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from segnb.registry import Entry, Registry


@dataclass(frozen=True)
class Method(Entry):
    """A way to form segments.

    ``rule`` marks one that fixes its segments itself; ``needs`` names the features it reads. ``weighted``
    marks one whose estimator takes ``weights`` in ``fit`` and then tells of all its starts: ``starts_``
    holds the centres of each, ``compared_`` the places of the rows that they were compared on.
    """

    rule: bool = False
    needs: tuple[str, ...] = ()
    weighted: bool = False


METHODS = Registry("method", Method, "segnb.clustering")
method = METHODS.register
