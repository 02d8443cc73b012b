//! Copies of rows, one after the other in the order in which they are going to be used.

use crate::aligned::OutOfMemory;
use crate::arch::Isa;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

use super::Rows;

/// Rows that are asked for ahead while others are copied.
const AHEAD: usize = 8;

/// Room for the copies of some rows.
#[derive(Debug)]
pub struct RowCopies<T> {
    pub(super) values: Vec<T>,
    /// Columns of the values, and where each row ends; of sparse rows only.
    pub(super) columns: Vec<u32>,
    pub(super) ends: Vec<usize>,
    pub(super) rows: usize,
    /// Columns of the matrix that the rows are from.
    pub(super) cols: usize,
}

impl<T: Real> RowCopies<T> {
    /// Room for `rows` rows of `elements` elements in all, which is not exceeded.
    ///
    /// # Errors
    /// When memory is short.
    pub fn new(rows: usize, elements: usize) -> Result<Self, OutOfMemory> {
        let mut copies = Self { values: Vec::new(), columns: Vec::new(), ends: Vec::new(), rows: 0, cols: 0 };
        let short = |_| OutOfMemory { elements };
        copies.values.try_reserve_exact(elements).map_err(short)?;
        copies.columns.try_reserve_exact(elements).map_err(short)?;
        copies.ends.try_reserve_exact(rows + 1).map_err(short)?;
        Ok(copies)
    }

    /// The values of all rows, one row after the other.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Replaces what is there by copies of the rows `order` of `from`; false, and no rows, where there is no room for them.
    /// `later` are the rows that will be wanted next.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn copy<R: Rows<T>>(&mut self, isa: Isa, from: R, order: &[u32], later: &[u32]) -> bool {
        self.values.clear();
        self.columns.clear();
        self.ends.clear();
        self.ends.push(0);
        (self.rows, self.cols) = (0, from.cols());
        T::dispatch(isa, Copy { from, order, later, to: self })
    }
}

struct Copy<'a, T, R> {
    from: R,
    order: &'a [u32],
    later: &'a [u32],
    to: &'a mut RowCopies<T>,
}

impl<T: Real, R: Rows<T>> Kernel<T> for Copy<'_, T, R> {
    type Output = bool;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> bool {
        let Self { from, order, later, to } = self;
        let wanted = |k: usize| order.get(k).or_else(|| later.get(k - order.len())).map(|row| *row as usize);
        for (k, &row) in order.iter().enumerate() {
            if let Some(row) = wanted(k + 2 * AHEAD) {
                from.prefetch_place(s, row);
            }
            if let Some(row) = wanted(k + AHEAD) {
                from.prefetch(s, row);
            }
            if !from.copy_row(row as usize, to) {
                to.rows = 0;
                return false;
            }
            to.rows += 1;
        }
        true
    }
}
