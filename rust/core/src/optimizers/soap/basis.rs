//! The eigenbasis that SOAP works in: found once, then turned after the second moments.

use thalweg_kernels::gemm::{Epilogue, gemm};
use thalweg_kernels::reduce::dot;
use thalweg_kernels::{MatMut, MatRef, Real, Team};

use crate::linalg::{orthonormalise, symmetric_eigen};

/// Writes the eigenvectors of a symmetric matrix of `n` rows into the columns of `basis`, the largest eigenvalue's first.
pub fn eigenbasis<T: Real>(matrix: &[T], n: usize, basis: &mut [T]) {
    let eigen = symmetric_eigen(wide(matrix), n);
    for (to, from) in falling(&eigen.values).into_iter().enumerate() {
        write_column(basis, n, to, eigen.vector(from));
    }
}

/// Turns the columns of `basis` after a symmetric matrix, by one round of orthogonal iteration, having put them in the order
/// of falling `q^T matrix q`. Returns which column went to each place.
pub fn turned<T: Real>(team: &Team, matrix: &[T], n: usize, basis: &mut [T]) -> Vec<usize> {
    let (matrix, mut rows) = (wide(matrix), vec![0.0; n * n]);
    for (place, element) in basis.iter().enumerate() {
        rows[place % n * n + place / n] = element.wide();
    }
    // The matrix is symmetric: row k is what it makes of the k-th column.
    let mut images = vec![0.0; n * n];
    let (left, right) = (MatRef::new(&rows, n, n), MatRef::new(&matrix, n, n));
    gemm(team, left, right, MatMut::new(&mut images, n, n), false, Epilogue::None);
    let values = images.chunks_exact(n).zip(rows.chunks_exact(n)).map(|(image, q)| dot(team, image, q));
    let order = falling(&values.collect::<Vec<_>>());
    for (to, from) in rows.chunks_exact_mut(n).zip(&order) {
        to.copy_from_slice(&images[from * n..][..n]);
    }
    orthonormalise(team, &mut rows, n);
    for (k, column) in rows.chunks_exact(n).enumerate() {
        write_column(basis, n, k, column);
    }
    order
}

fn wide<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.wide()).collect()
}

fn write_column<T: Real>(matrix: &mut [T], n: usize, k: usize, column: &[f64]) {
    for (row, value) in matrix.chunks_exact_mut(n).zip(column) {
        row[k] = T::of(*value);
    }
}

/// The places of the values from the largest to the smallest; of equal ones the first comes first.
fn falling(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order
}
