//! Products with sparse matrices in CSR form, for the first layer of a network.
//!
//! Absent elements are skipped, present ones enter in ascending order, each by one fused multiply-add: where the dense
//! matrix is finite the result equals that of the dense product.

use std::fmt;

use crate::arch::Isa;
use crate::elementwise::{axpy_row, bias_activate_row, gradient_row};
use crate::gemm::Epilogue;
use crate::matrix::{MatMut, MatRef};
use crate::partition::{for_each_row_block, rows_per_chunk};
use crate::prefetch::Span;
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// A sparse matrix of shape (rows, cols): row i holds `data[k]` in column `indices[k]` for `indptr[i] <= k < indptr[i + 1]`.
#[derive(Clone, Copy, Debug)]
pub struct CsrRef<'a, T> {
    data: &'a [T],
    indices: &'a [u32],
    indptr: &'a [usize],
    rows: usize,
    cols: usize,
}

/// Three arrays that form no CSR matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCsr(String);

impl fmt::Display for InvalidCsr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidCsr {}

impl InvalidCsr {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
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
    pub fn new(indices: Vec<u32>, indptr: Vec<usize>, cols: usize) -> Result<Self, InvalidCsr> {
        check(indices.len(), &indices, &indptr, cols)?;
        Ok(Self { indices, indptr, cols })
    }

    /// The matrix with these elements.
    ///
    /// # Errors
    /// When their number is another.
    pub fn with<'a, T: Real>(&'a self, data: &'a [T]) -> Result<CsrRef<'a, T>, InvalidCsr> {
        let Self { indices, indptr, cols } = self;
        same_length(data.len(), indices.len())?;
        Ok(CsrRef { data, indices, indptr, rows: indptr.len() - 1, cols: *cols })
    }
}

fn same_length(data: usize, indices: usize) -> Result<(), InvalidCsr> {
    if data == indices {
        return Ok(());
    }
    Err(InvalidCsr(format!("`data` has {data} elements and `indices` {indices}")))
}

