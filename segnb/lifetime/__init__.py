"""Buy-till-you-die models: how often customers will still buy, and what that is worth."""
from segnb.lifetime.fitting import fit_model as fit
from segnb.lifetime.histories import summarise as summary
