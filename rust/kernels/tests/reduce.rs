//! Sums, dot products and norms: bits against the reference, and what overflows nowhere.

mod common;

use common::{EDGES, Layout, Matrix, Numbers, alone_in_memory, assert_same, on_every_team};
use thalweg_kernels::reduce::{
    BLOCK, all_finite, column_sums, dot, first_not_finite, norm, row_sums, sum, sum_squares,
};
use thalweg_kernels::{Isa, Real, Team, reference};

for_both_types!(
    reductions_equal_the_reference,
    column_sums_equal_the_reference,
    row_sums_equal_the_reference,
    norms_neither_overflow_nor_vanish,
    what_is_not_finite_is_found,
);

/// Around the lanes, around one block, and beyond what is reduced at once.
fn lengths() -> impl Iterator<Item = usize> {
    EDGES.into_iter().chain([BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 77, 66 * BLOCK + 5])
}

fn reductions_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(8);
    let longest = lengths().max().unwrap_or(0);
    let (x, y) = (numbers.units::<T>(longest), numbers.units::<T>(longest));
    for n in lengths() {
        let (x, y) = (x[..n].to_vec(), y[..n].to_vec());
        let expected = [reference::sum(&x), reference::dot(&x, &y), reference::sum_squares(&x), reference::norm(&x)];
        on_every_team(|team| {
            let got = [sum(team, &x), dot(team, &x, &y), sum_squares(team, &x), norm(team, &x)];
            assert_same(&got, &expected, &format!("sum, dot, squares, norm of {n}"), team);
        });
    }
}

fn column_sums_equal_the_reference<T: Real>() {
    for rows in [0, 1, 2, 255, 256, 257, 700] {
        for cols in EDGES {
            let x = Matrix::<T>::random(&mut Numbers(cols as u64), rows, cols, Layout::PaddedRows);
            let mut expected = vec![T::nan(); cols];
            reference::column_sums(x.view(), &mut expected);
            on_every_team(|team| {
                let mut out = vec![T::nan(); cols];
                column_sums(team, x.view(), &mut out);
                assert_same(&out, &expected, &format!("column sums of {rows} x {cols}"), team);
            });
        }
    }
}

fn row_sums_equal_the_reference<T: Real>() {
    for rows in [0, 1, 5, 130] {
        for cols in EDGES {
            let x = Matrix::<T>::random(&mut Numbers(cols as u64), rows, cols, Layout::PaddedRows);
            let mut expected = vec![T::nan(); rows];
            reference::row_sums(x.view(), &mut expected);
            on_every_team(|team| {
                let mut out = vec![T::nan(); rows];
                row_sums(team, x.view(), &mut out);
                assert_same(&out, &expected, &format!("row sums of {rows} x {cols}"), team);
            });
        }
    }
}

fn norms_neither_overflow_nor_vanish<T: Real>() {
    let mut numbers = Numbers(9);
    let tiny = T::min_positive_value();
    for unit in [T::max_value() / T::of(64.0), T::of(2.0).powi(70), tiny, tiny * T::epsilon() * T::of(1024.0)] {
        let x: Vec<T> = (0..1000).map(|_| numbers.unit::<T>() * unit).collect();
        let expected = reference::norm(&x);
        let exact = x.iter().map(|x| (x.wide() / unit.wide()).powi(2)).sum::<f64>().sqrt() * unit.wide();
        assert!((expected.wide() / exact - 1.0).abs() < 2e-3, "norm of {unit}: {expected}, not {exact}");
        on_every_team(|team| assert_same(&[norm(team, &x)], &[expected], &format!("norm of {unit}"), team));
    }
    let team = Team::serial(Isa::Scalar);
    assert_eq!(norm::<T>(&team, &[]), T::zero());
    assert_eq!(norm(&team, &[T::zero(); 40]), T::zero());
    assert_eq!(norm(&team, &[T::one(), T::neg_infinity()]), T::infinity());
    assert!(norm(&team, &[T::infinity(), T::nan()]).is_nan());
    assert_eq!(norm(&team, &[T::max_value(); 4]), T::infinity(), "where the norm itself is beyond the range");
}

fn what_is_not_finite_is_found<T: Real>() {
    let clean = Numbers(10).units::<T>(3 * BLOCK + 5);
    on_every_team(|team| {
        assert!(all_finite(team, &clean));
        assert!(all_finite(team, &[T::max_value(); 100]));
        assert!(all_finite::<T>(team, &[]));
        for at in [0, 7, 16, BLOCK, clean.len() - 1] {
            for bad in [T::nan(), T::infinity(), T::neg_infinity()] {
                let mut x = clean.clone();
                x[at] = bad;
                assert!(!all_finite(team, &x), "{bad} at {at}");
                let before = alone_in_memory(&x[..at]);
                assert_eq!(all_finite(team, &before), reference::all_finite(&before));
                let slices = [&clean[..9], &[], &x, &x, &clean];
                assert_eq!(first_not_finite(team, &slices), Some(2));
                assert_eq!(first_not_finite(team, &[&clean[..17], &clean]), None);
            }
        }
    });
}
