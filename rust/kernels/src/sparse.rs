//! Products with sparse matrices in CSR form, for the first layer of a network.
//!
//! Absent elements are skipped, present ones enter in ascending order, each by one fused multiply-add: where the dense
//! matrix is finite the result equals that of the dense product.

mod matrix;

use crate::arch::Isa;
use crate::elementwise::{axpy_row, bias_activate_row, gradient_row};
use crate::gemm::Epilogue;
use crate::matrix::{MatMut, MatRef};
use crate::partition::{for_each_row_block, rows_per_chunk};
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

pub use matrix::{CsrPattern, CsrRef};

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
