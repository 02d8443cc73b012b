"""MoMo: momentum with Polyak's step size."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["MoMo"]


class MoMo(Optimizer):
    r"""MoMo: momentum, as far as a model of the loss stays above a lower bound.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\beta` = ``beta``, :math:`\lambda` = ``weight_decay``, :math:`f^*` = ``lb``, and
    products and norms over all tensors together, one step is

    .. math::

        d &\leftarrow \beta d + (1 - \beta) g \\
        \bar f &\leftarrow \beta \bar f + (1 - \beta) f, \qquad
            \gamma \leftarrow \beta \gamma + (1 - \beta) \langle g, \theta \rangle \\
        a &= 1 + \eta \lambda \\
        \tau &= \min\left(\frac{\eta}{\rho}, \frac{\max(
            a (\bar f - \rho f^* - \gamma) + \langle d, \theta \rangle, 0)}{\lVert d \rVert^2}
            \right) \\
        \theta &\leftarrow \theta / a - \tau d

    The three means begin at their first values and :math:`\rho = 1`; with ``bias_correction`` they
    begin at zero and :math:`\rho = 1 - \beta^t`. Every step needs the loss.

    Parameters
    ----------
    lr : float, default=1.0
        Largest rate, > 0; rather too large than too small.

    weight_decay : float, default=0.0
        Shrinks the parameters, >= 0.

    beta : float, default=0.9
        Decay of the running means, in [0, 1).

    lb : float, default=0.0
        Lower bound of the loss.

    bias_correction : bool, default=False
        Begin the means at zero and correct for it.

    use_fstar : bool, default=False
        Estimate the lower bound on the way, from ``lb`` on, which it does not fall below.

    shrink_step : bool, default=False
        Shrink the step together with the parameters: :math:`(\theta - \tau d) / a`.

    See Also
    --------
    PolyakSGD : Without momentum.

    Notes
    -----
    Memory: 1 buffer and 6 numbers.

    Groups may have their own ``lr``, ``weight_decay`` and ``shrink_step``; everything else shapes
    the one model of the loss.

    The update with weight decay is optax's by default; that of the paper and of the authors' code
    is ``shrink_step=True``. Without weight decay they are the same. Where :math:`\lVert d
    \rVert^2` is below 2.2e-16 no step is taken, as in optax.

    For losses with a known lower bound, which need no careful rate then.

    References
    ----------
    .. [1] F. Schaipp, R. Ohana, M. Eickenberg, A. Defazio, R. M. Gower, "MoMo: Momentum Models for
       Adaptive Learning Rates", ICML 2024, https://arxiv.org/abs/2305.07583

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import MoMo
    >>> run = MoMo().init(np.array([3.0, 4.0]))
    >>> run.step(2 * run.params, loss=float(run.params @ run.params))
    25.0
    >>> run.params
    array([1.5, 2. ])
    """

    def __init__(
        self,
        lr: float = 1.0,
        weight_decay: float = 0.0,
        beta: float = 0.9,
        lb: float = 0.0,
        bias_correction: bool = False,
        use_fstar: bool = False,
        *,
        shrink_step: bool = False,
    ) -> None:
        self.lr = lr
        self.weight_decay = weight_decay
        self.beta = beta
        self.lb = lb
        self.bias_correction = bias_correction
        self.use_fstar = use_fstar
        self.shrink_step = shrink_step
