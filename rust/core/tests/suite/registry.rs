//! What any optimizer must hold to: every member of the registry, with each of its switches, whether it has been thought of
//! here or not.

use crate::common::uniforms;
use crate::runs::{Run, variants, widest};
use proptest::prelude::*;
use thalweg_core::optimizers::{Closure, Optimizer, OptimizerConfig, Scope};
use thalweg_kernels::{Isa, Real, Team};

fn elementwise() -> Vec<OptimizerConfig> {
    variants().into_iter().filter(|optimizer| optimizer.scope() == Scope::Element).collect()
}

/// A matrix, a number, nothing, a vector and a stack of matrices.
fn shapes() -> Vec<Vec<usize>> {
    vec![vec![4, 3], vec![], vec![0, 2], vec![7], vec![2, 3, 2]]
}

fn len(shapes: &[Vec<usize>]) -> usize {
    shapes.iter().map(|shape| shape.iter().product::<usize>()).sum()
}

#[test]
fn a_gradient_of_zero_keeps_everything_finite() {
    for optimizer in variants() {
        let shapes = shapes();
        let mut run = Run::<f32>::new(&optimizer, &shapes, &vec![0.0; len(&shapes)], Team::serial(widest()));
        for _ in 0..3 {
            let params = run.penalised_step(&vec![0.0; len(&shapes)], 0.5);
            assert!(params.iter().all(|p| p.is_finite()), "{optimizer:?}: {params:?}");
        }
        let padding = run.arena.iter().filter(|value| **value != 0.0).count();
        assert!(padding <= len(&shapes), "{optimizer:?}: padding");
    }
}

#[test]
fn nan_stays_where_it_is() {
    for optimizer in elementwise().iter().filter(|optimizer| !optimizer.needs().closure) {
        let mut gradient = [0.5_f64; 9];
        gradient[4] = f64::NAN;
        let mut run = Run::of_vector(optimizer, &[1.0; 9]);
        // Some begin to move at the second step only.
        run.step(&gradient);
        let params = run.step(&gradient);
        let expected: Vec<bool> = (0..9).map(|i| i == 4).collect();
        assert_eq!(params.iter().map(|p| p.is_nan()).collect::<Vec<_>>(), expected, "{optimizer:?}");
    }
}

#[test]
fn the_penalty_is_added_to_the_gradient() {
    for optimizer in variants().iter().filter(|optimizer| !optimizer.needs().closure && !optimizer.needs().rows) {
        let (shapes, team) = (shapes(), Team::serial(widest()));
        let start: Vec<f64> = uniforms(5, len(&shapes), -1.0, 1.0);
        let gradient: Vec<f64> = uniforms(6, len(&shapes), -1.0, 1.0);
        let with_penalty: Vec<f64> = gradient.iter().zip(&start).map(|(g, p)| f64::mul_add(0.25, *p, *g)).collect();
        let expected = Run::new(optimizer, &shapes, &start, team.clone()).step(&with_penalty);
        let actual = Run::new(optimizer, &shapes, &start, team).penalised_step(&gradient, 0.25);
        let tolerance = if optimizer.scope() == Scope::Element { 0.0 } else { 1e-12 };
        for (actual, expected) in actual.iter().zip(&expected) {
            assert!((actual - expected).abs() <= tolerance * expected.abs().max(1.0), "{optimizer:?}");
        }
    }
}

#[test]
fn a_state_written_down_in_the_middle_goes_on_with_the_same_bits() {
    for optimizer in variants() {
        let shapes = shapes();
        let gradients: Vec<Vec<f32>> = (0..6).map(|i| uniforms(50 + i, len(&shapes), -1.0, 1.0)).collect();
        let start = uniforms(7, len(&shapes), -1.0, 1.0);
        let mut whole = Run::<f32>::new(&optimizer, &shapes, &start, Team::serial(widest()));
        gradients[..3].iter().for_each(|gradient| drop(whole.step(gradient)));
        let mut second = whole.resumed(&optimizer, &shapes);
        gradients[3..].iter().for_each(|gradient| drop(whole.step(gradient)));
        gradients[3..].iter().for_each(|gradient| drop(second.step(gradient)));
        assert_eq!(second.params(), whole.params(), "{optimizer:?}");
        assert_eq!(second.state.pack(), whole.state.pack(), "{optimizer:?}");
        assert_eq!(second.state.numbers(), whole.state.numbers(), "{optimizer:?}");
    }
}

