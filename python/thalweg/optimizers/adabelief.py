"""AdaBelief: steps by how far gradients lie from their mean."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["AdaBelief"]


class AdaBelief(Optimizer):
    r"""AdaBelief: Adam that divides by how far gradients lie from their mean.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\epsilon_r` =
    ``eps_root``, :math:`\lambda` = ``weight_decay`` and :math:`t` counting the steps from 1, one
    step is

    .. math::

        \theta &\leftarrow \theta - \eta \lambda \theta \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) (g - m)^2 + \epsilon_r \\
        \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t} \cdot
            \frac{m}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    ``rectify`` begins as RAdam does: where its rectification :math:`r_t` does not exist yet (an
    average shorter than 5), the step is :math:`\eta m / (1 - \beta_1^t)`; from then on it is
    :math:`\eta r_t \sqrt{1 - \beta_2^t} / (1 - \beta_1^t) \cdot m / (\sqrt{v} + \epsilon)`.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-16
        Added to the root, > 0.

    weight_decay : float, default=0.0
        Decay of the parameters.

    amsgrad : bool, default=False
        Never let the denominator shrink (one more buffer).

    weight_decouple : bool, default=True
        Shrink the parameters directly; ``False`` adds ``weight_decay`` times them to the
        gradient.

    rectify : bool, default=False
        Begin as RAdam does.

    eps_root : float, default=1e-16
        Added to the mean square at each step, >= 0; it accumulates.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``weight_decouple``.

    Notes
    -----
    Memory: two numbers per parameter, three with ``amsgrad``.

    Where libraries differ: the authors' package has ``rectify=True`` by default and one
    epsilon for both places; optax, whose ``eps_root`` this is, does not rectify.

    When to use: as Adam, where gradients agree with one another: the steps are then longer.

    See Also
    --------
    Adam : Divides by how large gradients are.

    References
    ----------
    .. [1] J. Zhuang et al., "AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed
       Gradients", NeurIPS 2020, https://arxiv.org/abs/2010.07468

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import AdaBelief
    >>> run = AdaBelief(lr=0.1).init(np.array([1.0]))
    >>> for _ in range(200):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.05)
    True
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-16,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        weight_decouple: bool = True,
        rectify: bool = False,
        *,
        eps_root: float = 1e-16,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.amsgrad = amsgrad
        self.weight_decouple = weight_decouple
        self.rectify = rectify
        self.eps_root = eps_root
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
