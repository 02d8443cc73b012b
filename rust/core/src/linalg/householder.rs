//! Orthonormal columns that span what given columns span, by Householder reflections (Golub and Van Loan, section 5.2): Q of
//! A = Q R. Orthonormal to rounding however dependent the columns are.

use thalweg_kernels::Team;
use thalweg_kernels::elementwise::{axpy, scale};
use thalweg_kernels::reduce::{dot, norm};

/// Replaces the columns of a square matrix by orthonormal ones of which the first k span what the first k spanned, for any
/// k. `columns` holds one column a row.
///
/// # Panics
/// If `columns` has not `n * n` elements.
pub fn orthonormalise(team: &Team, columns: &mut [f64], n: usize) {
    assert_eq!(columns.len(), n * n, "elements of a square matrix");
    for k in 0..n {
        let (done, rest) = columns.split_at_mut((k + 1) * n);
        let mirror = &mut done[k * n + k..];
        make_mirror(team, mirror);
        rest.chunks_exact_mut(n).for_each(|column| reflect(team, mirror, &mut column[k..]));
    }
    // The k-th column of Q is the k-th unit vector behind all mirrors, the last one first; those after the k-th do nothing
    // to it, and a column's own mirror is no longer needed once it has been applied to the columns behind.
    for k in (0..n).rev() {
        let (done, rest) = columns.split_at_mut((k + 1) * n);
        let mirror = &mut done[k * n + k..];
        rest.chunks_exact_mut(n).for_each(|column| reflect(team, mirror, &mut column[k..]));
        let first = mirror[0];
        scale(team, -first, mirror);
        mirror[0] += 1.0;
        done[k * n..k * n + k].fill(0.0);
    }
}

/// Turns a vector x into v, as long as the root of 2 or 0, such that `x - v (v x)` lies along the first axis.
fn make_mirror(team: &Team, x: &mut [f64]) {
    let length = norm(team, x);
    if length == 0.0 {
        return;
    }
    scale(team, 1.0 / length, x);
    // Away from the axis' nearer end, so that nothing cancels. |v|^2 = 2 + 2 |x_0| before it is scaled.
    x[0] += 1.0_f64.copysign(x[0]);
    let half = x[0].abs();
    scale(team, 1.0 / half.sqrt(), x);
}

fn reflect(team: &Team, mirror: &[f64], x: &mut [f64]) {
    let share = dot(team, mirror, x);
    axpy(team, -share, mirror, x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_kernels::Isa;

    #[test]
    fn columns_become_orthonormal_and_span_the_same() {
        let team = Team::serial(Isa::Scalar);
        for n in [0, 1, 2, 5, 20] {
            let start: Vec<f64> = (0..n * n).map(|i| ((i * i * 5 + 2 * i) % 19) as f64 / 7.0 - 1.2).collect();
            let mut q = start.clone();
            // Two dependent columns.
            if n == 20 {
                q.copy_within(0..n, n);
            }
            let start = q.clone();
            orthonormalise(&team, &mut q, n);
            let column = |k: usize| &q[k * n..][..n];
            for i in 0..n {
                for j in 0..n {
                    let product: f64 = column(i).iter().zip(column(j)).map(|(a, b)| a * b).sum();
                    assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14, "{n}: {i} {j} {product}");
                    // A later column has no part in an earlier one of A.
                    let part: f64 = column(i).iter().zip(&start[j * n..][..n]).map(|(a, b)| a * b).sum();
                    assert!(i <= j || part.abs() < 1e-13, "{n}: {i} {j} {part}");
                }
            }
        }
    }

    #[test]
    fn columns_of_zeros_become_some_basis() {
        let mut q = vec![0.0; 9];
        orthonormalise(&Team::serial(Isa::Scalar), &mut q, 3);
        assert_eq!(q, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    }
}
