"""What any optimizer must hold to: every class of the registry with each of its settings."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from batteries import VECTOR_ISAS, elsewhere, on_one_thread
from optimizer_battery import battery
from optimizer_cases import (
    advance,
    another,
    details,
    every_setting,
    fitting,
    is_elementwise,
    same,
    traits,
    uniform,
)

import thalweg
from thalweg import _core
from thalweg.optimizers import all_optimizers

HERE = Path(__file__).parent
SIZES = [0, 1, 7, 8, 9, 15, 16, 17, 1023, 1024, 1025]
SHAPES = [(5, 3), (7,), (2, 3, 4), (1, 1)]


def dense(traits):
    return not traits["rows"]


def by_gradient(traits):
    return not traits["closure"]


def elementwise_by_gradient(traits):
    return is_elementwise(traits) and by_gradient(traits)


def test_the_registries_agree():
    registry = {optimizer.__name__: optimizer().to_config() for optimizer in all_optimizers()}
    assert registry == _core.optimizer_registry()


def test_every_file_of_settings_belongs_to_an_optimizer():
    names = {optimizer.__name__.lower() for optimizer in all_optimizers()}
    assert {path.stem for path in (HERE / "optimizers").glob("*.py")} <= names


@every_setting(elementwise_by_gradient)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_element_moves_as_if_alone(optimizer, dtype):
    start, grads = (uniform(seed, [(1025,)], dtype)[0] for seed in (0, 1))
    results = []
    for size in SIZES:
        run = optimizer.init([start[:size]])
        for _ in range(3):
            advance(run, 0, [grads[:size]])
        results.append(run.params[0])
    for result in results:
        assert same(result, results[-1][: len(result)])


@every_setting(lambda traits: elementwise_by_gradient(traits) and dense(traits))
def test_forty_small_tensors_move_as_one_large(optimizer):
    start, grads = uniform(0, [(40, 25)]), uniform(1, [(40, 25)])
    large, small = optimizer.init(start), optimizer.init(list(start[0]))
    for _ in range(3):
        advance(large, 0, grads)
        advance(small, 0, list(grads[0]))
    assert same(np.stack(small.params), large.params[0])


@pytest.fixture(scope="module")
def expected():
    yield from on_one_thread(battery)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_any_number_of_threads(threads, expected):
    thalweg.set_num_threads(threads)
    assert battery() == expected


@pytest.mark.parametrize("isa", VECTOR_ISAS)
def test_every_cpu_path(isa, expected):
    assert elsewhere("optimizer_battery.py", THALWEG_ISA=isa) == expected


@every_setting()
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_run_goes_on_from_its_state(optimizer, dtype):
    shapes = fitting(optimizer, SHAPES)
    whole = optimizer.init(uniform(0, shapes, dtype))
    for step in range(3):
        advance(whole, step)
    resumed = optimizer.init(uniform(9, shapes, dtype))
    resumed.load_state_dict(whole.state_dict())
    others = [resumed, pickle.loads(pickle.dumps(whole)), copy.deepcopy(whole), copy.copy(whole)]
    for step in range(3, 6):
        for run in (whole, *others):
            advance(run, step)
    for run in others:
        assert run.t == 6
        assert same(run.state_dict(), whole.state_dict())
        assert same(run.eval_params, whole.eval_params)


@every_setting()
def test_zero_gradients_keep_everything_finite(optimizer):
    shapes = fitting(optimizer, SHAPES)
    run = optimizer.init([np.zeros(shape) for shape in shapes])
    zeros = [np.zeros(shape) for shape in shapes]
    for _ in range(3):
        advance(run, 0, zeros, lambda theta: (0.0, zeros))
    for array in [*run.params, *run.eval_params]:
        assert np.isfinite(array).all()


@every_setting()
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_gradients_that_are_not_finite_are_refused(optimizer, value):
    shapes = fitting(optimizer, SHAPES)
    run = optimizer.init(uniform(0, shapes))
    advance(run, 0)
    before = run.state_dict()
    grads = uniform(1, shapes)
    grads[2].flat[-1] = value
    with pytest.raises(ValueError, match=r"`grads\[2\].*` must be finite"):
        advance(run, 0, grads, lambda theta: (1.0, grads))
    assert same(run.state_dict(), before)


@every_setting()
def test_gradients_that_are_not_finite_are_passed_over_or_taken(optimizer):
    shapes = fitting(optimizer, SHAPES)
    grads = uniform(1, shapes)
    grads[0][1, 2] = np.nan

    def function(theta):
        return 1.0, grads

    run = optimizer.init(uniform(0, shapes), nonfinite="skip")
    before = run.state_dict()
    assert advance(run, 0, grads, function) is None
    assert run.skipped == 1
    assert same({**run.state_dict(), "skipped": 0}, before)
    run = optimizer.init(uniform(0, shapes), nonfinite="allow")
    advance(run, 0, grads, function)
    assert (run.t, run.skipped) == (1, 0)


def refused(optimizer, start, groups):
    try:
        optimizer.init(start, groups=groups)
    except ValueError as refusal:
        return str(refusal)
    return None


@every_setting(lambda traits: not traits["one_group"])
def test_groups_have_their_own_hyper_parameters(optimizer):
    shapes = fitting(optimizer, SHAPES)
    name, value = another(optimizer)
    changed = optimizer.copy().set_params(**{name: value})
    start, groups = uniform(0, shapes), [{"params": [3, 1], name: value}]
    if traits(optimizer)["scope"] == "run" and (refusal := refused(optimizer, start, groups)):
        # Some numbers shape what all tensors share.
        assert f'`groups[0]["{name}"]` must be' in refusal
        return
    run = optimizer.init(start, groups=groups)
    apart = optimizer.init(start[::2]), changed.init(start[1::2])
    for step in range(3):
        grads = uniform(step, shapes)
        advance(run, 0, grads)
        if traits(optimizer)["scope"] != "run":
            advance(apart[0], 0, grads[::2])
            advance(apart[1], 0, grads[1::2])
    if traits(optimizer)["scope"] != "run":
        assert same(run.params[::2], apart[0].params)
        assert same(run.params[1::2], apart[1].params)


@every_setting()
def test_states_of_others_are_refused(optimizer):
    shapes = fitting(optimizer, SHAPES)
    run = optimizer.init(uniform(0, shapes))
    advance(run, 0)
    before = run.state_dict()
    wrong = [
        {**before, "name": "Another"},
        {key: value for key, value in before.items() if key != "step"},
        {**before, "more": 1},
        {**before, "lr": np.nan},
        {**before, "step": -1},
        {**before, "params": before["params"][1:]},
        {**before, "params": [p.astype(np.float32) for p in before["params"]]},
        {**before, "buffers": {**before["buffers"], "more": before["params"]}},
        {**before, "numbers": {**before["numbers"], "more": 1.0}},
        {**before, "group_numbers": []},
    ]
    for name, buffer in before["buffers"].items():
        short = [buffer[0].ravel()[1:], *buffer[1:]]
        if short[0].shape != buffer[0].shape:
            wrong.append({**before, "buffers": {**before["buffers"], name: short}})
    for state in wrong:
        with pytest.raises((ValueError, TypeError, OverflowError)):
            run.load_state_dict(state)
        assert same(run.state_dict(), before)


@every_setting()
def test_wrong_gradients_are_refused(optimizer):
    shapes = fitting(optimizer, SHAPES)
    run = optimizer.init(uniform(0, shapes))
    advance(run, 0)
    before = run.state_dict()
    right = uniform(1, shapes)
    wrong = [
        right[1:],
        [*right, right[0]],
        [right[0].T, *right[1:]],
        [right[0].astype(np.float32), *right[1:]],
        [right[0].tolist(), *right[1:]],
    ]
    for grads in wrong:
        with pytest.raises((ValueError, TypeError)):
            advance(run, 0, grads, lambda theta, grads=grads: (1.0, grads))
        assert same(run.state_dict(), before)


@every_setting(dense)
def test_strided_gradients_are_copied(optimizer):
    start, grads = uniform(0, [(6, 4)]), uniform(1, [(6, 4)])
    runs = optimizer.init(start), optimizer.init(start)
    strided = [np.asfortranarray(grads[0])]
    advance(runs[0], 0, grads, lambda theta: (1.0, grads))
    advance(runs[1], 0, strided, lambda theta: (1.0, strided))
    assert same(runs[0].params, runs[1].params)


@every_setting()
def test_what_is_needed_must_be_given(optimizer):
    shapes = fitting(optimizer, SHAPES)
    needs, run = traits(optimizer), optimizer.init(uniform(0, shapes))
    grads = uniform(1, shapes)
    if needs["closure"]:
        with pytest.raises(ValueError, match="`closure` must be given"):
            run.step(grads)
    elif needs["loss"]:
        with pytest.raises(ValueError, match="`loss` must be given"):
            run.step(grads)
    elif dense(needs):
        assert run.step(grads, loss=2.5) == 2.5
        assert run.step(closure=lambda theta: (1.5, grads)) == 1.5
    if not needs["curvature"] and not needs["closure"] and dense(needs):
        with pytest.raises(ValueError, match="`curvature`"):
            run.step(grads, loss=1.0, curvature=grads)


@every_setting(lambda traits: traits["closure"])
def test_a_closure_that_raises_leaves_no_trace(optimizer):
    shapes = fitting(optimizer, SHAPES)
    run = optimizer.init(uniform(0, shapes))
    advance(run, 0)
    before = run.state_dict()

    for fails_at in range(1, 4):
        calls = 0

        def closure(theta, fails_at=fails_at):
            nonlocal calls
            calls += 1
            if calls == fails_at:
                raise KeyError("no data")
            return 1.0, uniform(calls, shapes)

        other = copy.deepcopy(run)
        try:
            other.step(closure=closure)
        except KeyError:
            assert same(other.state_dict(), before)


def test_settings_are_distinct():
    for optimizer in all_optimizers():
        shown = [repr(optimizer(**settings)) for settings in details(optimizer).SETTINGS]
        assert len(set(shown)) == len(shown)
