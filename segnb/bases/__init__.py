"""Bases: what segments are formed on. Each file of this folder is one."""

from segnb.bases.choice import Candidate, Choice, choose
from segnb.bases.definition import BASES, Basis, Context, Measures, basis
from segnb.bases.features import features
from segnb.bases.findings import explained, left_out

__all__ = [
    "BASES",
    "Basis",
    "Candidate",
    "Choice",
    "Context",
    "Measures",
    "basis",
    "choose",
    "explained",
    "features",
    "left_out",
]
