//! One row of a matrix and a vector of weights: what training sample by sample is made of.
//!
//! The sums run over [`LANES`] virtual lanes for dense rows and [`SPARSE_LANES`] for sparse ones: lane l takes the
//! elements l, l + lanes, … as one chain of fused multiply-adds, and the lanes are folded in halves. A row with zeros left
//! out therefore has other bits than the dense row, which is why both have a reference.
//!
//! These are not kernels of their own but parts of one: a loop over samples is a [`Kernel`](crate::simd::Kernel) that
//! calls them, compiled as a whole for each CPU path.

mod copies;
mod dense;
mod sparse;

use crate::real::Real;
use crate::simd::Simd;

pub use copies::RowCopies;
pub use dense::DenseRows;
pub use sparse::SparseRows;

/// Virtual lanes of the sums over a dense row: two registers or more on each path, so that no sum waits for itself.
pub const LANES: usize = 32;

/// Virtual lanes of the sums over a sparse row.
pub const SPARSE_LANES: usize = 4;

/// Elements of a vector of weights for rows of `cols` columns: whole registers on each path.
///
/// A register that is stored in part is not handed on to the load that follows with the next row, and to wait for it
/// would take longer than all the rest of a short row.
#[must_use]
pub fn padded(cols: usize) -> usize {
    cols.next_multiple_of(WIDEST)
}

/// Elements of the widest register.
const WIDEST: usize = 16;

/// A matrix whose rows are taken one at a time, in any order.
///
/// Vectors of weights have [`padded`] elements; those past the last column stay what they are.
///
/// # Panics
/// All methods panic when there is no row `i`, or `w` has not as many elements as it should have.
pub trait Rows<T: Real>: Copy + Send + Sync {
    /// Rows of this kind that have been copied.
    type Copied<'b>: Rows<T>;

    /// Number of rows.
    fn rows(&self) -> usize;

    /// Number of columns.
    fn cols(&self) -> usize;

    /// Number of elements stored.
    fn stored(&self) -> usize;

    /// Asks for what says where row `i` is: before [`Self::prefetch`], which would wait for it. A hint.
    fn prefetch_place<S: Simd<T>>(&self, s: S, i: usize);

    /// Asks for row `i`, which is used soon; a hint.
    ///
    /// Into the second level of cache: what is asked into the first holds one of its few line buffers until the memory
    /// has answered, and all loads of weights wait for one.
    fn prefetch<S: Simd<T>>(&self, s: S, i: usize);

    /// Appends row `i` to copies; false where there is no room for it.
    fn copy_row(&self, i: usize, to: &mut RowCopies<T>) -> bool;

    /// The rows of this matrix that `copies` holds.
    fn copied<'b>(&self, copies: &'b RowCopies<T>) -> Self::Copied<'b>;

    /// The sum of `x[i, j] * w[j]`.
    fn dot<S: Simd<T>>(&self, s: S, i: usize, w: &[T]) -> T;

    /// The sum of `x[i, j]^2`.
    fn sum_squares<S: Simd<T>>(&self, s: S, i: usize) -> T;

    /// `w[j] += c * x[i, j]`
    fn add<S: Simd<T>>(&self, s: S, i: usize, c: T, w: &mut [T]);

    /// As [`Self::add`]; returns the sums of squares and of magnitudes of the weights where the row has elements.
    fn add_and_measure<S: Simd<T>>(&self, s: S, i: usize, c: T, w: &mut [T]) -> (T, T);

    /// Where the row has elements, moves the weights towards zero and not beyond.
    fn shrink<S: Simd<T>>(&self, s: S, i: usize, shrinkage: Shrinkage<T>, w: &mut [T], applied: &mut [T]);
}

/// The cumulative L1 penalty (Tsuruoka, Tsujii and Ananiadou, 2009): each weight, when it is met, is moved by what the
/// penalty has come to in the meantime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shrinkage<T> {
    /// What every weight should have lost so far.
    pub total: T,
    /// What the weights are to be multiplied by, above 0.
    pub scale: T,
}

impl<T: Real> Shrinkage<T> {
    /// The weight moved, and what it has lost so far (negative where the weight is positive).
    #[inline(always)]
    #[must_use]
    pub fn apply(self, w: T, applied: T) -> (T, T) {
        let moved = if w > T::zero() {
            (w - (self.total + applied) / self.scale).max(T::zero())
        } else if w < T::zero() {
            (w + (self.total - applied) / self.scale).min(T::zero())
        } else {
            w
        };
        (moved, self.scale.mul_add(moved - w, applied))
    }
}
