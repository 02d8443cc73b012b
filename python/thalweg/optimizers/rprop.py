"""Rprop: resilient propagation."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Rprop"]


class Rprop(Optimizer):
    r"""Rprop: a step for each element that grows while its gradient keeps its sign.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`(\eta^-, \eta^+)` = ``etas``
    and :math:`(\Delta_{\min}, \Delta_{\max})` = ``step_sizes``, one step from :math:`\Delta` =
    ``lr`` is

    .. math::

        s &= g \, g_{\text{prev}} \\
        \Delta &\leftarrow \mathrm{clip}(\Delta \cdot
            \{\eta^+ \text{ if } s > 0,\ \eta^- \text{ if } s < 0,\ 1 \text{ if } s = 0\},
            \Delta_{\min}, \Delta_{\max}) \\
        g &\leftarrow 0 \quad \text{where } s < 0 \\
        \theta &\leftarrow \theta - \mathrm{sign}(g) \Delta, \qquad g_{\text{prev}} \leftarrow g

    Parameters
    ----------
    lr : float, default=1e-2
        Length of the first step, > 0. The rates of later steps, and schedules of them, change
        nothing.

    etas : tuple of 2 floats, default=(0.5, 1.2)
        Factors of a step whose gradient has changed its sign, in (0, 1), and of one whose gradient
        has kept it, > 1.

    step_sizes : tuple of 2 floats, default=(1e-6, 50.0)
        Least and greatest length of a step, > 0.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    SignSGD : Signs with one rate for all.

    Notes
    -----
    Memory: two buffers, ``prev`` and ``step_size``.

    Where libraries differ: this is iRprop-, as in PyTorch; the original takes the last step back
    where the sign changes. optax's moves are those of the step before, so that its first moves
    nothing.

    When to use: gradients of all the data, with ``batch_size`` the number of samples: signs of
    mini-batches are noise. Then it is among the fastest first-order methods, and hardly depends on
    ``lr``.

    References
    ----------
    .. [1] M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning:
       the RPROP algorithm", ICNN 1993.
    .. [2] C. Igel, M. Huesken, "Improving the Rprop Learning Algorithm", NC 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Rprop
    >>> run = Rprop(lr=0.25).init(np.array([1.0, 1.0]))
    >>> for grad in ([3.0, 0.1], [2.0, -0.1]):
    ...     run.step(np.array(grad))
    >>> run.params  # 0.25 and then 1.2 times that; 0.25 and then nothing
    array([0.45, 0.75])
    """

    def __init__(
        self,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.etas = etas
        self.step_sizes = step_sizes
        self.maximize = maximize
