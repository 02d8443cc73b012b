//! The losses of linear models on batches: each prediction's value and slope by the one definition in
//! [`crate::linear::losses`], in float64 whatever the data is. The output is the prediction before any link, and the loss of
//! several outputs is the sum of theirs.

use thalweg_kernels::partition::CHUNK;
use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::{Real, Team};

use super::Prediction;
use crate::linear::losses::LossConfig;

/// Elements whose quantities are kept in float64 at a time.
const BLOCK: usize = 64;

/// What is asked of a loss.
#[derive(Clone, Copy)]
enum Quantity {
    Value,
    Slope,
}

/// As [`super::Loss::terms`].
pub(super) fn terms<T: Real>(team: &Team, loss: &LossConfig, batch: &Prediction<'_, T>, terms: &mut [T]) {
    map(team, loss, Quantity::Value, batch, 1.0, terms);
}

/// As [`super::Loss::delta`].
pub(super) fn delta<T: Real>(team: &Team, loss: &LossConfig, batch: &Prediction<'_, T>, factor: f64, delta: &mut [T]) {
    map(team, loss, Quantity::Slope, batch, factor, delta);
}

/// `out = quantity(y, output) * weight of the row * factor`
fn map<T: Real>(
    team: &Team,
    loss: &LossConfig,
    quantity: Quantity,
    batch: &Prediction<'_, T>,
    factor: f64,
    out: &mut [T],
) {
    let batch = *batch;
    team.for_each_part(out, CHUNK, &|offset, out| {
        T::dispatch(team.isa(), Map { loss, quantity, batch, factor, offset, out });
    });
}

/// A part of [`map`], compiled for each CPU path, where a fused multiply-add is one instruction.
struct Map<'a, T> {
    loss: &'a LossConfig,
    quantity: Quantity,
    batch: Prediction<'a, T>,
    factor: f64,
    offset: usize,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Map<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _: S) {
        let Prediction { y, output, weights, outputs } = self.batch;
        let mut quantities = [0.0; BLOCK];
        for (block, out) in self.out.chunks_mut(BLOCK).enumerate() {
            let first = self.offset + block * BLOCK;
            let (y, p) = (&y[first..][..out.len()], &output[first..][..out.len()]);
            match self.quantity {
                Quantity::Value => self.loss.values(y, p, &mut quantities),
                Quantity::Slope => self.loss.slopes(y, p, &mut quantities),
            }
            for ((i, out), quantity) in out.iter_mut().enumerate().zip(&quantities) {
                let weight = weights.map_or(1.0, |weights| weights[(first + i) / outputs].wide());
                *out = T::of(quantity * (weight * self.factor));
            }
        }
    }
}
