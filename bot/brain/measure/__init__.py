"""How good a brain is on tickets it has not seen: the split, the figures, the plots, and what they allow."""
