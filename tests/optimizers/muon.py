"""Muon: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"nesterov": False, "momentum": 0.5, "adjust_lr_fn": "match_rms_adamw"},
    {"ns_coefficients": (1.5, -0.5, 0.0), "ns_steps": 3, "adjust_lr_fn": "original"},
    {"maximize": True, "weight_decay": 0.0, "eps": 1.0},
    {"weight_decay": 0.01, "decay_with_lr": False},
]
PARITY = {
    "muon_keras": {"lr": 0.02, "weight_decay": 0.1, "adjust_lr_fn": "match_rms_adamw"},
}
# Keras takes a root in single precision.
TOLERANCE = {"muon_keras": 1e-9}


def plain(
    theta, *, lr, weight_decay, momentum, nesterov, ns_coefficients, eps, ns_steps,
    adjust_lr_fn, maximize, decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    mean = [np.zeros_like(p) for p in theta]
    a, b, c = ns_coefficients

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            mean[i] = momentum * mean[i] + (1 - momentum) * g
            x = (1 - momentum) * g + momentum * mean[i] if nesterov else mean[i]
            x = x / max(np.linalg.norm(x), eps)
            for _ in range(ns_steps):
                s = x @ x.T
                x = a * x + (b * s + c * s @ s) @ x
            n_out, n_in = p.shape
            matches = adjust_lr_fn == "match_rms_adamw"
            k = 0.2 * np.sqrt(max(p.shape)) if matches else np.sqrt(max(1, n_out / n_in))
            p *= 1 - decay
            p -= lr * k * x

    return step
