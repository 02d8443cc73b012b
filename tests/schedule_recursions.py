"""Schedules as PyTorch documents and computes them: the rate from the one before, in plain Python.

Each is a generator function of the base rate that yields the rates of t = 0, 1, 2, …; where a
schedule is a change of whatever rate it finds, it is sent that rate, so that changes can be
chained.
"""

from __future__ import annotations

import math


def step(lr, t, base, step_size, gamma):
    return lr * gamma if t > 0 and t % step_size == 0 else lr


def multi_step(lr, t, base, milestones, gamma):
    return lr * gamma ** milestones.count(t)


def constant(lr, t, base, factor, total_iters):
    if t == 0:
        return lr * factor
    return lr * (1.0 / factor) if t == total_iters else lr


def linear(lr, t, base, start_factor, end_factor, total_iters):
    if t == 0:
        return lr * start_factor
    if t > total_iters:
        return lr
    rise = end_factor - start_factor
    return lr * (1.0 + rise / (total_iters * start_factor + (t - 1) * rise))


def exponential(lr, t, base, gamma):
    return lr if t == 0 else lr * gamma


def polynomial(lr, t, base, total_iters, power):
    if t == 0 or t > total_iters:
        return lr
    return lr * ((1.0 - t / total_iters) / (1.0 - (t - 1) / total_iters)) ** power


def cosine(lr, t, base, T_max, eta_min):
    if t == 0:
        return lr
    if (t - 1 - T_max) % (2 * T_max) == 0:
        return lr + (base - eta_min) * (1 - math.cos(math.pi / T_max)) / 2
    wave = 1 + math.cos(math.pi * t / T_max)
    before = 1 + math.cos(math.pi * (t - 1) / T_max)
    return wave / before * (lr - eta_min) + eta_min


def multiplicative(lr, t, base, lr_lambda):
    return lr if t == 0 else lr * lr_lambda(t)


def swa(lr, t, base, swa_lr, anneal_epochs, anneal_strategy):
    def weight(t):
        share = max(0.0, min(1.0, t / max(1, anneal_epochs)))
        return share if anneal_strategy == "linear" else (1 - math.cos(math.pi * share)) / 2

    before = weight(t - 1)
    origin = swa_lr if before == 1 else (lr - before * swa_lr) / (1 - before)
    return swa_lr * weight(t) + origin * (1 - weight(t))


CHANGES = {
    "StepLR": step,
    "MultiStepLR": multi_step,
    "ConstantLR": constant,
    "LinearLR": linear,
    "ExponentialLR": exponential,
    "PolynomialLR": polynomial,
    "CosineAnnealingLR": cosine,
    "MultiplicativeLR": multiplicative,
    "SWALR": swa,
}


def run(members, base, n):
    """Return n rates of a chain of (name, arguments)."""
    rates, lr = [], base
    for t in range(n):
        for name, arguments in members:
            lr = CHANGES[name](lr, t, base, **arguments)
        rates.append(lr)
    return rates


def warm_restarts(base, n, T_0, T_mult, eta_min):
    rates, current, length = [], -1, T_0
    for _ in range(n):
        current += 1
        if current >= length:
            current -= length
            length *= T_mult
        rates.append(eta_min + (base - eta_min) * (1 + math.cos(math.pi * current / length)) / 2)
    return rates


def cyclic(n, base_lr, max_lr, step_size_up, step_size_down, mode, gamma):
    """Return rates, and the height by which the momentum moves."""
    total = step_size_up + step_size_down
    rates, heights = [], []
    for t in range(n):
        cycle = math.floor(1 + t / total)
        elapsed = t - (cycle - 1) * total
        height = (
            elapsed / step_size_up
            if elapsed <= step_size_up
            else (total - elapsed) / step_size_down
        )
        height *= {"triangular": 1.0, "triangular2": 0.5 ** (cycle - 1), "exp_range": gamma**t}[
            mode
        ]
        rates.append(base_lr + (max_lr - base_lr) * height)
        heights.append(height)
    return rates, heights


def one_cycle(
    max_lr, total_steps, pct_start, anneal_strategy, div_factor, final_div_factor, three_phase
):
    """Return the rates of all steps, phase by phase as in PyTorch."""
    initial = max_lr / div_factor
    last = initial / final_div_factor
    phases = [(pct_start * total_steps - 1, initial, max_lr)]
    if three_phase:
        phases.append((2 * pct_start * total_steps - 2, max_lr, initial))
        phases.append((total_steps - 1, initial, last))
    else:
        phases.append((total_steps - 1, max_lr, last))
    rates = []
    for t in range(total_steps):
        begin = 0.0
        for i, (end, start, stop) in enumerate(phases):
            if t <= end or i == len(phases) - 1:
                share = (t - begin) / (end - begin)
                curve = (
                    share if anneal_strategy == "linear" else (1 - math.cos(math.pi * share)) / 2
                )
                rates.append(start + (stop - start) * curve)
                break
            begin = end
    return rates
