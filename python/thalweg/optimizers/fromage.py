"""Fromage: every tensor turns by the same angle."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Fromage"]


class Fromage(Optimizer):
    r"""Fromage: moves every tensor by the same share of its norm, and keeps it from growing.

    With :math:`\theta` a tensor, :math:`g` its gradient and :math:`\eta` = ``lr``, one step is

    .. math::

        \theta \leftarrow \frac{1}{\sqrt{1 + \eta^2}} \left(
            \theta - \eta \frac{\lVert \theta \rVert}{\lVert g \rVert} g\right)

    where norms below ``min_norm`` are taken to be ``min_norm``, and the ratio is 1 where one of
    them is 0. With ``p_bound`` a tensor that is longer than ``p_bound`` times its first norm is
    then cut to that length.

    Parameters
    ----------
    lr : float, default=0.01
        Learning rate, > 0: the share of its norm by which a tensor moves.

    p_bound : float or None, default=None
        How far the norm of a tensor may grow, as a multiple of its first one; > 0.

    min_norm : float, default=1e-6
        Norms are taken to be at least this long, so that tensors of zeros begin to move.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    LARS : Momentum with rates by the same ratio.

    Notes
    -----
    Memory: none; 1 number per tensor with ``p_bound``. The rule is optax's, and with
    ``min_norm=0`` the authors'. For deep networks, with one rate that needs little tuning.

    References
    ----------
    .. [1] J. Bernstein, A. Vahdat, Y. Yue, M.-Y. Liu, "On the distance between two neural
       networks and the stability of learning", 2020, https://arxiv.org/abs/2002.03432

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Fromage
    >>> run = Fromage(lr=0.75).init(np.array([4.0, 0.0]))
    >>> run.step(np.array([0.0, 2.0]))
    >>> run.params.round(4)
    array([ 3.2, -2.4])
    """

    def __init__(
        self,
        lr: float = 0.01,
        p_bound: float | None = None,
        *,
        min_norm: float = 1e-6,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.p_bound = p_bound
        self.min_norm = min_norm
        self.maximize = maximize
