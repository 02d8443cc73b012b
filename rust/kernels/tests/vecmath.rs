//! exp, log, tanh, sigmoid, softmax and log-sum-exp: bits against the reference, and special values.

mod common;

use common::{EDGES, Layout, Matrix, Numbers, alone_in_memory, assert_same, on_every_team, specials};
use thalweg_kernels::reference;
use thalweg_kernels::vecmath::{exp, log, log_sum_exp_rows, sigmoid, softmax_rows, tanh};
use thalweg_kernels::{Isa, MatMut, MatRef, Real, Team};

for_both_types!(
    bits_equal_the_reference,
    special_values_are_right,
    tails_are_right,
    softmax_equals_the_reference,
    log_sum_exp_equals_the_reference,
    special_rows_are_right,
);

type Function<T> = fn(&Team, &[T], &mut [T]);

/// A function by name, and the naive one.
type Pair<T> = (&'static str, Function<T>, fn(T) -> T);

fn functions<T: Real>() -> [Pair<T>; 4] {
    [
        ("exp", exp, reference::exp),
        ("log", log, reference::log),
        ("tanh", tanh, reference::tanh),
        ("sigmoid", sigmoid, reference::sigmoid),
    ]
}

fn bits_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(1);
    let mut x = numbers.wild::<T>(20_000);
    // Numbers near 1, where log has to be careful, and near every power of two.
    x.extend(numbers.units::<T>(1000).iter().map(|u| T::one() + *u * T::of(1e-3)));
    x.extend((0..1000).map(|i| T::of(2.0).powi(i % 250 - 125) * (T::one() + numbers.unit::<T>() * T::epsilon())));
    x.extend(specials::<T>());
    for (name, function, naive) in functions::<T>() {
        let expected: Vec<T> = x.iter().map(|x| naive(*x)).collect();
        on_every_team(|team| {
            let mut out = vec![T::nan(); x.len()];
            function(team, &x, &mut out);
            assert_same(&out, &expected, &name, team);
            for n in EDGES {
                let mut out = vec![T::nan(); n];
                function(team, &alone_in_memory(&x[..n]), &mut out);
                assert_same(&out, &expected[..n], &name, team);
            }
        });
    }
}

fn special_values_are_right<T: Real>() {
    let (zero, one, infinity, nan) = (T::zero(), T::one(), T::infinity(), T::nan());
    let smallest = T::min_positive_value();
    let x = [zero, -zero, infinity, -infinity, nan, one, -smallest];
    for isa in Isa::available() {
        let team = Team::serial(isa);
        let check = |function: Function<T>, expected: &[T]| {
            let mut out = [nan; 7];
            function(&team, &x, &mut out);
            assert_same(&out[..expected.len()], expected, &"special values", &team);
        };
        check(exp, &[one, one, infinity, zero, nan]);
        check(log, &[-infinity, -infinity, infinity, nan, nan, zero, nan]);
        check(tanh, &[zero, -zero, one, -one, nan]);
        check(sigmoid, &[T::of(0.5), T::of(0.5), one, zero, nan]);
    }
}

/// Where results underflow, overflow or saturate.
fn tails_are_right<T: Real>() {
    let limit = T::max_value().wide().ln();
    let smallest = (T::min_positive_value() * T::epsilon()).wide();
    for isa in Isa::available() {
        let team = Team::serial(isa);
        let at = |function: Function<T>, x: f64| {
            let mut out = [T::nan()];
            function(&team, &[T::of(x)], &mut out);
            out[0]
        };
        assert!(at(exp, limit - 1e-4).is_finite() && at(exp, limit + 1e-4).is_infinite());
        assert_eq!(at(exp, smallest.ln()).wide(), smallest, "exp at the smallest subnormal number");
        assert_eq!(at(exp, smallest.ln() - 1.0), T::zero());
        assert_eq!(at(sigmoid, smallest.ln()).wide(), smallest, "sigmoid has no hole before zero");
        let log_smallest = T::of(smallest.ln());
        assert_eq!(at(log, smallest), log_smallest, "log of a subnormal number");
        for x in [9.5, 19.5, 25.0, 1e30] {
            let (high, low) = (at(tanh, x), at(tanh, -x));
            assert!(high <= T::one() && low == -high);
            assert!(x < 19.1 || high == T::one());
        }
    }
}

/// Widths of rows: narrow ones, around the vectors, and wide.
const WIDTHS: [usize; 22] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 23, 24, 25, 31, 32, 33, 48, 100, 257];

fn rows_of<T: Real>(rows: usize, cols: usize) -> Matrix<T> {
    let mut x = Matrix::random(&mut Numbers(cols as u64), rows, cols, Layout::PaddedRows);
    x.data.iter_mut().for_each(|x| *x *= T::of(20.0));
    x
}

fn softmax_equals_the_reference<T: Real>() {
    for cols in WIDTHS {
        for rows in [1, 2, 5, 8, 16, 19, 700] {
            let x = rows_of::<T>(rows, cols);
            let mut expected = x.clone();
            reference::softmax_rows(expected.view_mut());
            on_every_team(|team| {
                let mut x = x.clone();
                softmax_rows(team, x.view_mut());
                assert_same(&x.data, &expected.data, &format!("softmax of {rows} x {cols}"), team);
            });
        }
    }
}

fn log_sum_exp_equals_the_reference<T: Real>() {
    for cols in WIDTHS {
        for rows in [1, 2, 5, 8, 16, 19, 700] {
            let x = rows_of::<T>(rows, cols);
            let mut expected = vec![T::nan(); rows];
            reference::log_sum_exp_rows(x.view(), &mut expected);
            on_every_team(|team| {
                let mut out = vec![T::nan(); rows];
                log_sum_exp_rows(team, x.view(), &mut out);
                assert_same(&out, &expected, &format!("log-sum-exp of {rows} x {cols}"), team);
            });
        }
    }
}

/// Rows with infinities and NaN, narrow and wide; and no effect of one row on the next.
fn special_rows_are_right<T: Real>() {
    let (infinity, nan) = (T::infinity(), T::nan());
    let cases = [(nan, nan, nan), (infinity, nan, infinity), (-infinity, T::zero(), T::zero())];
    for cols in [2, 3, 10, 17, 40] {
        for (special, softmax, log_sum_exp) in cases {
            let mut x = vec![T::zero(); 3 * cols];
            x[cols + 1] = special;
            on_every_team(|team| {
                let mut out = [T::zero(); 3];
                log_sum_exp_rows(team, MatRef::new(&x, 3, cols), &mut out);
                let mut probabilities = x.clone();
                softmax_rows(team, MatMut::new(&mut probabilities, 3, cols));
                assert_eq!(out[0], out[2], "other rows");
                assert_eq!(probabilities[..cols], probabilities[2 * cols..], "other rows");
                assert_same(&probabilities[cols + 1..][..1], &[softmax], &"softmax of a special row", team);
                if log_sum_exp != T::zero() {
                    assert_same(&out[1..2], &[log_sum_exp], &"log-sum-exp of a special row", team);
                }
            });
        }
        let nothing = vec![-infinity; cols];
        let mut out = [T::zero()];
        log_sum_exp_rows(&Team::serial(Isa::Scalar), MatRef::new(&nothing, 1, cols), &mut out);
        assert_eq!(out[0], -infinity);
    }
}
