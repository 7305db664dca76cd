"""Buy-till-you-die models: how often customers will still buy, and what that is worth."""
