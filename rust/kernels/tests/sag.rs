//! Steps of SAG and SAGA: bits against the reference on every path, and late steps against those taken at once.

mod common;

use common::{EDGES, Numbers, assert_same};
use thalweg_kernels::rows::padded;
use thalweg_kernels::sag::{Change, Drift, LaggedWeights, step};
use thalweg_kernels::{Isa, Real, Team, reference};

for_both_types!(steps_equal_the_reference, late_steps_have_the_same_bits_on_every_path);

fn drift<T: Real>(numbers: &mut Numbers, threshold: f64) -> Drift<T> {
    let rate: f64 = numbers.unit::<f64>() / 50.0;
    Drift { decay: T::of(0.97), rate: T::of(0.03 + rate), threshold: T::of(threshold) }
}

/// Rows of `n` elements with zeros behind each.
fn pad<T: Real>(rows: &[T], n: usize) -> Vec<T> {
    let zeros = vec![T::zero(); padded(n) - n];
    rows.chunks_exact(n.max(1)).flat_map(|row| row.iter().chain(&zeros).copied()).collect()
}

fn steps_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(5);
    for (case, n) in EDGES.into_iter().enumerate() {
        let outputs = 1 + case % 3;
        let drift = drift::<T>(&mut numbers, if case % 2 == 0 { 0.0 } else { 0.2 });
        let (row, next) = (numbers.units::<T>(n), numbers.units::<T>(n));
        let change = |numbers: &mut Numbers| Change { weights: numbers.unit(), sum: numbers.unit() };
        let changes: Vec<_> = (0..outputs).map(|_| change(&mut numbers)).collect();
        let (weights, sums) = (numbers.units::<T>(n * outputs), numbers.units::<T>(n * outputs));
        let (mut w, mut g, mut dots) = (weights.clone(), sums.clone(), vec![T::zero(); outputs]);
        reference::sag_step(&row, &changes, drift, &next, &mut w, &mut g, &mut dots);
        for isa in Isa::available() {
            let (mut ours, mut our_sums) = (pad(&weights, n), pad(&sums, n));
            let mut our_dots = vec![T::one(); outputs];
            step(isa, &row, &changes, drift, &next, &mut ours, &mut our_sums, &mut our_dots);
            let (what, team) = (format!("{outputs} x {n}"), Team::serial(isa));
            assert_same(&ours, &pad(&w, n), &format!("weights of {what}"), &team);
            assert_same(&our_sums, &pad(&g, n), &format!("sums of {what}"), &team);
            assert_same(&our_dots, &dots, &format!("products of {what}"), &team);
        }
    }
}

/// Some steps on sparse samples; returns the weights, and all products on the way.
fn run<T: Real>(isa: Isa, outputs: usize, threshold: f64) -> (Vec<T>, Vec<T>) {
    let (mut numbers, features) = (Numbers(9), 23);
    let start = numbers.units::<T>(features * outputs);
    let mut lagged = LaggedWeights::new(&start, outputs, threshold > 0.0).unwrap();
    let (mut products, mut dots) = (vec![], vec![T::zero(); outputs]);
    for at in 0..300 {
        let columns: Box<[u32]> = (0..features as u32).filter(|_| numbers.below(4) == 0).collect();
        let values = numbers.units::<T>(columns.len());
        lagged.product(isa, &columns, &values, &mut dots);
        products.extend_from_slice(&dots);
        let change = |numbers: &mut Numbers| Change { weights: numbers.unit(), sum: numbers.unit() };
        let changes: Vec<_> = (0..outputs).map(|_| change(&mut numbers)).collect();
        let drift = drift::<f64>(&mut numbers, threshold / f64::from(1 + at / 50));
        lagged.step(isa, &columns, &values, &changes, drift);
    }
    lagged.flush(isa);
    let mut weights = vec![T::zero(); features * outputs];
    lagged.copy_to(&mut weights);
    (weights, products)
}

fn late_steps_have_the_same_bits_on_every_path<T: Real>() {
    for outputs in [1, 2, 3, 17] {
        for threshold in [0.0, 0.02] {
            let (weights, products) = run::<T>(Isa::Scalar, outputs, threshold);
            for isa in Isa::available() {
                let (ours, our_products) = run::<T>(isa, outputs, threshold);
                let (what, team) = (format!("{outputs} outputs, threshold {threshold}"), Team::serial(isa));
                assert_same(&our_products, &products, &what, &team);
                assert_same(&ours, &weights, &what, &team);
            }
        }
    }
}

/// The steps of `run`, each taken by all weights at once.
#[test]
fn late_steps_are_steps() {
    for outputs in [1, 3] {
        let (mut numbers, features) = (Numbers(9), 23);
        let mut weights = numbers.units::<f64>(features * outputs);
        let mut sums = vec![0.0; features * outputs];
        let zeros = vec![0.0; features];
        let mut dots = vec![0.0; outputs];
        for _ in 0..300 {
            let columns: Vec<usize> = (0..features).filter(|_| numbers.below(4) == 0).collect();
            let mut row = vec![0.0; features];
            let values = numbers.units::<f64>(columns.len());
            columns.iter().zip(&values).for_each(|(&column, value)| row[column] = *value);
            let change = |numbers: &mut Numbers| Change { weights: numbers.unit(), sum: numbers.unit() };
            let changes: Vec<_> = (0..outputs).map(|_| change(&mut numbers)).collect();
            let drift = drift::<f64>(&mut numbers, 0.0);
            reference::sag_step(&row, &changes, drift, &zeros, &mut weights, &mut sums, &mut dots);
        }
        let (lagged, _) = run::<f64>(Isa::Scalar, outputs, 0.0);
        for (late, at_once) in lagged.iter().zip(&weights) {
            assert!((late - at_once).abs() <= 1e-11 * at_once.abs().max(1.0), "{late} for {at_once}");
        }
    }
}

#[test]
#[should_panic(expected = "lengths of two samples")]
fn lengths_are_checked() {
    let drift = Drift { decay: 1.0, rate: 0.1, threshold: 0.0 };
    step(Isa::Scalar, &[1.0], &[Change::default()], drift, &[1.0, 2.0], &mut [0.0], &mut [0.0], &mut [0.0]);
}
