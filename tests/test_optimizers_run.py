"""Runs on NumPy arrays: structures, groups, rates, closures, and what is refused."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from optimizer_cases import same

from thalweg.optimizers import LARS, SAM, SGD, Adam, NAdam, Run


def test_one_array():
    start = np.array([[1.0, 2.0], [3.0, 4.0]])
    run = SGD(lr=0.5).init(start)
    assert isinstance(run, Run)
    assert run.step(np.ones((2, 2))) is None
    assert_array_equal(run.params, start - 0.5)
    assert_array_equal(start, [[1.0, 2.0], [3.0, 4.0]])
    assert repr(run) == "Run(SGD(lr=0.5), t=1)"


@pytest.mark.parametrize("container", [list, tuple])
def test_several_arrays(container):
    run = SGD(lr=0.5).init(container([np.ones(3), np.ones((2, 2))]))
    run.step([np.ones(3), np.zeros((2, 2))])
    run.step((np.ones(3), np.zeros((2, 2))))
    assert isinstance(run.params, list)
    assert_array_equal(run.params[0], np.zeros(3))
    assert_array_equal(run.params[1], np.ones((2, 2)))


def test_a_dict_of_arrays():
    run = SGD(lr=0.1).init({"w": np.float64(1.0), "b": np.array(1.0)})
    for _ in range(100):
        run.step({"b": 2 * run.params["b"], "w": 2 * run.params["w"]})
    assert list(run.params) == ["w", "b"]
    assert run.params["w"].shape == ()
    assert_allclose([run.params["w"], run.params["b"]], 0.8**100, rtol=1e-12)


def test_no_arrays():
    for empty in ([], {}):
        run = Adam().init(empty)
        run.step(empty)
        assert run.t == 1
        assert run.params == empty


def test_parameters_are_views_on_cache_lines():
    run = SGD().init([np.ones(3, np.float32), np.ones(5, np.float32)])
    assert [array.ctypes.data % 64 for array in run.params] == [0, 0]
    assert run.params[0].base is run.params[1].base
    run.params[0][...] = 7
    run.step([np.zeros(3, np.float32), np.zeros(5, np.float32)])
    assert_array_equal(run.params[0], [7, 7, 7])


def test_the_gradient_may_be_the_parameters():
    run = SGD(lr=0.5).init(np.ones(4))
    run.step(run.params)
    assert_array_equal(run.params, np.full(4, 0.5))


def test_a_loss_that_is_told_comes_back():
    run = SGD().init(np.ones(2))
    assert run.step(np.ones(2), loss=3) == 3
    assert run.step(closure=lambda x: (np.float32(0.5), x)) == 0.5


# ---- Rates and groups ----------------------------------------------------------------------------


def test_rates():
    run = SGD(lr=0.5).init(np.zeros(1))
    run.step(np.ones(1), lr=0.25)
    assert (run.params[0], run.lr) == (-0.25, 0.5)
    run.lr = 2
    run.step(np.ones(1))
    assert (run.params[0], run.lr) == (-2.25, 2.0)
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="`lr` must be >= 0 and finite"):
            run.step(np.ones(1), lr=wrong)
        with pytest.raises(ValueError, match="`lr` must be >= 0 and finite"):
            run.lr = wrong
        with pytest.raises(ValueError, match="`lr` must be >= 0 and finite"):
            run.step(closure=lambda x: (0.0, x), lr=wrong)
    assert (run.params[0], run.lr, run.t) == (-2.25, 2.0, 2)


def test_groups():
    start = {"w": np.zeros(2), "b": np.zeros(1), "c": np.zeros(1)}
    groups = [{"params": ["b"], "lr": 1.0}, {"params": "c", "weight_decay": 0.5}]
    run = SGD(lr=0.5).init(start, groups=groups)
    ones = {key: np.ones_like(array) for key, array in start.items()}
    run.step(ones)
    assert [float(array[0]) for array in run.params.values()] == [-0.5, -1.0, -0.5]
    # A group with its own rate moves in proportion.
    run.lr = 0.25
    run.step(ones)
    assert [float(array[0]) for array in run.params.values()] == [-0.75, -1.5, -0.6875]
    run.step(ones, lr=0.5)
    assert [float(array[0]) for array in run.params.values()] == [-1.25, -2.5, -1.015625]


def test_numbers_are_each_group_s():
    start = [np.ones(3), np.ones(3)]
    run = NAdam().init(start, groups=[{"params": 1, "betas": (0.5, 0.9)}])
    run.step(start)
    numbers = [group["mu_product"] for group in run.state_dict()["group_numbers"]]
    alone = NAdam(betas=(0.5, 0.9)).init(start[1])
    alone.step(start[1])
    assert numbers[1] == alone.state_dict()["group_numbers"][0]["mu_product"]
    assert numbers[0] != numbers[1]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([{"lr": 0.1}], "`groups[0]` lacks the key 'params'"),
        ([{"params": [0], "speed": 1}], "`groups[0]` has no key 'speed'"),
        ([{"params": [2]}], "`groups[0]['params']` must be among [0, 1], got 2"),
        ([{"params": [0, 0]}], '`groups[0]["params"]` must be'),
        ([{"params": [0]}, {"params": [0]}], '`groups[1]["params"]` must be'),
        ([{"params": [0], "lr": -1.0}], "`lr` must be > 0 and finite, got -1.0"),
        ([{"params": [0], "momentum": 0.9}], "`groups[0]` must be such that SGD keeps the same"),
    ],
    ids=str,
)
def test_wrong_groups_are_refused(groups, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        SGD().init([np.ones(1), np.ones(1)], groups=groups)


def test_hyper_parameters_change_in_the_middle():
    run = SGD(lr=0.5, momentum=0.9).init([np.zeros(1), np.zeros(1)], [{"params": 1, "lr": 1.0}])
    ones = [np.ones(1), np.ones(1)]
    run.step(ones)
    assert run.set_params(momentum=0.5) is run
    run.step(ones)
    assert_allclose([float(p[0]) for p in run.params], [-0.5 - 0.75, -1.0 - 1.5])
    run.set_params(lr=0.25)
    assert (run.lr, run.optimizer) == (0.25, SGD(lr=0.25, momentum=0.5))
    for wrong in ({"momentum": 0.0}, {"momentum": 1.5}, {"lr": -1}):
        with pytest.raises(ValueError, match="must be"):
            run.set_params(**wrong)
    assert run.optimizer == SGD(lr=0.25, momentum=0.5)


# ---- Closures ------------------------------------------------------------------------------------


def test_a_closure_sees_the_parameters_that_the_optimizer_tries():
    run = SAM(SGD(lr=0.5), rho=1.0).init({"x": np.array([3.0, 4.0])})
    seen = []

    def closure(params):
        seen.append(params["x"].copy())
        return float(params["x"] @ params["x"]), {"x": params["x"].copy()}

    assert run.step(closure=closure) == 25.0
    assert_allclose(seen, [[3.0, 4.0], [3.6, 4.8]])
    assert_allclose(run.params["x"], [1.2, 1.6])


def test_closures_that_go_wrong():
    run = SAM().init([np.ones(2)])
    before = run.state_dict()
    cases = [
        (lambda x: 1.0, TypeError, "`closure` must return a loss and gradients"),
        (lambda x: ("low", x), TypeError, "a loss that is a number"),
        (lambda x: (1.0, x[0]), TypeError, "`grads` must be a list"),
        (lambda x: (1.0, [np.ones(3)]), ValueError, r"`grads\[0\]` must be of shape \(2,\)"),
        (lambda x: (np.nan, x), ValueError, "`loss` must be finite"),
        (lambda x: (1.0, [np.full(2, np.inf)]), ValueError, r"`grads\[0\]` must be finite"),
        (lambda x: 1 / 0, ZeroDivisionError, "division"),
    ]
    for closure, error, message in cases:
        with pytest.raises(error, match=message):
            run.step(closure=closure)
        assert same(run.state_dict(), before)


def test_what_goes_together():
    run = SGD().init(np.ones(2))
    with pytest.raises(ValueError, match="`grads` or `closure` must be given"):
        run.step()
    for wrong in ({"grads": np.ones(2)}, {"loss": 1.0}, {"curvature": np.ones(2)}):
        with pytest.raises(ValueError, match="must be None with `closure`"):
            run.step(closure=lambda x: (0.0, x), **wrong)
    with pytest.raises(ValueError, match="`full_closure`"):
        run.step(np.ones(2), full_closure=lambda x: (0.0, x))
    assert run.t == 0


# ---- Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        (np.ones(2, int), TypeError, "`params` must be of float32 or float64, got int64"),
        ([np.ones(2), np.ones(2, np.float32)], TypeError, "`params[1]` must be of float64"),
        ({"w": "x"}, TypeError, "`params['w']` must be of float32 or float64"),
        (None, TypeError, "`params` must be of float32 or float64, got object"),
    ],
    ids=str,
)
def test_wrong_parameters(params, error, message):
    with pytest.raises(error, match=re.escape(message)):
        SGD().init(params)


@pytest.mark.parametrize(
    ("params", "grads", "error", "message"),
    [
        (np.ones(2), np.ones(3), ValueError, "`grads` must be of shape (2,), got (3,)"),
        (np.ones(2), [1.0, 1.0], TypeError, "`grads` must be an array of float64, got <class"),
        (np.ones(2), np.ones(2, int), TypeError, "`grads` must be of float64, as the parameters"),
        ([np.ones(2)], np.ones(2), TypeError, "`grads` must be a list, as `params` is, got"),
        ([np.ones(2)], [], ValueError, "`grads` must have 1 arrays, got 0"),
        ({"w": np.ones(2)}, [np.ones(2)], TypeError, "`grads` must be a dict, as `params` is"),
        ({"w": np.ones(2)}, {"v": np.ones(2)}, ValueError, "`grads` must have the keys ['w']"),
        ({"w": np.ones(2)}, {"w": None}, TypeError, "`grads['w']` must be an array of float64"),
    ],
    ids=str,
)
def test_wrong_gradients(params, grads, error, message):
    run = SGD().init(params)
    before = run.state_dict()
    with pytest.raises(error, match=re.escape(message)):
        run.step(grads)
    assert same(run.state_dict(), before)


def test_a_wrong_policy_and_wrong_numbers():
    with pytest.raises(ValueError, match="`nonfinite` must be one of 'raise', 'skip', 'allow'"):
        SGD().init(np.ones(1), nonfinite="ignore")
    with pytest.raises(ValueError, match=re.escape("`momentum` must be in [0, 1), got 1.2")):
        SGD(momentum=1.2).init(np.ones(1))
    with pytest.raises(TypeError, match="`lr` must be a number, got 'fast'"):
        SGD(lr="fast").init(np.ones(1))


def test_infinite_losses_are_as_infinite_gradients():
    run = SGD().init(np.ones(2))
    with pytest.raises(ValueError, match="`loss` must be finite"):
        run.step(np.ones(2), loss=np.inf)
    run = SGD().init(np.ones(2), nonfinite="skip")
    assert run.step(np.ones(2), loss=np.nan) is None
    assert (run.t, run.skipped) == (0, 1)


def test_norms_are_of_each_tensor():
    run = LARS(lr=1.0, momentum=0.0, trust_coefficient=0.5).init([np.array([3.0, 4.0]), np.ones(1)])
    run.step([np.array([0.0, 1.0]), np.array([-2.0])])
    assert_allclose(run.params[0], [3.0, 1.5])
    assert_allclose(run.params[1], [1.5])
