"""Adam: adaptive moment estimation."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Adam"]


class Adam(Optimizer):
    r"""Adam: every weight moves by its mean gradient over the root of its mean square.

    With :math:`\theta` the weights, :math:`g` the gradient of a mini-batch, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t} \cdot
            \frac{m}{\sqrt{v} / \sqrt{1 - \beta_2^t} + \epsilon}

    ``amsgrad`` puts the largest :math:`v` so far in the place of :math:`v`. With
    ``epsilon_hat=True`` epsilon stands outside the corrected root, as in scikit-learn and Keras:

    .. math::

        \theta \leftarrow \theta - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \cdot
            \frac{m}{\sqrt{v} + \epsilon}

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0; no weight moves much further than this in a step.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-8
        Added to the root so that a vanishing gradient does not divide by zero.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, on weights and intercepts alike and undivided by the
        batch size, unlike the estimator's ``alpha``, which stays in force beside it.

    amsgrad : bool, default=False
        Never let the denominator shrink (one more buffer).

    maximize : bool, default=False
        Climb instead of descend.

    decoupled_weight_decay : bool, default=False
        Shrink the weights directly, as :class:`AdamW` does, and not by way of the gradient.

    epsilon_hat : bool, default=False
        Put epsilon outside the corrected root; what ``solver="adam"`` does. PyTorch has no such
        parameter.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    AdamW : Adam with decoupled weight decay.

    References
    ----------
    .. [1] D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2014,
       https://arxiv.org/abs/1412.6980
    .. [2] S. J. Reddi, S. Kale, S. Kumar, "On the Convergence of Adam and Beyond", ICLR 2018.

    Examples
    --------
    >>> from thalweg import MLPRegressor
    >>> from thalweg.optimizers import Adam
    >>> model = MLPRegressor(solver=Adam(lr=0.01), random_state=0)
    >>> model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]).n_layers_
    3
    >>> model.set_params(solver__lr=0.02).solver
    Adam(lr=0.02)
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        epsilon_hat: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.amsgrad = amsgrad
        self.maximize = maximize
        self.decoupled_weight_decay = decoupled_weight_decay
        self.epsilon_hat = epsilon_hat
        self.decay_with_lr = decay_with_lr
