"""ASAM: adaptive sharpness-aware minimisation."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer
from thalweg.optimizers.sgd import SGD

__all__ = ["ASAM"]


class ASAM(Optimizer):
    r"""ASAM: SAM that measures distances in the parameters' own sizes.

    With :math:`\theta` the parameters, :math:`g` the gradient there, :math:`\rho` = ``rho``, and
    the norm over all tensors together, one step is the step of ``base`` at :math:`\theta`, by the
    gradient at

    .. math::

        \theta + \rho \frac{t^2 g}{\lVert t g \rVert + 10^{-12}}, \qquad t = |\theta| + \text{eta}

    Sharpness measured so does not change when a layer is scaled up and the next one down. A step
    takes two gradients, hence a closure; an estimator brings it by itself.

    Parameters
    ----------
    base : Optimizer, default=SGD()
        Moves the parameters.

    rho : float, default=0.5
        How far away the steepest place is looked for, > 0; 0.5 to 2, some ten times SAM's.

    eta : float, default=0.0
        Added to the sizes, >= 0, so that parameters near zero are moved as well; 0.01 in the paper.

    See Also
    --------
    SAM : Distances as they are.

    Notes
    -----
    Memory: 1 buffer beside those of ``base``, the gradient of the closure, and a copy of all for
    closures that fail.

    With ``eta=0`` the rule is that of the common PyTorch implementation of SAM with
    ``adaptive=True``. The authors' code adds ``eta`` to the sizes of weights, and moves biases by
    the bare gradient.

    For models that fit their training data and should do well on other data, where two gradients a
    step can be afforded.

    References
    ----------
    .. [1] J. Kwon, J. Kim, H. Park, I. K. Choi, "ASAM: Adaptive Sharpness-Aware Minimization for
       Scale-Invariant Learning of Deep Neural Networks", ICML 2021,
       https://arxiv.org/abs/2102.11600

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import ASAM, SGD
    >>> run = ASAM(SGD(lr=0.1), rho=0.5).init(np.array([2.0]))
    >>> run.step(closure=lambda x: (float(x @ x), 2 * x))  # by the gradient at 3
    4.0
    >>> run.params.round(9)
    array([1.4])
    """

    def __init__(
        self,
        base: Optimizer = SGD(),  # noqa: B008
        rho: float = 0.5,
        eta: float = 0.0,
    ) -> None:
        self.base = base
        self.rho = rho
        self.eta = eta
