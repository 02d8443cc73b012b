"""Shampoo: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"momentum": 0.9, "weight_decay": 0.1, "matrix_eps": 0.1},
    {"preconditioning_compute_steps": 3, "matrix_eps": 1e-2},
    {"max_preconditioner_dim": 4, "weight_decay": 0.1, "decoupled_weight_decay": True},
    {"maximize": True, "weight_decay": 0.1, "matrix_eps": 1e-3},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
PARITY = {
    "shampoo": {"lr": 0.05, "matrix_eps": 1e-2},
    "shampoo_paper_formula": {"lr": 0.05, "matrix_eps": 1e-2},
}


def plain(
    theta, *, lr, momentum, weight_decay, preconditioning_compute_steps, matrix_eps,
    max_preconditioner_dim, decoupled_weight_decay, maximize, decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    velocity = [np.zeros_like(p) for p in theta]
    moments = [[np.zeros((extent, extent)) for extent in p.shape] for p in theta]
    roots = [[None] * p.ndim for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            for k, extent in enumerate(p.shape):
                along = np.moveaxis(g, k, 0).reshape(extent, -1)
                moments[i][k] += along @ along.T
                if t == 1 or t % preconditioning_compute_steps == 0:
                    whole = moments[i][k] + matrix_eps * np.eye(extent)
                    if extent > max_preconditioner_dim:
                        whole = np.diag(np.diag(whole))
                    values, vectors = np.linalg.eigh(whole)
                    roots[i][k] = (vectors * values ** (-0.5 / p.ndim)) @ vectors.T
            for k in range(p.ndim):
                g = np.moveaxis(np.tensordot(roots[i][k], g, axes=(1, k)), 0, k)
            velocity[i] = momentum * velocity[i] + g
            p -= lr * velocity[i]

    return step
