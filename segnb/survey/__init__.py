"""Surveys: how well questions measure what lies behind them, and which belong together."""

from segnb.survey.factors import Factors, factors
from segnb.survey.reliability import Reliability, directions, reliability

__all__ = ["Factors", "Reliability", "directions", "factors", "reliability"]
