"""MBG/NBD: leaving follows any purchase, the first included."""

from segnb.lifetime.beta_geometric import BetaGeometric
from segnb.lifetime.models import model


@model("mbg_nbd", title="MBG/NBD")
def mbg_nbd() -> BetaGeometric:
    """Buy at one's own rate, leave after any purchase (Batislam, Denizel & Filiztekin 2007, IJRM 24:201)."""
    return BetaGeometric(at_first=True)
