//! Products against those of other crates: equal to within rounding, since neither knows of the other's order.

mod common;
mod peers;

use common::{Layout, Matrix, Numbers};
use peers::Peers;
use thalweg_kernels::gemm::{Epilogue, gemm};
use thalweg_kernels::{Isa, MatMut, Team};

for_both_types!(products_agree);

fn products_agree<T: Peers>() {
    let mut numbers = Numbers(50);
    for (m, k, n) in [(1, 1, 1), (7, 300, 5), (65, 257, 97), (200, 784, 10), (130, 40, 333), (1, 700, 90), (90, 700, 1)]
    {
        for (left, right) in
            [(Layout::Rows, Layout::Rows), (Layout::Columns, Layout::Rows), (Layout::Rows, Layout::Columns)]
        {
            let (a, b) = (Matrix::<T>::random(&mut numbers, m, k, left), Matrix::random(&mut numbers, k, n, right));
            let mut ours = vec![T::nan(); m * n];
            let team = Team::serial(Isa::from_environment().expect("a known path"));
            gemm(&team, a.view(), b.view(), MatMut::new(&mut ours, m, n), false, Epilogue::None);
            for (peer, product) in
                [("gemmkit", T::gemmkit as fn(_, _, &mut [T])), ("matrixmultiply", T::matrixmultiply)]
            {
                let mut theirs = vec![T::nan(); m * n];
                product(a.view(), b.view(), &mut theirs);
                for (i, (x, y)) in ours.iter().zip(&theirs).enumerate() {
                    // Each sum of k products of numbers below 1 is off by less than k roundings of numbers below k.
                    let bound = T::of(k as f64 * k as f64) * T::epsilon();
                    assert!((*x - *y).abs() <= bound, "{m}x{k}x{n}, element {i}: {x:?}, and {y:?} by {peer}");
                }
            }
        }
    }
}
