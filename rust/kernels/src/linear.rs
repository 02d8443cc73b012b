//! One pass over some rows of a matrix for a model of one dot product a row: the scores, whatever a judge makes of them,
//! and the gradient that follows, while the rows are in the cache. Each row comes from memory once.
//!
//! ```text
//! score of a row = x w + b,     slope = judge(score),     gradient = sum of slope x,     gradient of b = sum of slope
//! ```
//! Rows are cut into chunks whose length depends on the number of columns alone. Within a chunk each element of the
//! gradient is one ascending chain of fused multiply-adds; the chunks' gradients are added as
//! [`column_sums`](crate::reduce::column_sums) adds rows.

use crate::aligned::{AlignedVec, OutOfMemory};
use crate::gemm::{TOGETHER, dots};
use crate::matrix::MatRef;
use crate::real::Real;
use crate::reduce::column_sums;
use crate::simd::{Kernel, Simd};
use crate::team::{Parts, Team};

/// Most rows of a chunk: what a judge is shown at once.
pub const MOST_ROWS: usize = 128;

/// Fewest rows of a chunk, for its gradient has to be written and added.
const LEAST_ROWS: usize = 16;

/// Elements that the second look at a chunk finds in the second level of cache.
const ELEMENTS: usize = 16_384;

/// Rows for which memory is asked before they are read: some kilobytes are on their way at a time.
const AHEAD: usize = 8;

/// Cache lines of a row that are asked for; the hardware sees by itself that a longer row goes on.
const LINES: usize = 8;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Elements to which a chunk's gradient is rounded up, so that two threads never write to one cache line.
const PADDING: usize = 16;

/// Shown the numbers and the scores of some rows, at most [`MOST_ROWS`], writes their slopes and returns their loss. It may
/// change the scores.
pub type Judge<'a, T> = &'a (dyn Fn(&[usize], &mut [T], &mut [T]) -> f64 + Sync);

/// Rows of a chunk of a matrix of `cols` columns. It shapes the result, so nothing else decides it.
#[must_use]
pub fn chunk_rows(cols: usize) -> usize {
    (ELEMENTS / cols.max(1)).clamp(LEAST_ROWS, MOST_ROWS)
}

/// The gradients and losses of the chunks of a pass.
#[derive(Debug)]
pub struct Space<T: Real> {
    gradients: AlignedVec<T>,
    losses: AlignedVec<f64>,
}

impl<T: Real> Space<T> {
    /// Space for passes over up to `rows` rows of `cols` columns.
    ///
    /// # Errors
    /// When memory is short.
    pub fn new(rows: usize, cols: usize) -> Result<Self, OutOfMemory> {
        let chunks = rows.div_ceil(chunk_rows(cols));
        let len = chunks.checked_mul(stride(cols)).ok_or(OutOfMemory { elements: usize::MAX })?;
        Ok(Self { gradients: AlignedVec::zeros(len)?, losses: AlignedVec::zeros(chunks)? })
    }
}

/// Elements from one chunk's gradient to the next: one a column, and one of the bias.
fn stride(cols: usize) -> usize {
    (cols + 1).next_multiple_of(PADDING)
}

/// Passes over `rows` of `x`; writes the gradient of the weights, returns the loss and the gradient of the bias.
/// x: (n, k), rows contiguous; `weights` and `gradient`: (k,).
///
/// # Panics
/// If the shapes do not agree, a row is not in `x`, or the space is that of fewer rows or columns.
pub fn pass<T: Real>(
    team: &Team,
    x: MatRef<'_, T>,
    rows: &[usize],
    (weights, bias): (&[T], T),
    judge: Judge<'_, T>,
    space: &mut Space<T>,
    gradient: &mut [T],
) -> (f64, T) {
    let cols = x.cols();
    assert_eq!((weights.len(), gradient.len()), (cols, cols), "one weight and one slope a column");
    assert!(x.col_stride() == 1 || cols <= 1, "the rows of `x` must be contiguous");
    let (length, stride) = (chunk_rows(cols), stride(cols));
    let chunks = rows.len().div_ceil(length);
    let (gradients, losses) = (&mut space.gradients[..chunks * stride], &mut space.losses[..chunks]);
    let (parts, sums) = (Parts::new(gradients, stride), Parts::new(losses, 1));
    team.for_each(chunks, &|i| {
        let rows = &rows[i * length..rows.len().min((i + 1) * length)];
        let (mut scores, mut slopes) = ([T::zero(); MOST_ROWS], [T::zero(); MOST_ROWS]);
        let (scores, slopes) = (&mut scores[..rows.len()], &mut slopes[..rows.len()]);
        T::dispatch(team.isa(), Scores { x, rows, weights, bias, scores });
        let loss = judge(rows, scores, slopes);
        // SAFETY: `for_each` calls each index once, and the buffers are borrowed until it returns.
        let (part, sum) = unsafe { (parts.take(i), sums.take(i)) };
        sum[0] = loss;
        T::dispatch(team.isa(), Gradient { x, rows, slopes, gradient: &mut part[..cols] });
        part[cols] = slopes.iter().fold(T::zero(), |sum, slope| sum + *slope);
    });
    let column = |from: usize, cols: usize| MatRef::with_strides(&gradients[from..], chunks, cols, stride, 1);
    let mut of_bias = [T::zero()];
    if chunks == 0 {
        gradient.fill(T::zero());
    } else {
        column_sums(team, column(0, cols), gradient);
        column_sums(team, column(cols, 1), &mut of_bias);
    }
    (losses.iter().sum(), of_bias[0])
}

