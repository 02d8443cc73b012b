//! Matrix products, dense and sparse.

use crate::gemm::Epilogue;
use crate::linear::chunk_rows;
use crate::matrix::{MatMut, MatRef};
use crate::real::Real;
use crate::sparse::CsrRef;

use super::functions::{activate_one, gradient_one};
use super::reductions::{column_sums, lanes_sum};

/// As [`crate::gemm::gemm`]: each element is one chain of fused multiply-adds over ascending k, then the epilogue.
pub fn gemm<T: Real>(
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut c: MatMut<'_, T>,
    accumulate: bool,
    epilogue: Epilogue<'_, T>,
) {
    for i in 0..c.rows() {
        for j in 0..c.cols() {
            let mut sum = if accumulate { c.row(i)[j] } else { T::zero() };
            for k in 0..a.cols() {
                sum = a.at(i, k).mul_add(b.at(k, j), sum);
            }
            c.row(i)[j] = finish(&epilogue, i, j, sum);
        }
    }
}

/// As [`crate::gemm::gemv`]: each element is a sum over 16 virtual lanes.
pub fn gemv<T: Real>(a: MatRef<'_, T>, x: &[T], y: &mut [T]) {
    for (i, y) in y.iter_mut().enumerate() {
        *y = lanes_sum(x.len(), |k, lane| a.at(i, k).mul_add(x[k], lane));
    }
}

/// As [`crate::sparse::csr_gemm`]: chains over the elements that are there.
pub fn csr_gemm<T: Real>(
    x: CsrRef<'_, T>,
    rows: &[usize],
    w: MatRef<'_, T>,
    mut c: MatMut<'_, T>,
    epilogue: Epilogue<'_, T>,
) {
    for (i, &row) in rows.iter().enumerate() {
        let (columns, values) = x.row(row);
        for j in 0..c.cols() {
            let mut sum = T::zero();
            for (&column, &value) in columns.iter().zip(values) {
                sum = value.mul_add(w.at(column as usize, j), sum);
            }
            c.row(i)[j] = finish(&epilogue, i, j, sum);
        }
    }
}

/// As [`crate::sparse::csr_t_gemm`].
pub fn csr_t_gemm<T: Real>(x: CsrRef<'_, T>, rows: &[usize], delta: MatRef<'_, T>, mut out: MatMut<'_, T>) {
    for f in 0..out.rows() {
        out.row(f).fill(T::zero());
    }
    for (i, &row) in rows.iter().enumerate() {
        let (columns, values) = x.row(row);
        for (&column, &value) in columns.iter().zip(values) {
            for (j, out) in out.row(column as usize).iter_mut().enumerate() {
                *out = value.mul_add(delta.at(i, j), *out);
            }
        }
    }
}

/// As [`crate::linear::pass`], of slopes that are known: the gradient of the weights and, last, that of the bias.
#[must_use]
pub fn linear_gradient<T: Real>(x: MatRef<'_, T>, rows: &[usize], slopes: &[T]) -> Vec<T> {
    let (cols, length) = (x.cols(), chunk_rows(x.cols()));
    let (mut chunks, mut out) = (Vec::new(), vec![T::zero(); cols + 1]);
    for (rows, slopes) in rows.chunks(length).zip(slopes.chunks(length)) {
        let terms = || rows.iter().zip(slopes);
        for j in 0..cols {
            chunks.push(terms().fold(T::zero(), |sum, (&row, slope)| x.at(row, j).mul_add(*slope, sum)));
        }
        chunks.push(slopes.iter().fold(T::zero(), |sum, slope| sum + *slope));
    }
    column_sums(MatRef::new(&chunks, chunks.len() / (cols + 1), cols + 1), &mut out);
    out
}

pub(super) fn finish<T: Real>(epilogue: &Epilogue<'_, T>, i: usize, j: usize, c: T) -> T {
    match epilogue {
        Epilogue::None => c,
        Epilogue::BiasActivation { bias, activation } => activate_one(*activation, c + bias[j]),
        Epilogue::ActivationGradient { activation, output } => gradient_one(*activation, output.at(i, j), c),
    }
}
