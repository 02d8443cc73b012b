"""DoG: distance over gradients."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["DoG"]


class DoG(Optimizer):
    r"""DoG: gradient descent whose rate is the distance come so far over all gradients so far.

    With :math:`\theta` the parameters, :math:`\theta_0` the first ones, :math:`g` the gradient,
    :math:`\eta` = ``lr``, :math:`\epsilon` = ``eps``, :math:`\lambda` = ``weight_decay``, and
    norms over all tensors together, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        r &\leftarrow \max(r, \lVert \theta - \theta_0 \rVert), \qquad
            r = \text{reps\_rel} \cdot (1 + \lVert \theta_0 \rVert) \text{ at first} \\
        G &\leftarrow G + \lVert g \rVert^2 \\
        \theta &\leftarrow \theta - \eta \frac{r}{\sqrt{G + \epsilon}} g

    Parameters
    ----------
    lr : float, default=1.0
        Factor of the rate that is found, > 0; seldom needs another value.

    reps_rel : float, default=1e-6
        First distance, as a share of one plus the norm of the parameters; > 0. The authors give
        1e-4 for models with batch normalisation.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    eps : float, default=1e-8
        Added to the sum of squares, > 0.

    init_eta : float or None, default=None
        Rate of the first step, in the place of the one that follows from ``reps_rel``.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    DoWG : Weights late gradients more, and starts faster.
    EMA : The authors recommend to average the parameters; that is ``EMA(DoG())``.

    Notes
    -----
    Memory: 1 buffer, the first parameters, and 3 numbers.

    Groups may have their own ``lr``; everything else shapes the one rate.

    With ``init_eta`` optax forgets ``reps_rel`` and begins with the distance 0; here, as with the
    authors, it remains the least distance.

    For when no rate is known and gradient descent is the right method.

    References
    ----------
    .. [1] M. Ivgi, O. Hinder, Y. Carmon, "DoG is SGD's Best Friend: A Parameter-Free Dynamic Step
       Size Schedule", ICML 2023, https://arxiv.org/abs/2302.12022

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import DoG
    >>> run = DoG(reps_rel=1e-2).init(np.array([3.0, -2.0]))
    >>> for _ in range(300):
    ...     run.step(run.params)
    >>> bool(abs(run.params).max() < 0.01)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        reps_rel: float = 1e-6,
        weight_decay: float = 0.0,
        eps: float = 1e-8,
        init_eta: float | None = None,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.reps_rel = reps_rel
        self.weight_decay = weight_decay
        self.eps = eps
        self.init_eta = init_eta
        self.maximize = maximize
