"""Numbers as they are read: metrics over windows, compared, over time, and the contacts behind them.

Everything that shows a number gets it here, so that handle time comes beside satisfaction everywhere, and a change is
a change everywhere.
"""

from scoring.figures.asked import Asked
from scoring.figures.figure import Compared, Figure, Material, Percentiles
from scoring.figures.figures import Figures
from scoring.figures.series import Forgotten, Point, Series
from scoring.figures.week import Weeks

__all__ = ["Asked", "Compared", "Figure", "Figures", "Forgotten", "Material", "Percentiles", "Point", "Series", "Weeks"]
