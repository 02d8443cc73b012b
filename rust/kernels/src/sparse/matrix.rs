//! Sparse matrices in CSR form, checked once.

use crate::matrix::InvalidMatrix;
use crate::prefetch::Span;
use crate::real::Real;

/// A sparse matrix of shape (rows, cols): row i holds `data[k]` in column `indices[k]` for `indptr[i] <= k < indptr[i + 1]`.
#[derive(Clone, Copy, Debug)]
pub struct CsrRef<'a, T> {
    data: &'a [T],
    indices: &'a [u32],
    indptr: &'a [usize],
    rows: usize,
    cols: usize,
}

/// Where the elements of a sparse matrix stand: checked once, to be used many times.
#[derive(Clone, Debug)]
pub struct CsrPattern {
    indices: Vec<u32>,
    indptr: Vec<usize>,
    cols: usize,
}

impl CsrPattern {
    /// The pattern of a matrix of `cols` columns and `indptr.len() - 1` rows.
    ///
    /// # Errors
    /// As [`CsrRef::new`].
    pub fn new(indices: Vec<u32>, indptr: Vec<usize>, cols: usize) -> Result<Self, InvalidMatrix> {
        check(indices.len(), &indices, &indptr, cols)?;
        Ok(Self { indices, indptr, cols })
    }

    /// The matrix with these elements.
    ///
    /// # Errors
    /// When their number is another.
    pub fn with<'a, T: Real>(&'a self, data: &'a [T]) -> Result<CsrRef<'a, T>, InvalidMatrix> {
        let Self { indices, indptr, cols } = self;
        same_length(data.len(), indices.len())?;
        Ok(CsrRef { data, indices, indptr, rows: indptr.len() - 1, cols: *cols })
    }
}

fn same_length(data: usize, indices: usize) -> Result<(), InvalidMatrix> {
    if data == indices {
        return Ok(());
    }
    Err(InvalidMatrix(format!("`data` has {data} elements and `indices` {indices}")))
}

/// Checks that three arrays form a CSR matrix, one of `count` elements.
fn check(count: usize, indices: &[u32], indptr: &[usize], cols: usize) -> Result<(), InvalidMatrix> {
    let refuse = |text: String| Err(InvalidMatrix(text));
    let (Some((&first, _)), Some((&last, _))) = (indptr.split_first(), indptr.split_last()) else {
        return refuse("`indptr` must have one element more than there are rows, got none".to_owned());
    };
    same_length(count, indices.len())?;
    if first != 0 || last != count {
        return refuse(format!("`indptr` must run from 0 to {count}, got {first} to {last}"));
    }
    for (row, ends) in indptr.windows(2).enumerate() {
        if ends[0] > ends[1] {
            return refuse(format!("`indptr` must not descend, got {} after {}", ends[1], ends[0]));
        }
        // Every end lies between the first and the last, so within the arrays, unless a later one descends.
        let Some(columns) = indices.get(ends[0]..ends[1]) else {
            return refuse(format!("`indptr` must not exceed {count}, got {}", ends[1]));
        };
        if !ascends_within(columns, cols) {
            return refuse(format!("`indices` of row {row} must ascend strictly within 0..{cols}"));
        }
    }
    Ok(())
}

impl<'a, T: Real> CsrRef<'a, T> {
    /// A matrix of `cols` columns and `indptr.len() - 1` rows.
    ///
    /// # Errors
    /// When `indptr` does not ascend from 0 to the number of elements, or the columns of a row do not ascend strictly
    /// within `0..cols`.
    pub fn new(data: &'a [T], indices: &'a [u32], indptr: &'a [usize], cols: usize) -> Result<Self, InvalidMatrix> {
        check(data.len(), indices, indptr, cols)?;
        Ok(Self { data, indices, indptr, rows: indptr.len() - 1, cols })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Columns and values of the elements of row `i`, ascending by column.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, i: usize) -> (&'a [u32], &'a [T]) {
        let range = self.indptr[i]..self.indptr[i + 1];
        (&self.indices[range.clone()], &self.data[range])
    }

    /// Where it stands where row `i` is: to be asked for before [`Self::row`], which would wait for it.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn place(&self, i: usize) -> Span {
        Span::of(&self.indptr[i..i + 2])
    }
}

fn ascends_within(columns: &[u32], cols: usize) -> bool {
    columns.windows(2).all(|pair| pair[0] < pair[1]) && columns.last().is_none_or(|last| (*last as usize) < cols)
}
