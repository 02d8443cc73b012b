"""AdaGrad-Norm: Adagrad with one rate for all parameters."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["AdaGradNorm"]


class AdaGradNorm(Optimizer):
    r"""AdaGradNorm: Adagrad with one rate for all parameters.

    With :math:`\theta` the parameters, :math:`g_t` the gradient of step t, :math:`\eta` = ``lr``
    and :math:`b_0` = ``b0``, one step is

    .. math::

        \theta \leftarrow \theta - \frac{\eta}{\sqrt{b_0^2 + \sum_{i \le t} \|g_i\|^2}} g_t

    The norm is over all tensors.

    Parameters
    ----------
    lr : float, default=1.0
        Learning rate, > 0; about the distance to the minimum.

    b0 : float, default=0.1
        Root of where the sum begins, >= 0.

    maximize : bool, default=False
        Climb instead of descend.

    Notes
    -----
    Memory: one number for the run.

    When to use: where the scale of the gradients is not known; it hardly matters once their
    norms exceed ``b0``.

    See Also
    --------
    NormAdaptiveGD : With any power of the sum.

    References
    ----------
    .. [1] M. Streeter, H. B. McMahan, "Less Regret via Online Conditioning", 2010,
       https://arxiv.org/abs/1002.4862
    .. [2] R. Ward, X. Wu, L. Bottou, "AdaGrad Stepsizes: Sharp Convergence over Nonconvex
       Landscapes", ICML 2019, https://arxiv.org/abs/1806.01811

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import AdaGradNorm
    >>> run = AdaGradNorm(lr=1.0, b0=0.0).init(np.array([2.0]))
    >>> run.step(np.array([4.0]))
    >>> run.params
    array([1.])
    """

    def __init__(
        self,
        lr: float = 1.0,
        b0: float = 0.1,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.b0 = b0
        self.maximize = maximize
