//! Eigenvalues and eigenvectors of a symmetric matrix, by cyclic Jacobi rotations (Golub and Van Loan, section 8.5): each
//! makes one pair of elements off the diagonal zero; a sweep visits all of them in order.
//!
//! Slower than to reduce the matrix to a tridiagonal one first, but short, accurate, and a smooth function of the matrix
//! where eigenvalues coincide: pairs that are zero but for rounding are left alone.

/// Sweeps after which the matrix is taken as it is; some ten are enough but for matrices that hold NaN.
const MOST_SWEEPS: usize = 40;

/// The eigenvalues of a matrix, in no order, and its eigenvectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigen {
    /// The eigenvalues.
    pub values: Vec<f64>,
    /// One eigenvector a row, as long as 1.
    pub vectors: Vec<f64>,
}

impl Eigen {
    /// The `i`-th eigenvector.
    #[must_use]
    pub fn vector(&self, i: usize) -> &[f64] {
        let n = self.values.len();
        &self.vectors[i * n..][..n]
    }
}

/// The eigenvalues and eigenvectors of a symmetric matrix of `n` rows.
///
/// # Panics
/// If the matrix has not `n * n` elements.
#[must_use]
pub fn symmetric_eigen(mut matrix: Vec<f64>, n: usize) -> Eigen {
    assert_eq!(matrix.len(), n * n, "elements of a square matrix");
    let mut vectors = vec![0.0; n * n];
    vectors.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = 1.0);
    let norm = matrix.iter().map(|x| x * x).sum::<f64>().sqrt();
    let negligible = 0.125 * f64::EPSILON * norm;
    for _ in 0..MOST_SWEEPS {
        if !sweep(&mut matrix, &mut vectors, n, negligible) {
            break;
        }
    }
    Eigen { values: matrix.iter().step_by(n + 1).copied().collect(), vectors }
}

/// Visits every pair once; returns whether there was anything to do.
fn sweep(matrix: &mut [f64], vectors: &mut [f64], n: usize, negligible: f64) -> bool {
    let mut rotated = false;
    for p in 0..n {
        for q in p + 1..n {
            let off = matrix[p * n + q];
            if off.abs() > negligible {
                let rotation = Rotation::new(matrix[p * n + p], off, matrix[q * n + q]);
                rotation.apply_both_sides(matrix, n, p, q);
                rotation.apply(vectors, n, p, q);
                rotated = true;
            }
        }
    }
    rotated
}

/// A rotation in the plane of two axes.
struct Rotation {
    cos: f64,
    sin: f64,
    tan: f64,
}

impl Rotation {
    /// The smaller of the rotations that make `[[a, off], [off, b]]` diagonal.
    fn new(a: f64, off: f64, b: f64) -> Self {
        let theta = (b - a) / (2.0 * off);
        let tan = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
        let cos = 1.0 / (tan * tan + 1.0).sqrt();
        Self { cos, sin: tan * cos, tan }
    }

    /// Rotates rows `p < q`.
    fn apply(&self, rows: &mut [f64], n: usize, p: usize, q: usize) {
        let (upper, lower) = rows.split_at_mut(q * n);
        for (x, y) in upper[p * n..][..n].iter_mut().zip(&mut lower[..n]) {
            (*x, *y) = (self.cos * *x - self.sin * *y, self.sin * *x + self.cos * *y);
        }
    }

    /// Rotates rows and columns `p < q` of a symmetric matrix, such that the element where they meet becomes zero.
    fn apply_both_sides(&self, matrix: &mut [f64], n: usize, p: usize, q: usize) {
        let (a, off, b) = (matrix[p * n + p], matrix[p * n + q], matrix[q * n + q]);
        self.apply(matrix, n, p, q);
        for j in 0..n {
            matrix[j * n + p] = matrix[p * n + j];
            matrix[j * n + q] = matrix[q * n + j];
        }
        matrix[p * n + p] = a - self.tan * off;
        matrix[q * n + q] = b + self.tan * off;
        matrix[p * n + q] = 0.0;
        matrix[q * n + p] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sum of value * vector * vector^T`
    fn composed(eigen: &Eigen) -> Vec<f64> {
        let n = eigen.values.len();
        let mut matrix = vec![0.0; n * n];
        for (k, value) in eigen.values.iter().enumerate() {
            for (place, element) in matrix.iter_mut().enumerate() {
                *element += value * eigen.vector(k)[place / n] * eigen.vector(k)[place % n];
            }
        }
        matrix
    }

    #[test]
    fn eigenvectors_are_orthonormal_and_compose_the_matrix() {
        for n in [0, 1, 2, 3, 17, 40] {
            // The last one has rank 2.
            for rank in [n, 2.min(n)] {
                let factor: Vec<f64> = (0..n * rank).map(|i| ((i * i * 7 + 3 * i) % 23) as f64 / 7.0 - 1.5).collect();
                let row = |i: usize| &factor[i * rank..][..rank];
                let element = |place: usize| row(place / n).iter().zip(row(place % n)).map(|(a, b)| a * b).sum::<f64>();
                let matrix: Vec<f64> = (0..n * n).map(element).collect();
                let eigen = symmetric_eigen(matrix.clone(), n);
                let scale = matrix.iter().map(|x| x.abs()).fold(1.0, f64::max);
                for (actual, expected) in composed(&eigen).iter().zip(&matrix) {
                    assert!((actual - expected).abs() <= 1e-13 * scale, "{n}, rank {rank}: {actual} {expected}");
                }
                let unit = composed(&Eigen { values: vec![1.0; n], vectors: eigen.vectors.clone() });
                for (place, element) in unit.iter().enumerate() {
                    let expected = f64::from(u8::from(place / n.max(1) == place % n.max(1)));
                    assert!((element - expected).abs() <= 1e-13, "{n}, rank {rank}: {element}");
                }
            }
        }
    }

    #[test]
    fn a_matrix_with_nan_ends() {
        assert!(symmetric_eigen(vec![1.0, f64::NAN, f64::NAN, 1.0], 2).values.len() == 2);
    }
}
