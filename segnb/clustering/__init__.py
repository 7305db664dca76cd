"""Clustering: how many segments, who belongs where, and whether the same cut comes back."""

from segnb.clustering.assign import assign
from segnb.clustering.bootstrap import Stability, stability
from segnb.clustering.findings import headline, trust
from segnb.clustering.methods import METHODS, Method, method
from segnb.clustering.number import Candidate, NumberChoice, choose_number
from segnb.clustering.segment import default_method, segment
from segnb.clustering.sql import sql

__all__ = [
    "METHODS",
    "Candidate",
    "Method",
    "NumberChoice",
    "Stability",
    "assign",
    "choose_number",
    "default_method",
    "headline",
    "method",
    "segment",
    "sql",
    "stability",
    "trust",
]
