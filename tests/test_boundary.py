"""The extension module when its callers' checks are passed by: faults, and configurations."""

import os
import subprocess
import sys

import numpy as np
import pytest
from core_calls import UNITS, call, config
from layouts import bits, normal

from thalweg import _core
from thalweg.exceptions import InternalError


@pytest.mark.parametrize("on_helper", [False, True])
def test_a_panic_is_an_internal_error(on_helper, capfd):
    with pytest.raises(InternalError, match=r"^simulated.*please report it$") as caught:
        _core.simulate_fault(on_helper)
    assert isinstance(caught.value, RuntimeError)
    assert "errors.rs:" in str(caught.value)
    # And everything works as before.
    a = normal(1, (400, 400), "f")
    np.testing.assert_allclose(product(a), a @ a, atol=1e-3)
    if "RUST_BACKTRACE" not in os.environ:
        assert capfd.readouterr().err == ""


def product(a):
    out = np.empty((len(a), a.shape[1]), a.dtype)
    _core.matmul(a, a, out)
    return out


def test_rust_backtrace_shows_where_it_happened():
    code = """
from thalweg import _core
try:
    _core.simulate_fault(False)
except RuntimeError:
    pass
"""
    environment = {**os.environ, "RUST_BACKTRACE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "panicked at" in run.stderr


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"momentum": 0.9},
         ValueError, '`config` has no key "momentum"; its keys are units, activation'),
        ({"solver": {"name": "Adam", "beta": 1}},
         ValueError, '`solver` has no key "beta"; its keys are lr'),
        ({"solver": {"name": "Adams"}},
         ValueError, '`solver.name` must be one of SGD, .*, got "Adams"'),
        ({"solver": {"lr": 1.0}}, ValueError, '`solver` lacks the key "name"'),
        ({"solver": {"name": "SGD", "momentum": 1.2}},
         ValueError, r"`momentum` must be in \[0, 1\), got 1.2"),
        ({"solver": "Adam"}, TypeError, '`solver` must be a dict to hold "Adam"'),
        ({"solver": {"name": 3}}, TypeError, "`solver.name` must be "),
        ({"solver": {"name": "Muon", "adjust_lr_fn": "keras"}},
         ValueError, '`solver.adjust_lr_fn` must be one of original, .*, got "keras"'),
        ({"solver": {"name": "Adam", "amsgrad": "yes"}}, TypeError, "`solver.amsgrad` must be "),
        ({"solver": {"name": "Adam", "betas": (0.9, "b")}}, TypeError, "`solver.betas.1` must be "),
        ({"solver": {"name": "EMA", "optimizer": {"name": "Adam", "lr": "x"}}},
         TypeError, "`solver.optimizer.lr` must be "),
        ({"schedule": {"name": "StepLR", "per": "year"}},
         ValueError, '`schedule.per` must be one of .*, got "year"'),
        ({"activation": {"name": "relu"}}, TypeError, "`activation` must be a str, got a dict"),
        ({"activation": "sine"},
         ValueError, '`activation` must be one of identity, .*, got "sine"'),
        ({"activation": 3}, TypeError, "`activation` must be a str, got <class 'int'>"),
        ({"alpha": "much"}, TypeError, '`alpha` must be f64, got string "much"'),
        ({"alpha": -1.0}, ValueError, "`alpha` must be >= 0 and finite, got -1.0"),
        ({"alpha": object()}, TypeError, "`alpha` must not be of type <class 'object'>"),
        ({"alpha": None}, TypeError, "`alpha` must be f64, got "),
        ({"batch_size": -3}, ValueError, "`batch_size` must be usize, got integer `-3`"),
        ({"batch_size": 2.5}, TypeError, "`batch_size` must be usize, got floating point"),
        ({"batch_size": 2**70},
         ValueError, "`batch_size` must fit 64 bits, got 1180591620717411303424"),
        ({"batch_size": 0}, ValueError, "`batch_size` must be at least 1, got 0"),
        ({"units": [5, "4", 1]}, TypeError, '`units.1` must be usize, got string "4"'),
        ({"units": [5, 0, 1]}, ValueError, r"`units` must be positive, got \[5, 0, 1\]"),
        ({"units": [5]}, ValueError, "`units` must be features, hidden layers and outputs"),
        ({"units": {5: 4}}, TypeError, "`units` must be a sequence, got map"),
        ({"progress": {"samples": 3}}, ValueError, '`progress` has no key "samples"'),
        ({"loss": "log_loss"}, ValueError, "`output` must be one of"),
    ],
)  # fmt: skip
def test_bad_configurations(changes, error, message):
    with pytest.raises(error, match=message):
        call(config=config(**changes))


def test_a_missing_key_is_named():
    incomplete = config()
    del incomplete["alpha"]
    with pytest.raises(ValueError, match='`config` lacks the key "alpha"'):
        call(config=incomplete)
    with pytest.raises(TypeError, match="`config` must have keys of type str, got 7"):
        call(config={**config(), 7: 3})
    for no_dict in ("adam", None, 3):
        with pytest.raises(TypeError, match="`config` must be struct MlpConfig, got"):
            call(config=no_dict)


def test_numpy_scalars_are_numbers():
    changes = {
        "alpha": np.float32(0.5),
        "batch_size": np.int16(20),
        "units": tuple(np.array(UNITS)),
        "solver": {
            "name": "SGD",
            "lr": np.float64(0.1),
            "momentum": np.float32(0.5),
            "nesterov": np.True_,
        },
    }
    plain = {
        "alpha": 0.5,
        "solver": {"name": "SGD", "lr": 0.1, "momentum": 0.5, "nesterov": True},
    }
    result = call(config=config(**changes))
    assert bits(result["params"]) == bits(call(config=config(**plain))["params"])
    with pytest.raises(TypeError, match=r"`alpha` must not be of type <class 'numpy.longdouble'>"):
        call(config=config(alpha=np.longdouble(1)))


def test_optimizers_are_checked():
    for name, fields in _core.optimizer_registry().items():
        _core.validate_optimizer(fields)
        if "lr" in fields:
            with pytest.raises(ValueError, match=r"`lr` must be .*, got -1\.0"):
                _core.validate_optimizer({**fields, "lr": -1})
        with pytest.raises(ValueError, match='`optimizer` has no key "rate"'):
            _core.validate_optimizer({"name": name, "rate": 1.0})
    with pytest.raises(ValueError, match=r'`name` must be one of SGD, .*, got "GDS"'):
        _core.validate_optimizer({"name": "GDS"})
