"""Clipping: gradients within bounds."""

from __future__ import annotations

from typing import Any

from thalweg.gradients._base import GradientTransform, order

__all__ = ["AdaptiveClip", "ClipNorm", "ClipNormPerTensor", "ClipPerExample", "ClipValue"]


class ClipValue(GradientTransform):
    r"""Each element of the gradient within :math:`\pm c`.

    .. math:: g \leftarrow \max(-c, \min(g, c))

    Parameters
    ----------
    clip_value : float, default=1.0
        :math:`c`, > 0.

    Notes
    -----
    ``torch.nn.utils.clip_grad_value_``, ``optax.clip`` and Keras' ``clipvalue``. NaN stays NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import ClipValue
    >>> ClipValue(1.5)(np.array([3.0, -1.0, -2.0]))
    array([ 1.5, -1. , -1.5])
    """

    def __init__(self, clip_value: float = 1.0) -> None:
        self.clip_value = clip_value


class ClipNorm(GradientTransform):
    r"""The norm of the whole gradient, all tensors together, within a bound.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{c}{N + 10^{-6}}\right), \quad
        N = \Big(\sum_i |g_i|^p\Big)^{1/p}

    Parameters
    ----------
    max_norm : float, default=1.0
        :math:`c`, > 0.

    norm_type : float or 'inf', default=2.0
        :math:`p`, > 0; infinity bounds the largest element.

    error_if_nonfinite : bool, default=False
        Raise a ValueError where :math:`N` is infinite or NaN. Otherwise the gradient becomes zero
        or NaN.

    Notes
    -----
    ``torch.nn.utils.clip_grad_norm_``, whose 1e-6 shrinks a gradient at the bound by that share;
    unlike there, a bound of 0 or less is refused. optax's ``clip_by_global_norm`` and Keras'
    ``global_clipnorm`` have no 1e-6.

    References
    ----------
    .. [1] R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural
       networks", ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import ClipNorm
    >>> clipped = ClipNorm(1.0)({"w": np.array([3.0, 0.0]), "b": np.array([4.0])})
    >>> clipped["w"].round(4), clipped["b"].round(4)
    (array([0.6, 0. ]), array([0.8]))
    """

    def __init__(
        self, max_norm: float = 1.0, norm_type: float = 2.0, error_if_nonfinite: bool = False
    ) -> None:
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.error_if_nonfinite = error_if_nonfinite

    def to_config(self) -> dict[str, Any]:
        """Return the tagged dict; see :meth:`GradientTransform.to_config`."""
        given = type(self)(self.max_norm, order(self.norm_type), self.error_if_nonfinite)
        return super(ClipNorm, given).to_config()


class ClipNormPerTensor(GradientTransform):
    r"""The norm of each tensor's gradient within a bound; otherwise as :class:`ClipNorm`.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{c}{\|g\|_p + 10^{-6}}\right)

    Parameters
    ----------
    max_norm : float, default=1.0
        :math:`c`, > 0.

    norm_type : float or 'inf', default=2.0
        :math:`p`, > 0; infinity bounds the largest element.

    Notes
    -----
    Keras' ``clipnorm``, with PyTorch's 1e-6.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import ClipNormPerTensor
    >>> [g.round(4) for g in ClipNormPerTensor(1.0)([np.array([3.0, 4.0]), np.array([0.5])])]
    [array([0.6, 0.8]), array([0.5])]
    """

    def __init__(self, max_norm: float = 1.0, norm_type: float = 2.0) -> None:
        self.max_norm = max_norm
        self.norm_type = norm_type

    def to_config(self) -> dict[str, Any]:
        """Return the tagged dict; see :meth:`GradientTransform.to_config`."""
        given = type(self)(self.max_norm, order(self.norm_type))
        return super(ClipNormPerTensor, given).to_config()


class AdaptiveClip(GradientTransform):
    r"""Adaptive gradient clipping (AGC): the gradient of each unit within a share of its weights.

    With :math:`W_u` the weights that fan into unit :math:`u` and :math:`G_u` their gradient,

    .. math:: M = \lambda \max(\|W_u\|, \epsilon), \qquad
        G_u \leftarrow G_u \frac{M}{\max(\|G_u\|, 10^{-6})} \;\text{ where }\; \|G_u\| > M

    Parameters
    ----------
    clipping : float, default=0.01
        :math:`\lambda`, > 0.

    eps : float, default=1e-3
        :math:`\epsilon`, > 0: lets weights at zero leave it.

    Notes
    -----
    In an estimator, whose weights are of shape (in, out), a unit is a column. On arrays it is a
    slice along the first axis, as PyTorch lays weights out: (out, in, ...). A vector is one unit.

    References
    ----------
    .. [1] A. Brock, S. De, S. L. Smith, K. Simonyan, "High-Performance Large-Scale Image
       Recognition Without Normalization", ICML 2021, https://arxiv.org/abs/2102.06171

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import AdaptiveClip
    >>> weights = np.array([[3.0, 4.0], [0.0, 1.0]])
    >>> AdaptiveClip(0.1)(np.array([[0.0, 2.0], [0.05, 0.0]]), weights)
    array([[0.  , 0.5 ],
           [0.05, 0.  ]])
    """

    def __init__(self, clipping: float = 0.01, eps: float = 1e-3) -> None:
        self.clipping = clipping
        self.eps = eps


class ClipPerExample(GradientTransform):
    r"""The gradient of each example within a bound, with noise: differentially private SGD.

    With :math:`g_i` the gradient of example :math:`i` over all parameters, of :math:`n`,

    .. math:: g \leftarrow \frac{1}{n} \Big( \sum_i g_i \min\Big(1, \frac{C}{\|g_i\|}\Big)
        + \mathcal{N}(0, \sigma^2 C^2) \Big)

    For estimators only, and the first of their transforms. No example's gradient is ever formed:
    that of a layer with input :math:`x_i` has the squared norm
    :math:`\|\delta_i\|^2 (\|x_i\|^2 + 1)`.

    Parameters
    ----------
    max_norm : float, default=1.0
        :math:`C`, > 0.

    noise_multiplier : float, default=0.0
        :math:`\sigma`, >= 0.

    seed : int, default=0
        Which noise it is. Privacy needs one that nobody else knows.

    Notes
    -----
    The penalty ``alpha`` comes afterwards, since it tells nothing about the examples. Sample
    weights multiply an example's gradient before it is clipped. Accounting for the privacy spent
    is the caller's.

    References
    ----------
    .. [1] M. Abadi et al., "Deep Learning with Differential Privacy", CCS 2016,
       https://arxiv.org/abs/1607.00133
    .. [2] I. Goodfellow, "Efficient Per-Example Gradient Computations", 2015,
       https://arxiv.org/abs/1510.01799

    Examples
    --------
    >>> from thalweg import MLPRegressor
    >>> from thalweg.gradients import ClipPerExample
    >>> private = MLPRegressor(gradient_transforms=[ClipPerExample(0.5, noise_multiplier=1.1)])
    """

    def __init__(self, max_norm: float = 1.0, noise_multiplier: float = 0.0, seed: int = 0) -> None:
        self.max_norm = max_norm
        self.noise_multiplier = noise_multiplier
        self.seed = seed
