"""SAM: sharpness-aware minimisation."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer
from thalweg.optimizers.sgd import SGD

__all__ = ["SAM"]


class SAM(Optimizer):
    r"""Any optimizer, by the gradient that the loss has where it is steepest nearby.

    With :math:`\theta` the parameters, :math:`g` the gradient there, its norm over all tensors,
    and :math:`\rho` = ``rho``, one step is the step of ``base`` at :math:`\theta`, by the
    gradient at

    .. math::

        \theta + \rho \frac{g}{\lVert g \rVert + 10^{-12}}

    Flat minima are preferred to sharp ones. A step takes two gradients, hence a closure; an
    estimator brings it by itself.

    Parameters
    ----------
    base : Optimizer, default=SGD()
        Moves the parameters.

    rho : float, default=0.05
        How far away the steepest place is looked for, > 0.

    See Also
    --------
    SGD : The default base.

    References
    ----------
    .. [1] P. Foret, A. Kleiner, H. Mobahi, B. Neyshabur, "Sharpness-Aware Minimization for
       Efficiently Improving Generalization", ICLR 2021, https://arxiv.org/abs/2010.01412

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SAM, SGD
    >>> run = SAM(SGD(lr=0.1), rho=0.5).init(np.array([1.0]))
    >>> run.step(closure=lambda x: (float(x @ x), 2 * x))  # by the gradient at 1.5
    1.0
    >>> run.params
    array([0.7])
    """

    def __init__(self, base: Optimizer = SGD(), rho: float = 0.05) -> None:  # noqa: B008
        self.base = base
        self.rho = rho
