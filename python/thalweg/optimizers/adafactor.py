"""Adafactor: adaptive rates in the memory of rows and columns."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    r"""Adafactor: gradients over root mean squares that rows and columns share.

    With :math:`\theta` a tensor, :math:`g` its gradient, :math:`\eta` = ``lr``,
    :math:`(\epsilon_1, \epsilon_2)` = ``eps``, :math:`\lambda` = ``weight_decay`` and :math:`t`
    counting the steps from 1, one step is

    .. math::

        w &= t^{\text{beta2\_decay}}, \qquad
        \alpha = \max(\epsilon_2, \operatorname{rms}(\theta)) \min(\eta, 1 / \sqrt{t}) \\
        \theta &\leftarrow \theta (1 - \eta \lambda) \\
        R &\leftarrow R + w (\text{mean of } g^2 \text{ over each row} - R) \\
        C &\leftarrow C + w (\text{mean of } g^2 \text{ over each column} - C) \\
        u &= g \big/ \sqrt{\max(R C / \max(\operatorname{mean}(R), \epsilon_1), \epsilon_1^2)} \\
        \theta &\leftarrow \theta - \alpha \frac{u}{\max(1, \operatorname{rms}(u) / d)}

    Rows and columns are those of the last two axes. A vector keeps
    :math:`V \leftarrow V + w (g^2 - V)` in the place of :math:`R C`.

    Parameters
    ----------
    lr : float, default=0.01
        The highest relative learning rate, > 0.

    beta2_decay : float, default=-0.8
        Exponent of the share that a new value has in the running means, <= 0.

    eps : tuple of a float or None and a float, default=(None, 1e-3)
        Floor of the root mean square of the gradients, where None is the precision of the array's
        elements, and floor of that of the weights.

    d : float, default=1.0
        Root mean square beyond which a step is clipped, >= 1.

    weight_decay : float, default=0.0
        Share of the weights, times the rate, that a step takes away.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    See Also
    --------
    SM3 : Maxima of rows and columns in the place of means.

    Notes
    -----
    Memory: r + c numbers for a matrix of r rows and c columns, 1 per parameter for vectors. The
    rule is PyTorch's. The paper, optax and Keras add 1e-30 to the squares in the place of the
    floors; optax leaves matrices with a side shorter than 128 unfactored and has no 1/sqrt(t).
    For models whose memory Adam would double.

    References
    ----------
    .. [1] N. Shazeer, M. Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
       2018, https://arxiv.org/abs/1804.04235

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Adafactor
    >>> run = Adafactor(lr=0.5).init(np.full((2, 3), 2.0))
    >>> run.step(np.ones((2, 3)))
    >>> run.params.round(4)
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """

    def __init__(
        self,
        lr: float = 0.01,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.beta2_decay = beta2_decay
        self.eps = eps
        self.d = d
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
