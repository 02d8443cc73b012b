//! How far the functions are from the exact value, in units of the last place. The bounds are those of
//! `vecmath::functions`; all CPU paths give the same bits (tests/vecmath.rs), so one is measured.

mod common;
mod oracle;

use common::Numbers;
use oracle::{Dd, Scaled};
use thalweg_kernels::vecmath::{exp, log, sigmoid, tanh};
use thalweg_kernels::{Isa, Real, Team};

/// Points for each function and type.
const POINTS: usize = 200_000;

type Function<T> = fn(&Team, &[T], &mut [T]);

/// The largest distance between `function` and `exact` over the intervals, an equal number of points in each.
fn worst<T: Real>(function: Function<T>, exact: fn(f64) -> Scaled, intervals: &[(f64, f64)]) -> f64 {
    let mut numbers = Numbers(7);
    let mut x = Vec::with_capacity(POINTS);
    for &(low, high) in intervals {
        let point = |u: T| T::of(low + (high - low) * (0.5 + 0.5 * u.wide()));
        x.extend((0..POINTS / intervals.len()).map(|_| point(numbers.unit())));
    }
    let mut out = vec![T::nan(); x.len()];
    let isa = Isa::available().pop().expect("the scalar path is always there");
    function(&Team::serial(isa), &x, &mut out);
    x.iter()
        .zip(&out)
        .map(|(x, y)| exact(x.wide()).ulps_to(*y))
        .fold(0.0, |worst, e| if e > worst || e.is_nan() { e } else { worst })
}

#[track_caller]
fn holds(what: &str, measured: f64, bound: f64) {
    assert!(measured <= bound, "{what} is {measured} ULP off, more than {bound}");
    // A bound far above what is measured says nothing; it would be a mistake in the test.
    assert!(measured > 0.5 * bound, "{what} is {measured} ULP off: is the bound of {bound} meant?");
}

#[test]
fn exp_is_within_its_bound() {
    let exact = |x| oracle::exp(Dd::new(x));
    holds("exp f32", worst::<f32>(exp, exact, &[(-103.0, 88.7), (-0.4, 0.4), (-20.0, 20.0)]), 0.88);
    holds("exp f64", worst::<f64>(exp, exact, &[(-745.0, 709.7), (-0.4, 0.4), (-20.0, 20.0)]), 0.89);
}

#[test]
fn log_is_within_its_bound() {
    let near_one = [(0.5, 2.1), (0.7, 0.71), (0.99, 1.01), (1.39, 1.43)];
    let f32_intervals = [&near_one[..], &[(0.0, 1e-30), (0.0, 1e30)]].concat();
    let f64_intervals = [&near_one[..], &[(0.0, 1e-300), (0.0, 1e300)]].concat();
    holds("log f32", worst::<f32>(log, oracle::log, &f32_intervals), 0.83);
    holds("log f64", worst::<f64>(log, oracle::log, &f64_intervals), 0.87);
}

#[test]
fn tanh_is_within_its_bound() {
    let intervals = [(-1.0, 1.0), (0.55, 0.6), (0.0, 20.0), (0.0, 1e-12)];
    holds("tanh f32", worst::<f32>(tanh, oracle::tanh, &intervals), 1.43);
    holds("tanh f64", worst::<f64>(tanh, oracle::tanh, &intervals), 1.45);
}

#[test]
fn sigmoid_is_within_its_bound() {
    let inner = [(-5.0, 5.0), (-4.17, -4.15), (0.0, 40.0)];
    holds("sigmoid f32", worst::<f32>(sigmoid, oracle::sigmoid, &[&inner[..], &[(-103.0, 0.0)]].concat()), 2.41);
    holds("sigmoid f64", worst::<f64>(sigmoid, oracle::sigmoid, &[&inner[..], &[(-745.0, 0.0)]].concat()), 2.45);
}