/// Checks that three arrays form a CSR matrix, one of `count` elements.
fn check(count: usize, indices: &[u32], indptr: &[usize], cols: usize) -> Result<(), InvalidCsr> {
    let refuse = |text: String| Err(InvalidCsr(text));
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
    pub fn new(data: &'a [T], indices: &'a [u32], indptr: &'a [usize], cols: usize) -> Result<Self, InvalidCsr> {
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

/// `c[r, :] = x[rows[r], :] @ w`, then the epilogue. w: (x.cols(), n), rows contiguous; c: (rows.len(), n).
///
/// # Panics
/// If the shapes do not agree or a row is not in `x`.
pub fn csr_gemm<T: Real>(
    team: &Team,
    x: CsrRef<'_, T>,
    rows: &[usize],
    w: MatRef<'_, T>,
    c: MatMut<'_, T>,
    epilogue: Epilogue<'_, T>,
) {
    assert_eq!(x.cols(), w.rows(), "columns of x and rows of w");
    assert_eq!((c.rows(), c.cols()), (rows.len(), w.cols()), "shape of the product");
    match &epilogue {
        Epilogue::None => {}
        Epilogue::BiasActivation { bias, .. } => assert_eq!(bias.len(), c.cols(), "one bias a column"),
        Epilogue::ActivationGradient { output, .. } => {
            assert_eq!((output.rows(), output.cols()), (c.rows(), c.cols()), "one output an element");
        }
    }
    // Rows hold different numbers of elements: small blocks let the threads even that out.
    let block_rows = rows_per_chunk(w.cols()).min(16);
    for_each_row_block(team, block_rows, c, |first, c| {
        T::dispatch(team.isa(), Forward { x, rows: &rows[first..], w, c, first, epilogue });
    });
}

/// `out = x[rows, :]^T @ delta`, each element a chain over ascending positions in `rows`.
/// delta: (rows.len(), n), rows contiguous; out: (x.cols(), n), overwritten.
///
/// # Panics
/// If the shapes do not agree or a row is not in `x`.
pub fn csr_t_gemm<T: Real>(team: &Team, x: CsrRef<'_, T>, rows: &[usize], delta: MatRef<'_, T>, out: MatMut<'_, T>) {
    assert_eq!(delta.rows(), rows.len(), "rows of delta");
    assert_eq!((out.rows(), out.cols()), (x.cols(), delta.cols()), "shape of the product");
    // Each thread takes a range of columns of x, finding where it begins in every row: so few ranges, of any length.
    let ranges = if team.active() == 1 { 1 } else { 2 * team.active() };
    let block_rows = out.rows().div_ceil(ranges).max(1);
    for_each_row_block(team, block_rows, out, |first, out| {
        T::dispatch(team.isa(), Backward { x, rows, delta, out, first });
    });
}

/// `out[r, :] = x[first + r, :] @ w`, each element a chain of fused multiply-adds in the order of the columns.
/// w: (x.cols(), n), rows contiguous; out: (rows, n), on the calling thread.
///
/// # Panics
/// If the shapes do not agree or a row is not in `x`.
pub fn csr_product<T: Real>(isa: Isa, x: CsrRef<'_, T>, first: usize, w: MatRef<'_, T>, out: &mut [T]) {
    assert_eq!(x.cols(), w.rows(), "columns of x and rows of w");
    assert_eq!(out.len() % w.cols().max(1), 0, "shape of the product");
    T::dispatch(isa, Product { x, first, w, out });
}

/// `out += x[first..first + m, :]^T @ delta`, row after row. delta: (m, n), rows contiguous; out: (x.cols(), n), on the
/// calling thread.
///
/// # Panics
/// If the shapes do not agree or a row is not in `x`.
pub fn csr_add_transposed<T: Real>(isa: Isa, x: CsrRef<'_, T>, first: usize, delta: MatRef<'_, T>, out: &mut [T]) {
    assert_eq!(out.len(), x.cols() * delta.cols(), "shape of the product");
    T::dispatch(isa, AddTransposed { x, first, delta, out });
}

struct Forward<'a, T> {
    x: CsrRef<'a, T>,
    rows: &'a [usize],
    w: MatRef<'a, T>,
    c: MatMut<'a, T>,
    first: usize,
    epilogue: Epilogue<'a, T>,
}

impl<T: Real> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(mut self, s: S) {
        for i in 0..self.c.rows() {
            let (columns, values) = self.x.row(self.rows[i]);
            let row = self.c.row(i);
            let mut at = 0;
            while at < row.len() {
                at += match (row.len() - at) / S::LANES {
                    8.. => vectors::<T, S, 8>(s, columns, values, &self.w, at, row),
                    4.. => vectors::<T, S, 4>(s, columns, values, &self.w, at, row),
                    2.. => vectors::<T, S, 2>(s, columns, values, &self.w, at, row),
                    1.. => vectors::<T, S, 1>(s, columns, values, &self.w, at, row),
                    0 if row.len() == 1 => single(columns, values, &self.w, row),
                    0 => tail(s, columns, values, &self.w, at, row),
                };
            }
            match self.epilogue {
                Epilogue::None => {}
                Epilogue::BiasActivation { bias, activation } => bias_activate_row(s, activation, bias, row),
                Epilogue::ActivationGradient { activation, output } => {
                    gradient_row(s, activation, output.row(self.first + i), row);
                }
            }
        }
    }
}

/// `V` vectors of one row of the product, from column `at` on; returns how many columns they are.
#[inline(always)]
fn vectors<T: Real, S: Simd<T>, const V: usize>(
    s: S,
    columns: &[u32],
    values: &[T],
    w: &MatRef<'_, T>,
    at: usize,
    row: &mut [T],
) -> usize {
    let mut sums = [s.splat(T::zero()); V];
    for (&column, &value) in columns.iter().zip(values) {
        let (value, weights) = (s.splat(value), &w.row(column as usize)[at..][..V * S::LANES]);
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = s.mul_add(value, s.load(&weights[v * S::LANES..]), *sum);
        }
    }
    for (v, sum) in sums.into_iter().enumerate() {
        s.store(&mut row[at + v * S::LANES..], sum);
    }
    V * S::LANES
}

