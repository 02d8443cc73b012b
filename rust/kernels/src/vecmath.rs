//! Vector mathematics: exp, log, tanh and the logistic sigmoid, and softmax over the rows of a matrix.
//!
//! Each function is one polynomial with fused multiply-adds, the same on every CPU path, so all paths give the same
//! bits. The table in [`functions`] says how far they are from the exact value.

mod coefficients;
pub mod functions;
mod rows;

use crate::partition::CHUNK;
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

pub(crate) use coefficients::{TANH_SPLIT, constants};
pub use functions::{Exp, Log, Sigmoid, Tanh, Unary, exp_v, log_v, sigmoid_v, tanh_v};
pub use rows::{log_sum_exp_rows, softmax_rows};

/// `out[i] = exp(x[i])`; overflows to infinity, underflows through the subnormal numbers to zero.
///
/// # Panics
/// If the lengths differ.
pub fn exp<T: Real>(team: &Team, x: &[T], out: &mut [T]) {
    map(team, Exp, x, out);
}

/// `out[i] = ln(x[i])`: minus infinity at zero, NaN below.
///
/// # Panics
/// If the lengths differ.
pub fn log<T: Real>(team: &Team, x: &[T], out: &mut [T]) {
    map(team, Log, x, out);
}

/// `out[i] = tanh(x[i])`
///
/// # Panics
/// If the lengths differ.
pub fn tanh<T: Real>(team: &Team, x: &[T], out: &mut [T]) {
    map(team, Tanh, x, out);
}

/// `out[i] = 1 / (1 + exp(-x[i]))`
///
/// # Panics
/// If the lengths differ.
pub fn sigmoid<T: Real>(team: &Team, x: &[T], out: &mut [T]) {
    map(team, Sigmoid, x, out);
}

/// `out[i] = function(x[i])`
///
/// # Panics
/// If the lengths differ.
pub fn map<T: Real, F: Unary<T>>(team: &Team, function: F, x: &[T], out: &mut [T]) {
    assert_eq!(x.len(), out.len(), "lengths of input and output");
    team.for_each_part(out, CHUNK, &|offset, out| {
        let x = &x[offset..][..out.len()];
        T::dispatch(team.isa(), Map { function, x, out });
    });
}

struct Map<'a, T, F> {
    function: F,
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Real, F: Unary<T>> Kernel<T> for Map<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let whole = self.out.len() / S::LANES * S::LANES;
        let (out, out_tail) = self.out.split_at_mut(whole);
        let (x, x_tail) = self.x.split_at(whole);
        for (out, x) in out.chunks_exact_mut(S::LANES).zip(x.chunks_exact(S::LANES)) {
            s.store(out, self.function.apply(s, s.load(x)));
        }
        if !out_tail.is_empty() {
            s.store_tail(out_tail, self.function.apply(s, s.load_tail(x_tail)));
        }
    }
}
