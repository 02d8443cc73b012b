//! Borrowed matrices with strides: what the matrix kernels take.

use std::fmt;

use crate::real::Real;

/// A view of a matrix: element (i, j) lies at `i * row_stride + j * col_stride`.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

/// A view of a matrix to write: rows `row_stride` apart, elements of a row side by side.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    data: &'a mut [T],
    rows: usize,
    cols: usize,
    row_stride: usize,
}

/// Elements that a strided matrix spans from its first to its last, or `None` on overflow.
fn span(rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> Option<usize> {
    if rows == 0 || cols == 0 {
        return Some(0);
    }
    (rows - 1).checked_mul(row_stride)?.checked_add((cols - 1).checked_mul(col_stride)?)?.checked_add(1)
}

impl<'a, T: Real> MatRef<'a, T> {
    /// A row-major matrix of shape (rows, cols).
    ///
    /// # Panics
    /// If `data` is shorter than `rows * cols`.
    #[must_use]
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::with_strides(data, rows, cols, cols, 1)
    }

    /// A matrix with any strides, in elements.
    ///
    /// # Panics
    /// If an element lies outside `data`.
    #[must_use]
    pub fn with_strides(data: &'a [T], rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> Self {
        let span = span(rows, cols, row_stride, col_stride);
        assert!(span.is_some_and(|n| n <= data.len()), "a matrix of {rows} x {cols} does not fit its data");
        Self { data, rows, cols, row_stride, col_stride }
    }

    /// The transpose, of shape (cols, rows), without moving an element.
    #[must_use]
    pub fn t(self) -> Self {
        Self {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }

    /// Rows `start..start + count`.
    ///
    /// # Panics
    /// If they are not in the matrix.
    #[must_use]
    pub fn row_range(self, start: usize, count: usize) -> Self {
        assert!(start + count <= self.rows, "rows {start}..{} of {}", start + count, self.rows);
        let offset = if count == 0 { 0 } else { start * self.row_stride };
        Self { data: &self.data[offset.min(self.data.len())..], rows: count, ..self }
    }

    /// Columns `start..start + count`.
    ///
    /// # Panics
    /// If they are not in the matrix.
    #[must_use]
    pub fn col_range(self, start: usize, count: usize) -> Self {
        self.t().row_range(start, count).t()
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

    /// Elements between one row and the next.
    #[must_use]
    pub fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// Elements between one column and the next.
    #[must_use]
    pub fn col_stride(&self) -> usize {
        self.col_stride
    }

    /// The elements, from the first of the matrix on.
    #[must_use]
    pub fn data(&self) -> &'a [T] {
        self.data
    }

    /// Element (i, j).
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> T {
        self.data[i * self.row_stride + j * self.col_stride]
    }

    /// Row `i`, where the elements of a row lie side by side.
    ///
    /// # Panics
    /// If they do not.
    #[inline]
    #[must_use]
    pub fn row(&self, i: usize) -> &'a [T] {
        assert!(self.col_stride == 1 || self.cols <= 1, "the rows of this matrix are not contiguous");
        assert!(i < self.rows, "row {i} of {}", self.rows);
        if self.cols == 0 { &[] } else { &self.data[i * self.row_stride..][..self.cols] }
    }
}

impl<'a, T: Real> MatMut<'a, T> {
    /// A row-major matrix of shape (rows, cols).
    ///
    /// # Panics
    /// If `data` is shorter than `rows * cols`.
    #[must_use]
    pub fn new(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self::with_stride(data, rows, cols, cols)
    }

    /// A matrix whose rows are `row_stride >= cols` elements apart.
    ///
    /// # Panics
    /// If an element lies outside `data`, or rows overlap.
    #[must_use]
    pub fn with_stride(data: &'a mut [T], rows: usize, cols: usize, row_stride: usize) -> Self {
        assert!(rows <= 1 || row_stride >= cols, "rows of {cols} elements overlap at a stride of {row_stride}");
        let span = span(rows, cols, row_stride, 1);
        assert!(span.is_some_and(|n| n <= data.len()), "a matrix of {rows} x {cols} does not fit its data");
        Self { data, rows, cols, row_stride }
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

    /// Elements between one row and the next.
    #[must_use]
    pub fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// The elements, from the first of the matrix on.
    #[must_use]
    pub fn data(&mut self) -> &mut [T] {
        self.data
    }

    /// Row `i`.
    #[inline]
    #[must_use]
    pub fn row(&mut self, i: usize) -> &mut [T] {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        if self.cols == 0 { &mut [] } else { &mut self.data[i * self.row_stride..][..self.cols] }
    }

    /// The same matrix to read.
    #[must_use]
    pub fn as_ref(&self) -> MatRef<'_, T> {
        MatRef { data: self.data, rows: self.rows, cols: self.cols, row_stride: self.row_stride, col_stride: 1 }
    }

    /// The same matrix, borrowed for a shorter time.
    #[must_use]
    pub fn reborrow(&mut self) -> MatMut<'_, T> {
        MatMut { data: self.data, rows: self.rows, cols: self.cols, row_stride: self.row_stride }
    }
}

/// What a caller hands in describes no matrix of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMatrix(pub(crate) String);

impl fmt::Display for InvalidMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidMatrix {}
