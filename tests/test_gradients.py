"""Gradient transforms as functions of arrays, against formulas and PyTorch's values."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import thalweg
from thalweg import _core, gradients
from thalweg.gradients import (
    L1,
    L2,
    Accumulate,
    AdaptiveClip,
    Centralize,
    ClipNorm,
    ClipNormPerTensor,
    ClipPerExample,
    ClipValue,
    ElasticNet,
    GaussianNoise,
    Normalize,
    SkipNonFinite,
    all_gradient_transforms,
)

CASES = json.loads((Path(__file__).parent / "data" / "parity" / "torch.json").read_text())
GRADS = [np.array([[3.0, -4.0], [0.5, 12.0]]), np.array([0.25, -1.0, 2.0])]
PARAMS = [np.array([[0.1, 0.0], [-3.0, 4.0]]), np.array([1.0, 0.0, -2.0])]
alone = [cls for cls in all_gradient_transforms() if cls not in (Accumulate, ClipPerExample)]
every_function = pytest.mark.parametrize("cls", alone, ids=lambda cls: cls.__name__)


def test_the_registries_agree():
    registry = {cls.__name__: cls().to_config() for cls in all_gradient_transforms()}
    assert registry == _core.gradient_registry()
    assert {cls.__name__ for cls in all_gradient_transforms()} < set(gradients.__all__)
    assert list(registry) == list(_core.gradient_registry())


def test_the_page_names_them_all():
    page = (Path(__file__).parents[1] / "docs" / "gradients.md").read_text()
    assert all(f"`{cls.__name__}`" in page for cls in all_gradient_transforms())


@pytest.mark.parametrize("cls", all_gradient_transforms(), ids=lambda cls: cls.__name__)
def test_protocol(cls):
    transform = cls()
    assert cls(**transform.get_params()) == transform == pickle.loads(pickle.dumps(transform))
    assert eval(repr(transform), vars(gradients)) == transform
    _core.validate_gradient_transform(transform.to_config())
    with pytest.raises(ValueError, match="Invalid parameter 'x' for gradient transform"):
        transform.set_params(x=1)


@pytest.mark.parametrize("case", CASES["clipping"], ids=lambda case: str(case.get("norm_type")))
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-14), (np.float32, 1e-6)])
def test_torch(case, dtype, rtol):
    if case["fn"] == "clip_grad_value_":
        transform = ClipValue(case["clip_value"])
    else:
        transform = ClipNorm(case["max_norm"], case["norm_type"])
    clipped = transform([np.array(grad, dtype) for grad in case["grads"]])
    for result, expected in zip(clipped, case["result"], strict=True):
        assert result.dtype == dtype
        np.testing.assert_allclose(result, np.array(expected), rtol=rtol, atol=0)


def scaled(grad, bound):
    return grad * min(1.0, bound / (np.linalg.norm(grad) + 1e-6))


def agc(grads, params):
    (g, v), (w, b) = grads, params
    rows = 0.5 * np.maximum(np.linalg.norm(w, axis=1), 1e-3)
    norms = np.linalg.norm(g, axis=1)
    factors = np.where(norms > rows, rows / np.maximum(norms, 1e-6), 1.0)
    bound, norm = 0.5 * np.linalg.norm(b), np.linalg.norm(v)
    return [g * factors[:, None], v * min(1.0, bound / norm)]


@pytest.mark.parametrize(
    ("transform", "formula"),
    [
        (ClipNormPerTensor(2.0), lambda g, p: [scaled(x, 2.0) for x in g]),
        (AdaptiveClip(0.5), agc),
        (Centralize(), lambda g, p: [g[0] - g[0].mean(axis=1, keepdims=True), g[1]]),
        (L1(0.3), lambda g, p: [x + 0.3 * np.sign(y) for x, y in zip(g, p, strict=True)]),
        (L2(0.3), lambda g, p: [x + 0.3 * y for x, y in zip(g, p, strict=True)]),
        (
            ElasticNet(0.3, 0.25),
            lambda g, p: [x + 0.075 * np.sign(y) + 0.225 * y for x, y in zip(g, p, strict=True)],
        ),
        (
            Normalize(1e-300),
            lambda g, p: [x / np.sqrt(sum((y**2).sum() for y in g)) for x in g],
        ),
        (Normalize(1e-300, per_tensor=True), lambda g, p: [x / np.linalg.norm(x) for x in g]),
        (SkipNonFinite(), lambda g, p: g),
    ],
    ids=repr,
)
def test_formulas(transform, formula):
    before = [grad.copy() for grad in GRADS]
    for result, expected in zip(transform(GRADS, PARAMS), formula(GRADS, PARAMS), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-14, atol=1e-15)
    assert all(np.array_equal(a, b) for a, b in zip(GRADS, before, strict=True))


def test_units_of_more_axes_are_slices_of_the_first():
    grad = np.arange(24.0).reshape(2, 3, 4)
    expected = grad - grad.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(Centralize()(grad), expected, rtol=1e-15)


@every_function
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [0, 1, 7, 9, 1025, 40_000])
def test_threads_do_not_show(cls, dtype, length):
    rng = np.random.default_rng(length)
    grads, params = (
        [rng.standard_normal((length, 2)).astype(dtype), rng.standard_normal(3).astype(dtype)]
        for _ in range(2)
    )
    before, results = thalweg.get_num_threads(), []
    try:
        for n in (1, 2, 3):
            thalweg.set_num_threads(n)
            results.append(cls()(grads, params))
    finally:
        thalweg.set_num_threads(before)
    for result in results[1:]:
        assert all(a.tobytes() == b.tobytes() for a, b in zip(result, results[0], strict=True))


@every_function
def test_structures(cls):
    params = {"w": PARAMS[0], "b": PARAMS[1]}
    result = cls()({"w": GRADS[0], "b": GRADS[1]}, params)
    for array, expected in zip(result.values(), cls()(GRADS, PARAMS), strict=True):
        np.testing.assert_array_equal(array, expected)
    single = cls()(GRADS[0], PARAMS[0])
    assert single.shape == (2, 2)
    assert np.array_equal(cls()(GRADS[0].T, PARAMS[0].T), cls()(GRADS[0].T.copy(), PARAMS[0].T))


def test_noise():
    zeros = np.zeros(100_000)
    noise = GaussianNoise(eta=4.0, gamma=0.5)
    first, later = noise(zeros), noise(zeros, t=16)
    assert abs(first.mean()) < 0.03
    assert abs(first.std() - 2.0) < 0.02
    assert abs(later.std() - 1.0) < 0.01
    np.testing.assert_array_equal(first, noise(zeros))
    assert not np.array_equal(first, noise.copy().set_params(seed=1)(zeros))
    # Elements have numbers of their own, whatever else there is.
    np.testing.assert_array_equal(noise(zeros[:10]), first[:10])
    both = noise([zeros, zeros])
    assert abs(np.corrcoef(both)[0, 1]) < 0.02


def test_gradients_that_are_not_finite():
    bad = np.array([1.0, np.nan, np.inf])
    assert SkipNonFinite()(bad) is None
    np.testing.assert_array_equal(ClipValue(0.5)(bad), [0.5, np.nan, 0.5])
    assert np.isnan(ClipNorm(1.0)(bad)).all()
    assert np.isnan(ClipNorm(1.0, "inf")(bad)).all()
    np.testing.assert_array_equal(ClipNorm(1.0)(np.array([1.0, np.inf])), [0.0, np.nan])
    message = r"`grads` must be of finite norm \(error_if_nonfinite=True\), got NaN"
    with pytest.raises(ValueError, match=message):
        ClipNorm(1.0, error_if_nonfinite=True)(bad)


@pytest.mark.parametrize(
    "transform",
    [ClipNorm(), ClipNormPerTensor(), AdaptiveClip(), Normalize(), Centralize()],
    ids=repr,
)
def test_a_gradient_of_zero_stays(transform):
    np.testing.assert_array_equal(transform(np.zeros((2, 3)), np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("transform", "error", "message"),
    [
        (ClipValue(0.0), ValueError, r"`clip_value` must be > 0 and finite, got 0\.0"),
        (ClipValue("x"), TypeError, "`clip_value` must be a number, got 'x'"),
        (ClipNorm(-1.0), ValueError, r"`max_norm` must be > 0 and finite, got -1\.0"),
        (ClipNorm(np.nan), ValueError, "`max_norm` must be > 0 and finite, got NaN"),
        (ClipNorm(1.0, 0.0), ValueError, r"`norm_type` must be > 0, got 0\.0"),
        (ClipNorm(1.0, "two"), TypeError, "`norm_type` must be a number, got 'two'"),
        (ClipNormPerTensor(1.0, -1), ValueError, r"`norm_type` must be > 0, got -1\.0"),
        (AdaptiveClip(0.0), ValueError, "`clipping` must be > 0 and finite"),
        (AdaptiveClip(eps=0.0), ValueError, "`eps` must be > 0 and finite"),
        (GaussianNoise(-1.0), ValueError, "`eta` must be >= 0 and finite"),
        (GaussianNoise(gamma=-1.0), ValueError, "`gamma` must be >= 0 and finite"),
        (GaussianNoise(seed=-1), ValueError, "`seed` must be >= 0, got -1"),
        (L1(-1.0), ValueError, "`l1` must be >= 0 and finite"),
        (L2(-1.0), ValueError, "`l2` must be >= 0 and finite"),
        (ElasticNet(-1.0), ValueError, "`alpha` must be >= 0 and finite"),
        (ElasticNet(l1_ratio=1.5), ValueError, r"`l1_ratio` must be in \[0, 1\], got 1\.5"),
        (Normalize(0.0), ValueError, "`eps` must be > 0 and finite"),
        (Accumulate(), TypeError, "Accumulate needs a run or an estimator"),
        (ClipPerExample(), ValueError, "a transform of whole gradients; estimators clip the"),
    ],
    ids=repr,
)
def test_bad_parameters(transform, error, message):
    with pytest.raises(error, match=message):
        transform(GRADS, PARAMS)


def test_bad_arrays():
    with pytest.raises(ValueError, match="`params` must be given to transforms that read them"):
        L2()(GRADS)
    with pytest.raises(TypeError, match=r"`grads\[1\]` must be of float64, as the first is, got"):
        ClipNorm()([GRADS[0], GRADS[1].astype(np.float32)])
    with pytest.raises(ValueError, match=r"`params\[0\]` must be of shape \(2, 2\), got \(3,\)"):
        L2()(GRADS, [PARAMS[1], PARAMS[0]])
    with pytest.raises(ValueError, match="`t` must be at least 1, got 0"):
        GaussianNoise()(GRADS, t=0)
