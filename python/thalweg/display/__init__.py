"""Pictures, in the style of scikit-learn's displays; matplotlib is imported when one is drawn.

Examples
--------
>>> from thalweg.display import TrajectoryDisplay
>>> from thalweg.optimizers import SGD, Adam
>>> display = TrajectoryDisplay.compute([SGD(lr=1e-3), Adam(lr=0.1)], "rosenbrock", steps=50)
>>> list(display.paths)
['SGD()', 'Adam(lr=0.1)']
>>> display.paths["SGD()"].shape
(51, 2)
"""

from thalweg.display._trajectory import TrajectoryDisplay

__all__ = ["TrajectoryDisplay"]
