"""Sophia-G in estimators: second gradients by targets that the model draws, in plain NumPy."""

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.special import ndtri

import thalweg
from thalweg import MLPClassifier, MLPRegressor
from thalweg.gradients import Accumulate, ClipNorm
from thalweg.optimizers import EMA, SGD, Lookahead, SophiaG

SETTINGS = {"lr": 0.02, "betas": (0.9, 0.8), "rho": 0.05, "weight_decay": 0.1, "bs": 10, "k": 3}


# ---- The reference -------------------------------------------------------------------------------


def philox(key, x):
    """Philox4x32-10 of Salmon et al. 2011."""
    for _ in range(10):
        products = [0xD2511F53 * x[0], 0xCD9E8D57 * x[2]]
        x = [
            products[1] >> 32 ^ x[1] ^ key[0],
            products[1] & 0xFFFFFFFF,
            products[0] >> 32 ^ x[3] ^ key[1],
            products[0] & 0xFFFFFFFF,
        ]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x


def uniform(seed, step, index):
    words = philox([seed & 0xFFFFFFFF, seed >> 32], [index // 2, 0, 0xFFFFFFFF, step])
    high, low = words[index % 2 * 2 :][:2]
    return ((high << 32 | low) >> 11) * 2.0**-53 + 2.0**-54


def drawn(seed, step, output, kind):
    if kind == "softmax":
        numbers = [uniform(seed, step, row) for row in range(len(output))]
        classes = [np.searchsorted(np.cumsum(p), u) for p, u in zip(output, numbers, strict=True)]
        return np.eye(output.shape[1])[classes]
    numbers = np.reshape([uniform(seed, step, i) for i in range(output.size)], output.shape)
    if kind == "logistic":
        return (numbers < output).astype(float)
    return output + ndtri(numbers) * (np.sqrt(output) if kind == "exp" else 1)


def sophia(packed, batches, epochs, units, kind, alpha, *, lr, betas, rho, weight_decay, bs, k):
    theta, t = packed.copy(), 0
    m, h = np.zeros_like(theta), np.zeros_like(theta)
    for _ in range(epochs):
        for X, Y in batches:
            g = reference.loss_and_gradient(theta, X, Y, None, units, "tanh", kind, alpha)[1]
            t += 1
            if t % k == 1:
                output = reference.forward(X, *reference.unpack(theta, units), "tanh", kind)[0][-1]
                labels = drawn(7, t, output, kind)
                c = reference.loss_and_gradient(theta, X, labels, None, units, "tanh", kind, 0.0)
                h = betas[1] * h + (1 - betas[1]) * c[1] ** 2
            m = betas[0] * m + (1 - betas[0]) * g
            theta *= 1 - lr * weight_decay
            theta -= lr * np.clip(m / (rho * bs * h + 1e-15), -1, 1)
    return theta


KINDS = {
    "softmax": (MLPClassifier, {}, lambda z: np.argmax(z, axis=1)),
    "logistic": (MLPClassifier, {}, lambda z: (z[:, 0] > 0).astype(int)),
    "several labels": (MLPClassifier, {}, lambda z: (z > 0).astype(int)),
    "identity": (MLPRegressor, {}, lambda z: z[:, :2]),
    "exp": (MLPRegressor, {"loss": "poisson"}, lambda z: np.round(np.exp(z[:, 0]))),
}


def problem(kind, n=34, **settings):
    make, params, target = KINDS[kind]
    X = np.random.default_rng(0).normal(size=(n, 3))
    params = {"hidden_layer_sizes": 4, "activation": "tanh", "batch_size": 10, **params}
    solver = SophiaG(**{**SETTINGS, "seed": 7, **settings})
    model = make(**params, solver=solver, shuffle=False, random_state=0, n_iter_no_change=np.inf)
    return model.set_params(max_iter=5), X, target(X)


def weights(model):
    return np.concatenate([part.ravel() for part in model.coefs_ + model.intercepts_])


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_are_those_of_the_paper(kind):
    model, X, y = problem(kind)
    start = weights(problem(kind, lr=1e-300)[0].fit(X, y))
    Y = np.eye(3)[y] if kind == "softmax" else y.reshape(len(X), -1)
    batches = [(X[i : i + 10], Y[i : i + 10]) for i in range(0, len(X), 10)]
    output = "logistic" if kind == "several labels" else kind
    units = [3, 4, Y.shape[1]]
    expected = sophia(start, batches, 5, units, output, model.alpha, **SETTINGS)
    assert_allclose(weights(model.fit(X, y)), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_in_the_middle(kind):
    model, X, y = problem(kind)
    whole = weights(model.fit(X, y))
    parts = problem(kind)[0].set_params(warm_start=True, keep_optimizer_state=True)
    for epochs in (2, 3):
        parts.set_params(max_iter=epochs).fit(X, y)
    assert_array_equal(weights(parts), whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_number_of_threads_draws_the_same(kind, dtype):
    # More rows than a block has.
    model, X, y = problem(kind, n=5000)
    model.set_params(batch_size=2500, hidden_layer_sizes=40, max_iter=2)
    before, found = thalweg.get_num_threads(), []
    try:
        for threads in (1, 2, 5):
            thalweg.set_num_threads(threads)
            found.append(weights(model.fit(X.astype(dtype), y)))
    finally:
        thalweg.set_num_threads(before)
    assert_array_equal(found[1], found[0])
    assert_array_equal(found[2], found[0])


def test_seed_and_interval_matter():
    model, X, y = problem("softmax")
    first = weights(model.fit(X, y))
    assert_array_equal(weights(model.fit(X, y)), first)
    for change in ({"solver__seed": 8}, {"solver__k": 2}):
        other = problem("softmax")[0].set_params(**change).fit(X, y)
        assert (weights(other) != first).any()


def test_sparse_input_and_sample_weights():
    model, X, y = problem("softmax")
    expected = weights(model.fit(X, y))
    assert_allclose(weights(model.fit(csr_array(X), y)), expected, rtol=1e-9)
    assert_allclose(weights(model.fit(X, y, np.ones(len(X)))), expected, rtol=1e-9)


def test_transforms_leave_the_second_gradient_alone():
    model, X, y = problem("softmax")
    plain = weights(model.fit(X, y))
    model.set_params(gradient_transforms=[ClipNorm(1e6)])
    assert_array_equal(weights(model.fit(X, y)), plain)
    model.set_params(gradient_transforms=[Accumulate(2)]).fit(X, y)
    assert model._optimizer.step == 10


def test_within_a_wrapper_it_is_fed_alike():
    model, X, y = problem("softmax")
    bare = weights(model.fit(X, y))
    ema = problem("softmax")[0]
    ema.set_params(solver=EMA(ema.solver, decay=0.0)).fit(X, y)
    assert_array_equal(weights(ema), bare)
    # A restarted optimizer counts its steps anew.
    restarted = problem("softmax")[0]
    restarted.set_params(solver=Lookahead(restarted.solver, k=4, reset_state=True)).fit(X, y)
    assert np.isfinite(weights(restarted)).all()


def test_a_run_says_when_it_wants_a_second_gradient():
    run = Lookahead(SophiaG(k=3), k=5, reset_state=True).init(np.ones(2))
    wanted = []
    for _ in range(10):
        wanted.append(run.wants_curvature)
        run.step(np.ones(2), curvature=np.ones(2) if wanted[-1] else None)
    assert np.flatnonzero(wanted).tolist() == [0, 3, 5, 8]
    assert not SGD().init(np.ones(2)).wants_curvature
    with pytest.raises(ValueError, match="`k` must be >= 1, got 0"):
        SophiaG(k=0).init(np.ones(2))
    with pytest.raises(ValueError, match=r'`groups\[0\]\["k"\]` must be 10, as it is for all'):
        SophiaG().init([np.ones(2)] * 2, groups=[{"params": 0, "k": 5}])
