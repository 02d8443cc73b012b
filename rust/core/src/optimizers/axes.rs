//! A tensor seen along one of its axes, for members that multiply matrices with it.

use std::ops::Range;

use thalweg_kernels::gemm::{Epilogue, gemm};
use thalweg_kernels::{MatMut, MatRef, Real, Team};

/// One axis of a tensor of shape (…, extent, …): as many slices as the axes before have elements, each a matrix whose rows
/// are `after` long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    pub before: usize,
    pub extent: usize,
    pub after: usize,
}

/// The axes of a shape.
pub fn axes(shape: &[usize]) -> impl Iterator<Item = Axis> + '_ {
    (0..shape.len()).map(|axis| Axis {
        before: shape[..axis].iter().product(),
        extent: shape[axis],
        after: shape[axis + 1..].iter().product(),
    })
}

/// The axes, and where each lies in a buffer that holds `len` numbers of it.
pub fn placed(axes: impl Iterator<Item = Axis>, len: impl Fn(Axis) -> usize) -> Vec<(Axis, Range<usize>)> {
    let mut start = 0;
    let place = |axis| {
        let place = start..start + len(axis);
        start = place.end;
        (axis, place)
    };
    axes.map(place).collect()
}

impl Axis {
    fn slice(&self) -> usize {
        self.extent * self.after
    }

    /// The square matrix of the dot products of what lies at two places of the axis. Symmetric to the last bit.
    pub fn gram<T: Real>(&self, team: &Team, x: &[T], out: &mut [T], accumulate: bool) {
        if self.after == 1 {
            let x = MatRef::new(x, self.before, self.extent);
            return gemm(team, x.t(), x, self.square(out), accumulate, Epilogue::None);
        }
        for (i, slice) in x.chunks_exact(self.slice()).enumerate() {
            let x = MatRef::new(slice, self.extent, self.after);
            gemm(team, x, x.t(), self.square(out), accumulate || i > 0, Epilogue::None);
        }
    }

    /// The tensor with what lies along the axis multiplied by a square matrix, or by its transpose.
    pub fn multiply<T: Real>(&self, team: &Team, matrix: &[T], transposed: bool, x: &[T], out: &mut [T]) {
        let matrix = MatRef::new(matrix, self.extent, self.extent);
        let matrix = if transposed { matrix.t() } else { matrix };
        if self.after == 1 {
            let out = MatMut::new(out, self.before, self.extent);
            return gemm(team, MatRef::new(x, self.before, self.extent), matrix.t(), out, false, Epilogue::None);
        }
        for (x, out) in x.chunks_exact(self.slice()).zip(out.chunks_exact_mut(self.slice())) {
            let x = MatRef::new(x, self.extent, self.after);
            gemm(team, matrix, x, MatMut::new(out, self.extent, self.after), false, Epilogue::None);
        }
    }

    /// Calls `each(place on the axis, the rows there)` for all rows of the tensor.
    pub fn for_each_row<T: Real>(&self, x: &mut [T], mut each: impl FnMut(usize, &mut [T])) {
        for (i, row) in x.chunks_exact_mut(self.after).enumerate() {
            each(i % self.extent, row);
        }
    }

    /// The tensor with the places of the axis in another order.
    pub fn permute<T: Real>(&self, order: &[usize], x: &[T], out: &mut [T]) {
        for (x, out) in x.chunks_exact(self.slice()).zip(out.chunks_exact_mut(self.slice())) {
            for (row, from) in out.chunks_exact_mut(self.after).zip(order) {
                row.copy_from_slice(&x[from * self.after..][..self.after]);
            }
        }
    }

    fn square<'a, T: Real>(&self, elements: &'a mut [T]) -> MatMut<'a, T> {
        MatMut::new(elements, self.extent, self.extent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_kernels::Isa;

    #[test]
    fn each_axis_is_multiplied_and_permuted() {
        let (team, shape) = (Team::serial(Isa::Scalar), [2, 3, 4]);
        let x: Vec<f64> = (0..24).map(|i| f64::from(i * i % 11)).collect();
        let place = |[i, j, k]: [usize; 3]| (i * 3 + j) * 4 + k;
        for (number, axis) in axes(&shape).enumerate() {
            let n = axis.extent;
            let m: Vec<f64> = (0..n * n).map(|i| i as f64 - 3.0).collect();
            let order: Vec<usize> = (0..n).rev().collect();
            let (mut plain, mut transposed, mut permuted) = ([0.0; 24], [0.0; 24], [0.0; 24]);
            axis.multiply(&team, &m, false, &x, &mut plain);
            axis.multiply(&team, &m, true, &x, &mut transposed);
            axis.permute(&order, &x, &mut permuted);
            let mut gram = vec![0.0; n * n];
            axis.gram(&team, &x, &mut gram, true);
            let mut expected_gram = vec![0.0; n * n];
            for index in (0..24).map(|at| [at / 12, at / 4 % 3, at % 4]) {
                let at = |to: usize| {
                    let mut other = index;
                    other[number] = to;
                    x[place(other)]
                };
                let own = index[number];
                assert_eq!(plain[place(index)], (0..n).map(|j| m[own * n + j] * at(j)).sum::<f64>());
                assert_eq!(transposed[place(index)], (0..n).map(|j| m[j * n + own] * at(j)).sum::<f64>());
                assert_eq!(permuted[place(index)], at(n - 1 - own));
                (0..n).for_each(|j| expected_gram[own * n + j] += x[place(index)] * at(j));
            }
            assert_eq!(gram, expected_gram);
        }
    }
}
