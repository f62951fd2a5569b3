"""Values for fields from past tickets: learned by word, held to what came true.

``fit`` learns and needs scikit-learn; ``Fitted`` answers and needs numpy alone.
"""

from bot.brain.classify.fitted import Fitted
from bot.brain.classify.fitting import fit
from bot.brain.classify.shapes import Standing
from bot.brain.classify.votes import Votes

__all__ = ["Fitted", "Standing", "Votes", "fit"]
