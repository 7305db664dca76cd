"""BG/NBD: leaving follows repeat purchases only."""

from segnb.lifetime.beta_geometric import BetaGeometric
from segnb.lifetime.models import model


@model("bg_nbd", title="BG/NBD", one_timers_stay=True)
def bg_nbd() -> BetaGeometric:
    """Buy at one's own rate, leave after any repeat purchase (Fader, Hardie & Lee 2005, Mark. Sci. 24:275).

    Whoever bought once is a customer still, for certain: without a repeat purchase nobody can leave.
    """
    return BetaGeometric(at_first=False)