/// `scores[i] = x[rows[i], :] weights + bias`, as [`crate::gemm::gemv`] has it.
struct Scores<'a, T> {
    x: MatRef<'a, T>,
    rows: &'a [usize],
    weights: &'a [T],
    bias: T,
    scores: &'a mut [T],
}

impl<T: Real> Kernel<T> for Scores<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        for &row in self.rows.iter().take(AHEAD) {
            ask_for(s, self.x.row(row));
        }
        let whole = self.rows.len() / TOGETHER * TOGETHER;
        for i in (0..whole).step_by(TOGETHER) {
            for &row in self.rows.iter().skip(i + AHEAD).take(TOGETHER) {
                ask_for(s, self.x.row(row));
            }
            let mut rows = [&[][..]; TOGETHER];
            for (row, &at) in rows.iter_mut().zip(&self.rows[i..]) {
                *row = self.x.row(at);
            }
            let sums = dots::<T, S, TOGETHER>(s, rows, self.weights);
            for (score, sum) in self.scores[i..].iter_mut().zip(sums) {
                *score = sum + self.bias;
            }
        }
        for i in whole..self.rows.len() {
            self.scores[i] = dots::<T, S, 1>(s, [self.x.row(self.rows[i])], self.weights)[0] + self.bias;
        }
    }
}

/// Asks the memory for the beginning of a row.
#[inline(always)]
fn ask_for<T: Real, S: Simd<T>>(s: S, row: &[T]) {
    for at in row.iter().step_by(LINE / size_of::<T>()).take(LINES) {
        s.prefetch(at);
    }
    // The row need not begin on a line, and then ends on one more.
    if let (Some(last), true) = (row.last(), size_of_val(row) <= LINES * LINE) {
        s.prefetch(last);
    }
}

/// `gradient[j] = sum of slopes[i] x[rows[i], j]`, one ascending chain.
struct Gradient<'a, T> {
    x: MatRef<'a, T>,
    rows: &'a [usize],
    slopes: &'a [T],
    gradient: &'a mut [T],
}

impl<T: Real> Kernel<T> for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(mut self, s: S) {
        let (cols, mut at) = (self.gradient.len(), 0);
        while at < cols {
            at += match (cols - at) / S::LANES {
                8.. => self.vectors::<S, 8>(s, at),
                4.. => self.vectors::<S, 4>(s, at),
                2.. => self.vectors::<S, 2>(s, at),
                1.. => self.vectors::<S, 1>(s, at),
                0 => self.tail(s, at),
            };
        }
    }
}

impl<T: Real> Gradient<'_, T> {
    /// `V` vectors of the gradient, from column `at` on; returns how many columns they are.
    #[inline(always)]
    fn vectors<S: Simd<T>, const V: usize>(&mut self, s: S, at: usize) -> usize {
        let mut sums = [s.splat(T::zero()); V];
        for (&row, &slope) in self.rows.iter().zip(self.slopes) {
            let (slope, row) = (s.splat(slope), &self.x.row(row)[at..][..V * S::LANES]);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = s.mul_add(s.load(&row[v * S::LANES..]), slope, *sum);
            }
        }
        for (v, sum) in sums.into_iter().enumerate() {
            s.store(&mut self.gradient[at + v * S::LANES..], sum);
        }
        V * S::LANES
    }

    /// The last columns, fewer than a vector; returns how many they are.
    #[inline(always)]
    fn tail<S: Simd<T>>(&mut self, s: S, at: usize) -> usize {
        let mut sum = s.splat(T::zero());
        for (&row, &slope) in self.rows.iter().zip(self.slopes) {
            sum = s.mul_add(s.load_tail(&self.x.row(row)[at..]), s.splat(slope), sum);
        }
        s.store_tail(&mut self.gradient[at..], sum);
        self.gradient.len() - at
    }
}
