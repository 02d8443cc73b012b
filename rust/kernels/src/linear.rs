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
use crate::prefetch::{LINE, Span};
use crate::real::Real;
use crate::reduce::column_sums;
use crate::simd::{Kernel, Simd};
use crate::team::{Parts, Team};

/// Most rows of a chunk: what a judge is shown at once.
pub const MOST_ROWS: usize = 128;

/// Fewest rows of a chunk, for its gradient has to be written and added.
const LEAST_ROWS: usize = 16;

/// Elements that the second look at a chunk finds in the first level of cache, in float32.
const ELEMENTS: usize = 8192;

/// Rows for which memory is asked before they are read: some kilobytes are on their way at a time.
const AHEAD: usize = 8;

/// Cache lines of a row that are asked for; the hardware sees by itself that a longer row goes on.
const LINES: usize = 8;

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

/// A linear model of one output: one weight a column, and a bias.
#[derive(Clone, Copy, Debug)]
pub struct Model<'a, T> {
    /// The weights.
    pub weights: &'a [T],
    /// The bias.
    pub bias: T,
}

/// What rows say: their features, and numbers beside them that the judge will look at, which are asked for early.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a, T> {
    /// Of shape (n, k), rows contiguous.
    pub x: MatRef<'a, T>,
    /// Of length n each.
    pub beside: [&'a [T]; 2],
}

/// Passes over `rows` of `x`; writes the gradient of the weights, returns the loss and the gradient of the bias.
/// `weights` and `gradient`: (k,).
///
/// # Panics
/// If the shapes do not agree, a row is not in `x`, or the space is that of fewer rows or columns.
pub fn pass<T: Real>(
    team: &Team,
    Samples { x, beside }: Samples<'_, T>,
    rows: &[usize],
    Model { weights, bias }: Model<'_, T>,
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
        let numbers = &rows[i * length..rows.len().min((i + 1) * length)];
        let (mut rows, mut scores, mut slopes) = ([&[][..]; MOST_ROWS], [T::zero(); MOST_ROWS], [T::zero(); MOST_ROWS]);
        for (row, &number) in rows.iter_mut().zip(numbers) {
            *row = &x.row(number)[..cols];
        }
        let rows = &rows[..numbers.len()];
        let (scores, slopes) = (&mut scores[..rows.len()], &mut slopes[..rows.len()]);
        T::dispatch(team.isa(), AskFor { numbers, beside });
        T::dispatch(team.isa(), Scores { rows, weights, bias, scores });
        let loss = judge(numbers, scores, slopes);
        // SAFETY: `for_each` calls each index once, and the buffers are borrowed until it returns.
        let (part, sum) = unsafe { (parts.take(i), sums.take(i)) };
        sum[0] = loss;
        T::dispatch(team.isa(), Gradient { rows, slopes, gradient: &mut part[..cols] });
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

/// Asks the memory for some elements of each list.
struct AskFor<'a, T> {
    numbers: &'a [usize],
    beside: [&'a [T]; 2],
}

impl<T: Real> Kernel<T> for AskFor<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        for list in self.beside {
            for element in self.numbers.iter().filter_map(|&number| list.get(number)) {
                s.prefetch(element);
            }
        }
    }
}

/// `scores[i] = rows[i] weights + bias`, as [`crate::gemm::gemv`] has it.
struct Scores<'a, T> {
    rows: &'a [&'a [T]],
    weights: &'a [T],
    bias: T,
    scores: &'a mut [T],
}

impl<T: Real> Kernel<T> for Scores<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        for row in self.rows.iter().take(AHEAD) {
            ask_for(s, row);
        }
        let mut groups = self.rows.chunks_exact(TOGETHER);
        let mut scores = self.scores.chunks_exact_mut(TOGETHER);
        for (i, (group, scores)) in (&mut groups).zip(&mut scores).enumerate() {
            for row in self.rows.iter().skip(i * TOGETHER + AHEAD).take(TOGETHER) {
                ask_for(s, row);
            }
            let mut rows = [&[][..]; TOGETHER];
            rows.copy_from_slice(group);
            for (score, sum) in scores.iter_mut().zip(dots::<T, S, TOGETHER>(s, rows, self.weights)) {
                *score = sum + self.bias;
            }
        }
        for (row, score) in groups.remainder().iter().zip(scores.into_remainder()) {
            *score = dots::<T, S, 1>(s, [row], self.weights)[0] + self.bias;
        }
    }
}

/// Asks the memory for the beginning of a row.
#[inline(always)]
fn ask_for<T: Real, S: Simd<T>>(s: S, row: &[T]) {
    Span::of(row).at_most(LINES * LINE).prefetch(s);
}

/// `gradient[j] = sum of slopes[i] rows[i][j]`, one ascending chain.
struct Gradient<'a, T> {
    rows: &'a [&'a [T]],
    slopes: &'a [T],
    gradient: &'a mut [T],
}

impl<T: Real> Kernel<T> for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(mut self, s: S) {
        let (cols, mut at) = (self.gradient.len(), 0);
        while at < cols {
            at += match (cols - at).div_ceil(S::LANES) {
                8.. => self.vectors::<S, 8>(s, at),
                7 => self.vectors::<S, 7>(s, at),
                6 => self.vectors::<S, 6>(s, at),
                5 => self.vectors::<S, 5>(s, at),
                4 => self.vectors::<S, 4>(s, at),
                3 => self.vectors::<S, 3>(s, at),
                2 => self.vectors::<S, 2>(s, at),
                _ => self.vectors::<S, 1>(s, at),
            };
        }
    }
}

impl<T: Real> Gradient<'_, T> {
    /// `V` vectors of the gradient, from column `at` on, the last of which may be cut short; returns how many columns they
    /// are.
    #[inline(always)]
    fn vectors<S: Simd<T>, const V: usize>(&mut self, s: S, at: usize) -> usize {
        let cols = (self.gradient.len() - at).min(V * S::LANES);
        let mut sums = [s.splat(T::zero()); V];
        for (row, &slope) in self.rows.iter().zip(self.slopes) {
            let (slope, row) = (s.splat(slope), &row[at..at + cols]);
            for v in 0..V - 1 {
                sums[v] = s.mul_add(s.load(&row[v * S::LANES..]), slope, sums[v]);
            }
            sums[V - 1] = s.mul_add(s.load_tail(&row[(V - 1) * S::LANES..]), slope, sums[V - 1]);
        }
        let out = &mut self.gradient[at..at + cols];
        for v in 0..V - 1 {
            s.store(&mut out[v * S::LANES..], sums[v]);
        }
        s.store_tail(&mut out[(V - 1) * S::LANES..], sums[V - 1]);
        cols
    }
}
