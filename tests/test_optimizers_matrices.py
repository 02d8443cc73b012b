"""Optimizers that multiply matrices: what they take, orientation, and eigenbases."""

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose
from optimizer_cases import uniform

from thalweg import MLPRegressor
from thalweg.optimizers import SOAP, Adam, AdamW, Muon, Shampoo


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_muon_refuses_what_is_no_matrix(shape):
    rule = r"`params\['b'\]` must be a matrix for Muon, others go to a run of another optimizer"
    with pytest.raises(ValueError, match=rule):
        Muon().init({"w": np.ones((2, 2)), "b": np.ones(shape)})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ns_steps": 100}, "`ns_steps` must be < 100, got 100"),
        (
            {"adjust_lr_fn": "none"},
            "`adjust_lr_fn` must be 'original' or 'match_rms_adamw' or None",
        ),
        ({"ns_coefficients": (1.0, np.nan, 0.0)}, "`ns_coefficients` must be finite"),
        ({"ns_coefficients": (3.0, 1.0, 1.0)}, "`ns_coefficients` must be such that singular"),
        ({"momentum": 1.0}, "`momentum`"),
    ],
)
def test_muon_s_rules(values, message):
    with pytest.raises(ValueError, match=message):
        Muon(**values).init(np.ones((2, 2)))


@pytest.mark.parametrize("adjust_lr_fn", ["original", "match_rms_adamw"])
def test_muon_in_an_estimator_moves_intercepts_as_adamw(adjust_lr_fn):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 4))
    Y = X @ rng.normal(size=(4, 1))
    muon = Muon(lr=0.01, adjust_lr_fn=adjust_lr_fn)
    settings = {"activation": "tanh", "alpha": 0.0, "batch_size": 12, "random_state": 0}
    model = MLPRegressor(
        hidden_layer_sizes=3, solver=muon, max_iter=5, n_iter_no_change=np.inf, **settings
    ).fit(X, Y.ravel())
    start = np.random.RandomState(0)
    weights, biases = [], []
    for fan_in, fan_out in ((4, 3), (3, 1)):
        bound = np.sqrt(6 / (fan_in + fan_out))
        weights.append(start.uniform(-bound, bound, (fan_in, fan_out)))
        biases.append(start.uniform(-bound, bound, fan_out))
    # Arrays are (out, in), an estimator's weights (in, out).
    by_muon = muon.init([w.T for w in weights])
    by_adamw = AdamW(lr=0.01, weight_decay=muon.weight_decay).init(biases)
    for _ in range(5):
        theta = [w.T for w in by_muon.params] + list(by_adamw.params)
        packed = np.concatenate([part.ravel() for part in theta])
        _, gradient = reference.loss_and_gradient(
            packed, X, Y, None, (4, 3, 1), "tanh", "identity", 0.0
        )
        cuts = np.cumsum([part.size for part in theta])[:-1]
        grads = [g.reshape(p.shape) for g, p in zip(np.split(gradient, cuts), theta, strict=True)]
        by_muon.step([g.T for g in grads[:2]])
        by_adamw.step(grads[2:])
    for actual, expected in zip(model.coefs_, by_muon.params, strict=True):
        assert_allclose(actual.T, expected, rtol=1e-10)
    for actual, expected in zip(model.intercepts_, by_adamw.params, strict=True):
        assert_allclose(actual, expected, rtol=1e-10)


@pytest.mark.parametrize("shape", [(5, 2), (2, 5), (4, 4)])
def test_muon_makes_directions_orthogonal(shape):
    start = np.zeros(shape)
    run = Muon(lr=1.0, weight_decay=0.0, ns_coefficients=(1.5, -0.5, 0.0), ns_steps=40).init(start)
    run.step(uniform(0, [shape])[0])
    singular = np.linalg.svd(run.params, compute_uv=False)
    assert_allclose(singular, np.sqrt(max(1, shape[0] / shape[1])), rtol=1e-10)


def test_long_axes_of_shampoo_have_a_diagonal():
    gradient = uniform(0, [(6, 2)])[0]
    run = Shampoo(lr=1.0, max_preconditioner_dim=2, matrix_eps=0.01).init(np.zeros((6, 2)))
    run.step(gradient)
    values, vectors = np.linalg.eigh(gradient.T @ gradient + 0.01 * np.eye(2))
    right = (vectors * values**-0.25) @ vectors.T
    left = ((gradient**2).sum(1) + 0.01) ** -0.25
    assert_allclose(run.params, -left[:, None] * gradient @ right, rtol=1e-12)
    assert run.state_dict()["buffers"]["second_moments"].size == 6 + 4


def test_soap_turns_with_its_axes():
    # A square matrix, so that both second moments have full rank and one basis each.
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2))
    start = rng.normal(size=(3, 3))
    settings = {"lr": 0.1, "precondition_frequency": 2}
    run, turned = SOAP(**settings).init(start), SOAP(**settings).init(left @ start @ right)
    for _ in range(8):
        gradient = rng.normal(size=(3, 3))
        run.step(gradient)
        turned.step(left @ gradient @ right)
    assert_allclose(turned.params, left @ run.params @ right, rtol=1e-9)


def test_soap_without_bases_is_adam_one_step_late():
    start, grads = uniform(0, [(5,)])[0], [uniform(seed, [(5,)])[0] for seed in range(1, 6)]
    run = SOAP(lr=0.1, weight_decay=0.0, eps=1e-3).init(start)
    adam = Adam(lr=0.1, betas=(0.95, 0.95), eps=1e-3, epsilon_hat=True).init(start)
    run.step(np.ones(5))
    assert (run.params == start).all()
    for gradient in grads:
        run.step(gradient)
        adam.step(gradient)
    assert_allclose(run.params, adam.params, rtol=1e-12)
