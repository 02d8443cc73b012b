"""Muon: momentum made orthogonal."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["Muon"]


class Muon(Optimizer):
    r"""Muon: replaces the momentum of a matrix by the orthogonal matrix nearest to it.

    With :math:`\theta` a matrix, :math:`g` its gradient, :math:`\eta` = ``lr``, :math:`\mu` =
    ``momentum``, :math:`\lambda` = ``weight_decay``, :math:`\epsilon` = ``eps`` and
    :math:`(a, b, c)` = ``ns_coefficients``, one step is

    .. math::

        B &\leftarrow \mu B + (1 - \mu) g \\
        U &= (1 - \mu) g + \mu B \qquad (B \text{ without Nesterov momentum}) \\
        X &= U / \max(\lVert U \rVert, \epsilon); \qquad
            X \leftarrow a X + (b S + c S^2) X, \; S = X X^T, \quad \text{ns\_steps times} \\
        \theta &\leftarrow \theta (1 - \eta \lambda) - \eta k X

    with :math:`k = \sqrt{\max(1, \text{outputs} / \text{inputs})}`, or :math:`0.2
    \sqrt{\max(\text{outputs}, \text{inputs})}` with ``adjust_lr_fn="match_rms_adamw"``.

    Arrays must have two axes, (outputs, inputs) as in PyTorch; anything else is refused by name,
    and goes to a run of another optimizer. In an estimator, whose weights are (inputs, outputs)
    and are treated as such, the intercepts are moved by :class:`AdamW` with the same ``lr`` and
    ``weight_decay`` and its other defaults.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    weight_decay : float, default=0.1
        Share of the weights, times the rate, that a step takes away.

    momentum : float, default=0.95
        Decay of the running mean of the gradient, in [0, 1).

    nesterov : bool, default=True
        Look ahead along the mean.

    ns_coefficients : tuple of 3 floats, default=(3.4445, -4.775, 2.0315)
        Coefficients of the Newton-Schulz polynomial; refused where it would diverge.

    eps : float, default=1e-7
        Least divisor of the direction's norm, > 0.

    ns_steps : int, default=5
        Iterations of Newton-Schulz, fewer than 100.

    adjust_lr_fn : {"original", "match_rms_adamw"} or None, default=None
        How the rate follows from the shape. None is ``"original"``; with ``"match_rms_adamw"``
        rates and decays that suit AdamW do here.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    See Also
    --------
    AdamW : For what is not a matrix.
    Shampoo : Orthogonal steps as well, where no moments are kept.

    Notes
    -----
    Memory: 1 number per parameter, and during a step 2 more and two squares as long as the shorter
    side. PyTorch rounds Newton-Schulz to bfloat16 and is then some 1e-2 away; here it runs in the
    arrays' own element type. optax corrects the mean's bias, Keras keeps a sum in its place, which
    the normalisation undoes. For the hidden layers of networks.

    References
    ----------
    .. [1] K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024,
       https://kellerjordan.github.io/posts/muon/
    .. [2] J. Liu et al., "Muon is Scalable for LLM Training", 2025,
       https://arxiv.org/abs/2502.16982

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Muon
    >>> run = Muon(lr=0.1, weight_decay=0.0).init({"w": np.zeros((2, 2))})
    >>> run.step({"w": np.diag([3.0, 1.0])})
    >>> bool(np.all(np.abs(np.diag(run.params["w"]) + 0.1) < 0.04))
    True
    >>> Muon().init({"w": np.ones((2, 2)), "b": np.ones(2)})
    Traceback (most recent call last):
        ...
    ValueError: `params['b']` must be a matrix for Muon, others go to a run of another optimizer...
    """

    def __init__(
        self,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: Literal["original", "match_rms_adamw"] | None = None,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.nesterov = nesterov
        self.ns_coefficients = ns_coefficients
        self.eps = eps
        self.ns_steps = ns_steps
        self.adjust_lr_fn = adjust_lr_fn
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
