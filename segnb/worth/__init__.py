"""What acting on segments is worth: effects of randomised arms, one action for all or for each, a budget."""
