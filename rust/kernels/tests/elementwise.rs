//! Activations, their gradients, the small updates and the optimizer sweep: bits against the reference.

mod common;

use common::{EDGES, Layout, Matrix, Numbers, alone_in_memory, assert_same, on_every_team};
use thalweg_kernels::elementwise::{Activation, activate, activation_gradient, axpy, gather_rows, scale};
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{Arenas, Grads, Rule, Segment, sweep};
use thalweg_kernels::{Isa, Real, Team, reference};

for_both_types!(
    activations_equal_the_reference,
    gradients_equal_the_reference,
    updates_equal_the_reference,
    gathered_rows_equal_the_reference,
    sweeps_equal_the_reference,
    relu_keeps_nan,
);

/// Longer than two parts, so that threads share the work.
const LONG: usize = 20_011;

fn lengths() -> impl Iterator<Item = usize> {
    EDGES.into_iter().chain([LONG])
}

fn activations_equal_the_reference<T: Real>() {
    let x = Numbers(2).wild::<T>(LONG);
    for activation in Activation::ALL {
        let mut expected = x.clone();
        reference::activate(activation, &mut expected);
        on_every_team(|team| {
            for n in lengths() {
                let mut got = x[..n].to_vec();
                activate(team, activation, &mut got);
                assert_same(&got, &expected[..n], &format!("{activation:?} of {n}"), team);
            }
        });
    }
}

fn gradients_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(3);
    let (output, delta) = (numbers.wild::<T>(LONG), numbers.wild::<T>(LONG));
    for activation in Activation::ALL {
        let mut expected = delta.clone();
        reference::activation_gradient(activation, &output, &mut expected);
        on_every_team(|team| {
            for n in lengths() {
                let mut got = delta[..n].to_vec();
                activation_gradient(team, activation, &alone_in_memory(&output[..n]), &mut got);
                assert_same(&got, &expected[..n], &format!("gradient of {activation:?}, {n}"), team);
            }
        });
    }
}

fn updates_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(4);
    let (x, y) = (numbers.wild::<T>(LONG), numbers.wild::<T>(LONG));
    let alpha = T::of(-0.3);
    let (mut sums, mut scaled) = (y.clone(), x.clone());
    reference::axpy(alpha, &x, &mut sums);
    reference::scale(alpha, &mut scaled);
    on_every_team(|team| {
        for n in lengths() {
            let mut got = y[..n].to_vec();
            axpy(team, alpha, &alone_in_memory(&x[..n]), &mut got);
            assert_same(&got, &sums[..n], &"axpy", team);
            let mut got = x[..n].to_vec();
            scale(team, alpha, &mut got);
            assert_same(&got, &scaled[..n], &"scale", team);
        }
    });
}

fn gathered_rows_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(5);
    for cols in [0, 1, 3, 17, 100] {
        for layout in Layout::ALL {
            let x = Matrix::<T>::random(&mut numbers, 50, cols, layout);
            let rows: Vec<usize> = (0..400).map(|_| numbers.below(50)).collect();
            let mut expected = Matrix::random(&mut numbers, rows.len(), cols, Layout::PaddedRows);
            let blank = expected.clone();
            reference::gather_rows(x.view(), &rows, expected.view_mut());
            on_every_team(|team| {
                let mut got = blank.clone();
                gather_rows(team, x.view(), &rows, got.view_mut());
                assert_same(&got.data, &expected.data, &format!("{layout:?} of {cols}"), team);
            });
        }
    }
}

/// A rule with two buffers that uses each of its operands: momentum and a running maximum.
struct Momentum<T> {
    rate: T,
    mu: T,
}

impl<T: Real> Rule<T, 2> for Momentum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [velocity, largest]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let velocity = s.mul_add(s.splat(self.mu), velocity, g);
        let largest = s.max(s.abs(g), largest);
        (s.neg_mul_add(s.splat(self.rate), velocity, p), [velocity, largest])
    }
}

/// One tensor that fills the arenas.
fn sweep_whole<T: Real, const N: usize>(
    team: &Team,
    rule: &impl Rule<T, N>,
    params: &mut [T],
    grads: &[T],
    penalty: T,
    state: [&mut [T]; N],
) {
    let segment = Segment { tensor: 0, start: 0, len: params.len(), penalised: true };
    sweep(team, &[segment], |_| rule, Arenas { params, grads: Grads::Arena(grads), penalty, state });
}

/// A rule without state.
struct Plain<T>(T);

impl<T: Real> Rule<T, 0> for Plain<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        (s.neg_mul_add(s.splat(self.0), g, p), state)
    }
}

fn sweeps_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(6);
    let (params, grads) = (numbers.units::<T>(LONG), numbers.wild::<T>(LONG));
    let (velocity, largest) = (numbers.units::<T>(LONG), numbers.units::<T>(LONG));
    let rule = Momentum { rate: T::of(0.1), mu: T::of(0.9) };
    let naive = |p: T, g: T, [velocity, largest]: [T; 2]| {
        let velocity = rule.mu.mul_add(velocity, g);
        let largest = if g.abs() > largest { g.abs() } else { largest };
        ((-rule.rate).mul_add(velocity, p), [velocity, largest])
    };
    for l2 in [T::zero(), T::of(0.01)] {
        let (mut p, mut v, mut m) = (params.clone(), velocity.clone(), largest.clone());
        reference::sweep(naive, &mut p, &grads, l2, [&mut v, &mut m]);
        let mut plain = params.clone();
        reference::sweep(|p: T, g: T, []| ((-rule.rate).mul_add(g, p), []), &mut plain, &grads, l2, []);
        on_every_team(|team| {
            for n in lengths() {
                let (mut q, mut w, mut o) = (params[..n].to_vec(), velocity[..n].to_vec(), largest[..n].to_vec());
                let grads = grads[..n].to_vec();
                sweep_whole(team, &rule, &mut q, &grads, l2, [&mut w, &mut o]);
                assert_same(&q, &p[..n], &"parameters", team);
                assert_same(&w, &v[..n], &"velocity", team);
                assert_same(&o, &m[..n], &"largest", team);
                let mut q = params[..n].to_vec();
                sweep_whole(team, &Plain(rule.rate), &mut q, &grads, l2, []);
                assert_same(&q, &plain[..n], &"parameters without state", team);
            }
        });
    }
}

fn relu_keeps_nan<T: Real>() {
    for isa in Isa::available() {
        let mut x = [T::nan(), -T::one(), T::zero(), T::one(), T::neg_infinity(), T::infinity()];
        activate(&Team::serial(isa), Activation::Relu, &mut x);
        assert!(x[0].is_nan());
        assert_eq!(x[1..], [T::zero(), T::zero(), T::one(), T::zero(), T::infinity()]);
    }
}
