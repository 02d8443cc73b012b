//! Losses and slopes of a chunk of rows, from their predictions.

use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::vecmath::{exp_v, log_sum_exp_rows, log_v, softmax_rows};
use thalweg_kernels::{MatMut, MatRef, Real, Team};

use crate::linear::SmoothLoss;

/// What is known of the rows.
pub struct Rows<'a, T> {
    /// (outputs,)
    pub intercept: &'a [T],
    /// (rows, targets)
    pub y: &'a [T],
    /// (rows,)
    pub weights: Option<&'a [T]>,
}

/// Turns the products in `slopes`, (rows, outputs), into slopes; returns the losses, within `terms`: one for each row, or
/// for each element.
pub fn judge<'t, T: Real>(
    team: &Team,
    loss: SmoothLoss,
    rows: &Rows<'_, T>,
    slopes: &mut [T],
    terms: &'t mut [T],
) -> &'t [T] {
    let outputs = rows.intercept.len();
    for row in slopes.chunks_exact_mut(outputs) {
        row.iter_mut().zip(rows.intercept).for_each(|(p, b)| *p += *b);
    }
    let terms = match loss {
        SmoothLoss::Log => {
            T::dispatch(team.isa(), Elements { loss: Log, y: rows.y, slopes, terms });
            terms
        }
        SmoothLoss::Squared => {
            T::dispatch(team.isa(), Elements { loss: Squared, y: rows.y, slopes, terms });
            terms
        }
        SmoothLoss::Multinomial => {
            let terms = &mut terms[..rows.y.len()];
            multinomial(team, outputs, rows.y, slopes, terms);
            terms
        }
    };
    if let Some(weights) = rows.weights {
        weigh(weights, slopes);
        weigh(weights, terms);
    }
    terms
}

/// Multiplies each row by its weight.
fn weigh<T: Real>(weights: &[T], values: &mut [T]) {
    let width = values.len() / weights.len();
    for (row, &weight) in values.chunks_exact_mut(width).zip(weights) {
        row.iter_mut().for_each(|value| *value *= weight);
    }
}

fn multinomial<T: Real>(team: &Team, outputs: usize, y: &[T], slopes: &mut [T], terms: &mut [T]) {
    log_sum_exp_rows(team, MatRef::new(slopes, y.len(), outputs), terms);
    let own = |class: &T| class.wide() as usize;
    for ((row, term), class) in slopes.chunks_exact(outputs).zip(terms.iter_mut()).zip(y) {
        *term -= row[own(class)];
    }
    softmax_rows(team, MatMut::new(slopes, y.len(), outputs));
    for (row, class) in slopes.chunks_exact_mut(outputs).zip(y) {
        row[own(class)] -= T::one();
    }
}

/// A loss of one element.
trait Element: Copy {
    /// Loss and slope at the predictions p.
    fn judge<T: Real, S: Simd<T>>(self, s: S, y: S::V, p: S::V) -> (S::V, S::V);
}

/// Half the squared error.
#[derive(Clone, Copy)]
struct Squared;

impl Element for Squared {
    #[inline(always)]
    fn judge<T: Real, S: Simd<T>>(self, s: S, y: S::V, p: S::V) -> (S::V, S::V) {
        let residual = s.sub(p, y);
        (s.mul(s.mul(residual, residual), s.splat(T::of(0.5))), residual)
    }
}

/// `log(1 + exp(p)) - y p`
#[derive(Clone, Copy)]
struct Log;

impl Element for Log {
    #[inline(always)]
    fn judge<T: Real, S: Simd<T>>(self, s: S, y: S::V, p: S::V) -> (S::V, S::V) {
        let (zero, one) = (s.splat(T::zero()), s.splat(T::one()));
        // exp(-|p|) cannot overflow.
        let e = exp_v(s, s.neg(s.abs(p)));
        let sum = s.add(one, e);
        // The last term is what rounding has taken from the sum.
        let log = s.add(log_v(s, sum), s.div(s.sub(e, s.sub(sum, one)), sum));
        let loss = s.neg_mul_add(y, p, s.add(s.max(zero, p), log));
        // sigmoid(p) - y as (1 - y) sigmoid(p) - y sigmoid(-p): for y of 0 and 1 nothing cancels in either tail.
        let (yes, no) = (s.select_lt(p, zero, one, e), s.select_lt(p, zero, e, one));
        let slope = s.div(s.neg_mul_add(y, yes, s.mul(s.sub(one, y), no)), sum);
        (loss, slope)
    }
}

struct Elements<'a, T, L> {
    loss: L,
    y: &'a [T],
    slopes: &'a mut [T],
    terms: &'a mut [T],
}

impl<T: Real, L: Element> Kernel<T> for Elements<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let vectors = self.slopes.chunks_mut(S::LANES).zip(self.terms.chunks_mut(S::LANES));
        for ((slopes, terms), y) in vectors.zip(self.y.chunks(S::LANES)) {
            let (loss, slope) = self.loss.judge(s, s.load_tail(y), s.load_tail(slopes));
            s.store_tail(slopes, slope);
            s.store_tail(terms, loss);
        }
    }
}
