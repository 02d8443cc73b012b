"""SOAP: settings and the plain rule."""

import numpy as np

# Axes of at most 4 where the plain rule is compared: longer ones have more places than gradients.
# Where epsilon is small, an estimator's first gradients, which hardly differ, make noise large.
SETTINGS = [
    {},
    {"max_precond_dim": 4, "precondition_frequency": 2, "lr": 0.1, "eps": 0.01},
    {
        "max_precond_dim": 4, "precondition_frequency": 1, "betas": (0.9, 0.95),
        "shampoo_beta": 0.8, "eps": 0.1,
    },
    {"max_precond_dim": 6, "merge_dims": True, "precondition_frequency": 3, "eps": 0.01},
    {"max_precond_dim": 8, "precondition_1d": True, "precondition_frequency": 2, "eps": 0.01},
    {"max_precond_dim": 4, "normalize_grads": True, "correct_bias": False, "lr": 0.01},
    {"max_precond_dim": 4, "maximize": True, "weight_decay": 0.5, "eps": 1e-3, "lr": 0.1},
    {"max_precond_dim": 4, "weight_decay": 0.01, "decay_with_lr": False, "eps": 1e-3},
]  # fmt: skip
PARITY = {
    "soap": {
        "lr": 0.02, "betas": (0.9, 0.95), "weight_decay": 0.1, "precondition_frequency": 2
    },
}  # fmt: skip
# The reference finds eigenvectors in single precision. An estimator's second step meets the first
# one's gradient again, which is zero but for rounding off the diagonal of its own eigenbases.
TOLERANCE = {"soap": 1e-7, "estimator": 1e-6}


def plain(
    theta, *, lr, betas, shampoo_beta, eps, weight_decay, precondition_frequency,
    max_precond_dim, merge_dims, precondition_1d, normalize_grads, correct_bias, maximize,
    decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    if max_precond_dim > 4:
        # Eigenvectors are then not determined by the matrix.
        return None
    beta = betas[1] if shampoo_beta < 0 else shampoo_beta
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))
    axes = [[k for k, n in enumerate(p.shape) if n <= 4 and p.ndim > 1] for p in theta]
    L = [{k: np.zeros((p.shape[k],) * 2) for k in a} for p, a in zip(theta, axes, strict=True)]
    Q = [{} for _ in theta]

    def turn(x, i, into):
        for k in axes[i]:
            x = np.moveaxis(np.tensordot(Q[i][k], x, axes=(0 if into else 1, k)), 0, k)
        return x

    def renew(i):
        m[i] = turn(m[i], i, False)
        for k in axes[i]:
            order = np.argsort(-np.diag(Q[i][k].T @ L[i][k] @ Q[i][k]), kind="stable")
            Q[i][k] = np.linalg.qr(L[i][k] @ Q[i][k][:, order])[0]
            v[i] = np.take(v[i], order, axis=k)
        m[i] = turn(m[i], i, True)

    def move(p, g, i, t):
        projected = turn(g, i, True)
        m[i] = betas[0] * m[i] + (1 - betas[0]) * projected
        v[i] = betas[1] * v[i] + (1 - betas[1]) * projected**2
        u = turn(m[i] / (np.sqrt(v[i]) + eps), i, False)
        if normalize_grads:
            u = u / (1e-30 + np.sqrt(np.mean(u**2)))
        bias = np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t) if correct_bias else 1.0
        p -= lr * bias * u
        p -= decay * p

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if t > 1:
                move(p, g, i, t - 1)
            for k in axes[i]:
                along = np.moveaxis(g, k, 0).reshape(p.shape[k], -1)
                L[i][k] = beta * L[i][k] + (1 - beta) * along @ along.T
                if t == 1:
                    Q[i][k] = np.linalg.eigh(L[i][k])[1][:, ::-1]
            if t > 1 and (t - 1) % precondition_frequency == 0:
                renew(i)

    return step
