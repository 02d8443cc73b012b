"""Warm-up, stable, decay."""

from __future__ import annotations

from typing import Literal

from thalweg.schedules._base import Per, Schedule

__all__ = ["WarmupStableDecay"]


class WarmupStableDecay(Schedule):
    r"""Up along a line, a long time at the optimizer's rate, and down in a short one.

    With :math:`W`, :math:`S` and :math:`D` the steps of the three phases, :math:`r` =
    ``min_lr_ratio`` and :math:`x = \min(t - W - S, D) / D`,

    .. math::

        \eta_t = \eta_0 \cdot \begin{cases}
            (t + 1) / W & t < W \\
            1 & t < W + S \\
            (1 - r) \, c(x) + r & \text{afterwards}
        \end{cases}

    Parameters
    ----------
    warmup_steps : int
        :math:`W`. The first step has the rate :math:`\eta_0 / W` and not 0, which would move
        nothing.

    stable_steps : int
        :math:`S`.

    decay_steps : int
        :math:`D`, at least 1.

    decay_type : {'1-sqrt', 'cosine', 'linear', '1-square'}, default='1-sqrt'
        :math:`c(x)`: :math:`1 - \sqrt x`, :math:`(1 + \cos \pi x) / 2`, :math:`1 - x` or
        :math:`1 - x^2`.

    min_lr_ratio : float, default=0.0
        :math:`r`, in [0, 1].

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    Notes
    -----
    Libraries differ in the warm-up: transformers and pytorch_optimizer begin at 0, with
    :math:`t / W`. pytorch_optimizer heeds the ratio during a decay of type ``'cosine'`` only.

    References
    ----------
    .. [1] S. Hu et al., "MiniCPM: Unveiling the Potential of Small Language Models with Scalable
       Training Strategies", 2024, https://arxiv.org/abs/2404.06395
    .. [2] A. Hägele et al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training
       Durations", 2024, https://arxiv.org/abs/2405.18392

    Examples
    --------
    >>> from thalweg.schedules import WarmupStableDecay
    >>> WarmupStableDecay(2, 1, 2, decay_type="linear")([0, 1, 2, 3, 4, 5], lr=0.8)
    array([0.4, 0.8, 0.8, 0.8, 0.4, 0. ])
    """

    def __init__(
        self,
        warmup_steps: int,
        stable_steps: int,
        decay_steps: int,
        decay_type: Literal["1-sqrt", "cosine", "linear", "1-square"] = "1-sqrt",
        min_lr_ratio: float = 0.0,
        *,
        per: Per = "step",
    ) -> None:
        self.warmup_steps = warmup_steps
        self.stable_steps = stable_steps
        self.decay_steps = decay_steps
        self.decay_type = decay_type
        self.min_lr_ratio = min_lr_ratio
        self.per = per
