"""Changes to the gradient as a whole: centralisation, noise, length."""

from __future__ import annotations

from thalweg.gradients._base import GradientTransform

__all__ = ["Centralize", "GaussianNoise", "Normalize"]


class Centralize(GradientTransform):
    r"""Gradient centralisation: mean zero over the inputs of each unit.

    .. math:: G_u \leftarrow G_u - \operatorname{mean}(G_u)

    Vectors and numbers stay as they are.

    Notes
    -----
    In an estimator, whose weights are of shape (in, out), a unit is a column. On arrays it is a
    slice along the first axis, as PyTorch lays weights out: (out, in, ...), which is what
    ``optax.centralize`` takes the mean over.

    References
    ----------
    .. [1] H. Yong, J. Huang, X. Hua, L. Zhang, "Gradient Centralization: A New Optimization
       Technique for Deep Neural Networks", ECCV 2020, https://arxiv.org/abs/2004.01461

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import Centralize
    >>> Centralize()(np.array([[1.0, 3.0], [2.0, 2.0]]))
    array([[-1.,  1.],
           [ 0.,  0.]])
    """


class GaussianNoise(GradientTransform):
    r"""Normal noise whose variance falls with the number of the gradient.

    .. math:: g \leftarrow g + \mathcal{N}\left(0, \frac{\eta}{t^\gamma}\right)

    Parameters
    ----------
    eta : float, default=0.01
        :math:`\eta`, >= 0.

    gamma : float, default=0.55
        :math:`\gamma`, >= 0.

    seed : int, default=0
        Which noise it is. Each element's depends on the seed, the number of the gradient and the
        element's place alone, and so on no thread.

    Notes
    -----
    ``optax.add_noise``, with other random numbers. The power is the platform's; the normal
    numbers are the same everywhere.

    References
    ----------
    .. [1] A. Neelakantan et al., "Adding Gradient Noise Improves Learning for Very Deep
       Networks", 2015, https://arxiv.org/abs/1511.06807
    .. [2] J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import GaussianNoise
    >>> noise = GaussianNoise(eta=1.0, gamma=0.0)(np.zeros(10_000))
    >>> bool(abs(noise.mean()) < 0.05 and abs(noise.std() - 1) < 0.05)
    True
    """

    def __init__(self, eta: float = 0.01, gamma: float = 0.55, seed: int = 0) -> None:
        self.eta = eta
        self.gamma = gamma
        self.seed = seed


class Normalize(GradientTransform):
    r"""The direction of the gradient, with length one.

    .. math:: g \leftarrow \frac{g}{\|g\|_2 + \epsilon}

    Parameters
    ----------
    eps : float, default=1e-12
        :math:`\epsilon`, > 0: a gradient of zero stays zero.

    per_tensor : bool, default=False
        Take the norm of each tensor, and not of all together.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import Normalize
    >>> Normalize()(np.array([3.0, -4.0]))
    array([ 0.6, -0.8])
    """

    def __init__(self, eps: float = 1e-12, per_tensor: bool = False) -> None:
        self.eps = eps
        self.per_tensor = per_tensor