/// One row of a product that has a single column, where a vector would be all but empty.
#[inline(always)]
fn single<T: Real>(columns: &[u32], values: &[T], w: &MatRef<'_, T>, row: &mut [T]) -> usize {
    let (w, stride) = (w.data(), w.row_stride());
    let terms = columns.iter().zip(values);
    row[0] = terms.fold(T::zero(), |sum, (&column, &value)| value.mul_add(w[column as usize * stride], sum));
    1
}

/// The last columns of one row of the product, fewer than a vector; returns how many they are.
#[inline(always)]
fn tail<T: Real, S: Simd<T>>(
    s: S,
    columns: &[u32],
    values: &[T],
    w: &MatRef<'_, T>,
    at: usize,
    row: &mut [T],
) -> usize {
    let mut sum = s.splat(T::zero());
    for (&column, &value) in columns.iter().zip(values) {
        sum = s.mul_add(s.splat(value), s.load_tail(&w.row(column as usize)[at..]), sum);
    }
    s.store_tail(&mut row[at..], sum);
    row.len() - at
}

struct Backward<'a, T> {
    x: CsrRef<'a, T>,
    rows: &'a [usize],
    delta: MatRef<'a, T>,
    out: MatMut<'a, T>,
    first: usize,
}

impl<T: Real> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(mut self, s: S) {
        let (first, end) = (self.first, self.first + self.out.rows());
        for f in 0..self.out.rows() {
            self.out.row(f).fill(T::zero());
        }
        for (r, &row) in self.rows.iter().enumerate() {
            let (columns, values) = self.x.row(row);
            let start = columns.partition_point(|&column| (column as usize) < first);
            let delta = self.delta.row(r);
            let terms = columns.iter().zip(values).skip(start).take_while(|(column, _)| (**column as usize) < end);
            if let [delta] = *delta {
                let stride = self.out.row_stride();
                scatter(terms, delta, first, self.out.data(), stride);
                continue;
            }
            for (&column, &value) in terms {
                axpy_row(s, value, delta, self.out.row(column as usize - first));
            }
        }
    }
}

struct Product<'a, T> {
    x: CsrRef<'a, T>,
    first: usize,
    w: MatRef<'a, T>,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let n = self.w.cols();
        for (r, out) in self.out.chunks_exact_mut(n.max(1)).enumerate() {
            let (columns, values) = self.x.row(self.first + r);
            if n == 1 {
                single(columns, values, &self.w, out);
                continue;
            }
            out.fill(T::zero());
            for (&column, &value) in columns.iter().zip(values) {
                axpy_row(s, value, self.w.row(column as usize), out);
            }
        }
    }
}

struct AddTransposed<'a, T> {
    x: CsrRef<'a, T>,
    first: usize,
    delta: MatRef<'a, T>,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for AddTransposed<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let n = self.delta.cols();
        for r in 0..self.delta.rows() {
            let (columns, values) = self.x.row(self.first + r);
            let (terms, delta) = (columns.iter().zip(values), self.delta.row(r));
            if let [delta] = *delta {
                scatter(terms, delta, 0, self.out, 1);
                continue;
            }
            for (&column, &value) in terms {
                axpy_row(s, value, delta, &mut self.out[column as usize * n..][..n]);
            }
        }
    }
}

/// Adds `delta` times one row to a single column that begins at element `first`, its elements `stride` apart.
#[inline(always)]
fn scatter<'a, T: Real>(
    terms: impl Iterator<Item = (&'a u32, &'a T)>,
    delta: T,
    first: usize,
    out: &mut [T],
    stride: usize,
) {
    for (&column, &value) in terms {
        let out = &mut out[(column as usize - first) * stride];
        *out = value.mul_add(delta, *out);
    }
}
