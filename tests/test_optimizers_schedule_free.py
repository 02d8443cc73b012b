"""Schedule-free optimizers: where the parameters to evaluate with are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from optimizer_cases import uniform

from thalweg.optimizers import ScheduleFreeAdamW, ScheduleFreeRAdam, ScheduleFreeSGD


@pytest.mark.parametrize("r", [0.0, 1.0, 0.5])
@pytest.mark.parametrize(
    ("optimizer", "beta"),
    [
        (ScheduleFreeSGD(lr=0.1, momentum=0.7), 0.7),
        (ScheduleFreeAdamW(lr=0.1, betas=(0.6, 0.9), weight_decay=0.1), 0.6),
        (ScheduleFreeRAdam(lr=0.1, weight_lr_power=0.0, silent_sgd_phase=False), 0.9),
    ],
)
def test_the_average_is_that_of_all_points(optimizer, beta, r):
    start = uniform(0, [(7,)])[0]
    run = optimizer.set_params(r=r).init(start)
    assert_allclose(run.eval_params, start)
    points = []
    for t in range(1, 9):
        run.step(uniform(t, [(7,)])[0])
        z = run.state_dict()["buffers"]["z"]
        points.append(z)
        average = np.average(points, axis=0, weights=np.arange(1, t + 1) ** r)
        assert_allclose(run.eval_params, average, rtol=1e-11, atol=1e-13)
        assert_allclose(run.params, beta * average + (1 - beta) * z, rtol=1e-11, atol=1e-13)


def test_a_silent_phase_moves_nothing():
    start = uniform(0, [(7,)])[0]
    run = ScheduleFreeRAdam(lr=0.1, weight_decay=0.1).init(start)
    for t in range(4):
        run.step(uniform(t, [(7,)])[0])
        assert np.array_equal(run.params, start)
        assert_allclose(run.eval_params, start)
    run.step(uniform(4, [(7,)])[0])
    assert not np.any(run.params == start)