fn bits<T: Real>(optimizer: &OptimizerConfig, shapes: &[Vec<usize>], team: Team) -> Vec<T> {
    let mut run = Run::new(optimizer, shapes, &uniforms::<T>(3, len(shapes), -1.0, 1.0), team);
    (0..3).for_each(|i| drop(run.step(&uniforms::<T>(60 + i, len(shapes), -1.0, 1.0))));
    run.params()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Tails of vectors, and every path of this CPU.
    #[test]
    fn each_element_is_moved_as_if_alone(length in 1_usize..70, variant in 0_usize..1000) {
        let variants = elementwise();
        let optimizer = &variants[variant % variants.len()];
        let vector = |length: usize| vec![vec![length]];
        let narrow = bits::<f32>(optimizer, &vector(length), Team::serial(Isa::Scalar));
        // A closure's numbers depend on the length; the gradients of a longer run begin with those of a shorter one.
        if !optimizer.needs().closure {
            let long = bits::<f32>(optimizer, &vector(70), Team::serial(widest()));
            prop_assert_eq!(&narrow[..], &long[..length]);
        }
    }
}

#[test]
fn every_path_and_number_of_threads_gives_the_same_bits() {
    fn same<T: Real>(optimizer: &OptimizerConfig, shapes: &[Vec<usize>]) {
        let expected = bits::<T>(optimizer, shapes, Team::serial(widest()));
        for isa in Isa::available() {
            let threads = if isa == Isa::Scalar { &[1, 7][..] } else { &[1, 2, 3, 7] };
            for &threads in threads {
                let actual = bits::<T>(optimizer, shapes, Team::new(isa, threads));
                assert!(actual == expected, "{optimizer:?} on {} with {threads} threads", isa.name());
            }
        }
    }
    for optimizer in OptimizerConfig::defaults() {
        // More than a block of a sum, and than a chunk of a sweep; matrices stay small, for some members multiply them.
        let long = if optimizer.scope() == Scope::Element { 20_011 } else { 257 };
        let shapes = [vec![23, 17], vec![long], vec![3, 5, 4]];
        same::<f32>(&optimizer, &shapes);
        same::<f64>(&optimizer, &shapes);
    }
}

#[test]
fn many_small_tensors_move_as_one_large() {
    for optimizer in elementwise().iter().filter(|optimizer| !optimizer.needs().rows) {
        let team = || Team::serial(widest());
        let small = bits::<f64>(optimizer, &vec![vec![5, 5]; 40], team());
        assert_eq!(small, bits::<f64>(optimizer, &[vec![1000]], team()), "{optimizer:?}");
    }
}

#[test]
fn a_closure_that_fails_leaves_no_trace() {
    for optimizer in variants().iter().filter(|optimizer| optimizer.needs().closure) {
        let shapes = shapes();
        let start: Vec<f64> = uniforms(5, len(&shapes), -1.0, 1.0);
        let mut run = Run::new(optimizer, &shapes, &start, Team::serial(widest()));
        let gradient = vec![0.0; start.len()];
        run.step(&gradient);
        let before = (run.params(), run.state.pack(), run.state.numbers(), run.state.step);
        for fails_at in 1..4 {
            let mut probe = run.resumed(optimizer, &shapes);
            probe.closure.fails_at = Some(fails_at);
            if probe.try_step(&gradient, 0.0).is_err() {
                let after = (probe.params(), probe.state.pack(), probe.state.numbers(), probe.state.step);
                assert!(after == before, "{optimizer:?}, failing at evaluation {fails_at}");
            }
        }
        let mut gradient = run.arena.to_vec();
        assert!(run.closure.evaluate(&run.arena, &mut gradient).is_ok());
    }
}
