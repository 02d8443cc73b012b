//! Steps of SAG and SAGA: what one sample does to the weights of a linear model.
//!
//! Weights w and sums of gradients g are of shape (outputs, features) for dense samples x, rows padded to whole registers,
//! and (features, outputs) for sparse ones. A step with x is, for each output,
//!
//! ```text
//! w <- decay w - change.weights x
//! g <- g + change.sum x
//! w <- S(w - rate g, threshold)                 S(v, c) = sign(v) max(|v| - c, 0)
//! ```
//! [`step`] does all of this in one pass, which also takes the product with the next sample. Where samples are sparse,
//! [`LaggedWeights`] moves a weight only when a sample asks for it.

mod lagged;
mod shrink;

use crate::arch::Isa;
use crate::real::Real;
use crate::reduce::{LANES, fold_registers};
use crate::rows::padded;
use crate::simd::{Kernel, Simd};

pub use lagged::LaggedWeights;

/// What a sample does to the weights of one output.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change<T> {
    /// Taken off the weights for each x.
    pub weights: T,
    /// Added to the sums of gradients for each x.
    pub sum: T,
}

/// What a step does to every weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift<T> {
    /// Factor of the weights, from an L2 penalty.
    pub decay: T,
    /// Factor of the sums of gradients.
    pub rate: T,
    /// How far weights shrink towards zero, from an L1 penalty.
    pub threshold: T,
}

/// Takes the step of `row` and writes the product of the new weights with `next` to `dots`: for each output a sum over the
/// 16 virtual lanes of [`crate::reduce`].
///
/// `weights`, `sums`: (outputs, [`padded`] features), zeros past the last feature; `row`, `next`: (features,); `changes`,
/// `dots`: (outputs,).
///
/// # Panics
/// If lengths do not agree.
#[allow(clippy::too_many_arguments, reason = "two samples, two kinds of scalars, two arrays and the result")]
pub fn step<T: Real>(
    isa: Isa,
    row: &[T],
    changes: &[Change<T>],
    drift: Drift<T>,
    next: &[T],
    weights: &mut [T],
    sums: &mut [T],
    dots: &mut [T],
) {
    assert_eq!(row.len(), next.len(), "lengths of two samples");
    assert_eq!(changes.len(), dots.len(), "outputs of changes and products");
    assert_eq!(weights.len(), padded(row.len()) * dots.len(), "number of weights");
    assert_eq!(sums.len(), weights.len(), "lengths of weights and sums");
    T::dispatch(isa, Step { row, changes, drift, next, weights, sums, dots });
}

struct Step<'a, T> {
    row: &'a [T],
    changes: &'a [Change<T>],
    drift: Drift<T>,
    next: &'a [T],
    weights: &'a mut [T],
    sums: &'a mut [T],
    dots: &'a mut [T],
}

impl<T: Real> Kernel<T> for Step<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let n = padded(self.row.len());
        for (k, (change, dot)) in self.changes.iter().zip(self.dots).enumerate() {
            let rule = Rule::new(s, *change, self.drift);
            let (weights, sums) = (&mut self.weights[k * n..][..n], &mut self.sums[k * n..][..n]);
            *dot = if self.drift.threshold > T::zero() {
                pass::<T, S, true>(s, &rule, self.row, self.next, weights, sums)
            } else {
                pass::<T, S, false>(s, &rule, self.row, self.next, weights, sums)
            };
        }
    }
}

/// The scalars of a step, in all lanes.
struct Rule<V> {
    change: Change<V>,
    drift: Drift<V>,
}

impl<V: Copy> Rule<V> {
    #[inline(always)]
    fn new<T: Real, S: Simd<T, V = V>>(s: S, change: Change<T>, drift: Drift<T>) -> Self {
        Self {
            change: Change { weights: s.splat(change.weights), sum: s.splat(change.sum) },
            drift: Drift {
                decay: s.splat(drift.decay),
                rate: s.splat(drift.rate),
                threshold: s.splat(drift.threshold),
            },
        }
    }

    /// The new weights and sums.
    #[inline(always)]
    fn apply<T: Real, S: Simd<T, V = V>, const SHRINK: bool>(&self, s: S, x: V, w: V, g: V) -> (V, V) {
        let g = s.mul_add(self.change.sum, x, g);
        let w = s.neg_mul_add(self.change.weights, x, s.mul(self.drift.decay, w));
        let w = s.neg_mul_add(self.drift.rate, g, w);
        if SHRINK { (shrink::vector(s, w, self.drift.threshold), g) } else { (w, g) }
    }
}

/// One output: the step of `row`, and the product with `next`.
#[inline(always)]
fn pass<T: Real, S: Simd<T>, const SHRINK: bool>(
    s: S,
    rule: &Rule<S::V>,
    row: &[T],
    next: &[T],
    weights: &mut [T],
    sums: &mut [T],
) -> T {
    // LANES / S::LANES registers hold the virtual lanes; 4 where a register holds four elements.
    let mut dots = [s.splat(T::zero()); 4];
    let registers = LANES / S::LANES;
    let samples = row.chunks(LANES).zip(next.chunks(LANES));
    let state = weights.chunks_exact_mut(LANES).zip(sums.chunks_exact_mut(LANES));
    for ((row, next), (weights, sums)) in samples.zip(state) {
        for (v, dot) in dots[..registers].iter_mut().enumerate() {
            let at = v * S::LANES;
            // Zeros past the end leave weights there at zero, and add nothing to the product.
            let (x, coming) = (part(s, row, at), part(s, next, at));
            let (w, g) = rule.apply::<T, S, SHRINK>(s, x, s.load(&weights[at..]), s.load(&sums[at..]));
            s.store(&mut weights[at..], w);
            s.store(&mut sums[at..], g);
            *dot = s.mul_add(coming, w, *dot);
        }
    }
    fold_registers(s, dots, registers)
}

/// The elements of a block from `at` on, zeros past its end.
#[inline(always)]
fn part<T: Real, S: Simd<T>>(s: S, block: &[T], at: usize) -> S::V {
    if block.len() == LANES { s.load(&block[at..]) } else { s.load_part(&block[at.min(block.len())..]) }
}
