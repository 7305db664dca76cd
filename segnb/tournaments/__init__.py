"""The tournament: every basis that the tables allow, on the same customers, judged by what came later."""

from segnb.tournaments.contest import tournament
from segnb.tournaments.results import Contestant, Explained, Tournament

__all__ = ["Contestant", "Explained", "Tournament", "tournament"]
