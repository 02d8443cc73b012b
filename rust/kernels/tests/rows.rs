//! Rows and a vector of weights: bits against the reference, dense and sparse, and what is refused.

mod common;

use common::{EDGES, Numbers, assert_same};
use thalweg_kernels::rows::{DenseRows, LANES, RowCopies, Rows, SPARSE_LANES, Shrinkage, SparseRows, padded};
use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::{Isa, MatRef, Real, Team, reference};

for_both_types!(dense_rows_equal_the_reference, sparse_rows_equal_the_reference);

/// Everything that is done with a row, on copies.
struct All<'a, T, R> {
    rows: R,
    i: usize,
    c: T,
    shrinkage: Shrinkage<T>,
    w: &'a [T],
    applied: &'a [T],
}

impl<T: Real, R: Rows<T>> Kernel<T> for All<'_, T, R> {
    type Output = Vec<T>;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> Vec<T> {
        let Self { rows, i, c, shrinkage, w, applied } = self;
        rows.prefetch_place(s, i);
        rows.prefetch(s, i);
        let (mut added, mut measured, mut shrunk, mut lost) = (w.to_vec(), w.to_vec(), w.to_vec(), applied.to_vec());
        rows.add(s, i, c, &mut added);
        let (squares, magnitudes) = rows.add_and_measure(s, i, c, &mut measured);
        rows.shrink(s, i, shrinkage, &mut shrunk, &mut lost);
        let numbers = vec![rows.dot(s, i, w), rows.sum_squares(s, i), squares, magnitudes];
        [numbers, added, measured, shrunk, lost].concat()
    }
}

/// The same by the reference.
fn expected<T: Real, const N: usize>(columns: &[usize], values: &[T], all: &All<'_, T, ()>) -> Vec<T> {
    let (mut added, mut shrunk, mut lost) = (all.w.to_vec(), all.w.to_vec(), all.applied.to_vec());
    let (squares, magnitudes) = reference::row_add::<T, N>(columns, values, all.c, &mut added);
    reference::row_shrink(columns, all.shrinkage, &mut shrunk, &mut lost);
    let dot = reference::row_dot::<T, N>(columns, values, all.w);
    let numbers = vec![dot, reference::row_sum_squares::<T, N>(values), squares, magnitudes];
    [numbers, added.clone(), added, shrunk, lost].concat()
}

fn compare<T: Real, const N: usize, R: Rows<T>>(
    rows: R,
    numbers: &mut Numbers,
    row: &dyn Fn(usize) -> (Vec<usize>, Vec<T>),
) {
    for i in 0..rows.rows() {
        let padding = vec![T::zero(); padded(rows.cols()) - rows.cols()];
        let mut vector = || [numbers.units::<T>(rows.cols()), padding.clone()].concat();
        let (w, applied) = (vector(), vector());
        let shrinkage = Shrinkage { total: numbers.unit::<T>().abs(), scale: T::of(0.7) };
        let c = numbers.unit();
        let (columns, values) = row(i);
        let expected =
            expected::<T, N>(&columns, &values, &All { rows: (), i, c, shrinkage, w: &w, applied: &applied });
        for isa in Isa::available() {
            let got = T::dispatch(isa, All { rows, i, c, shrinkage, w: &w, applied: &applied });
            assert_same(&got, &expected, &format_args!("row of {}", values.len()), &Team::serial(isa));
        }
    }
}

fn dense_rows_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(3);
    for cols in EDGES {
        let data = numbers.units::<T>(3 * cols);
        let rows = DenseRows::new(MatRef::new(&data, 3, cols));
        assert_eq!((rows.rows(), rows.cols(), rows.stored()), (3, cols, 3 * cols));
        let row = |i: usize| ((0..cols).collect(), data[i * cols..][..cols].to_vec());
        compare::<T, LANES, _>(rows, &mut numbers, &row);
    }
}

fn sparse_rows_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(4);
    // Empty rows, columns in any order, and some more than once.
    let ends: Vec<usize> = (0..14).scan(0, |end, i| Some(std::mem::replace(end, *end + i))).collect();
    let stored = *ends.last().expect("an end");
    let columns: Vec<u32> = (0..stored).map(|_| numbers.below(23) as u32).collect();
    let data = numbers.units::<T>(stored);
    let rows = SparseRows::new(&data, &columns, &ends, 23).expect("a well-formed matrix");
    assert_eq!((rows.rows(), rows.cols(), rows.stored()), (13, 23, stored));
    let row = |i: usize| {
        let range = ends[i]..ends[i + 1];
        (columns[range.clone()].iter().map(|c| *c as usize).collect(), data[range].to_vec())
    };
    compare::<T, SPARSE_LANES, _>(rows, &mut numbers, &row);
}

/// Rows in some order, one of them twice.
const ORDER: [u32; 4] = [2, 0, 1, 0];

#[test]
fn copies_are_the_rows_in_the_order_asked_for() {
    let data: Vec<f64> = (0..9).map(f64::from).collect();
    for isa in Isa::available() {
        let rows = DenseRows::new(MatRef::new(&data, 3, 3));
        let mut copies = RowCopies::new(4, 12).expect("memory");
        assert!(copies.copy(isa, rows, &ORDER, &[1]));
        assert_eq!(copies.values(), [6.0, 7.0, 8.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 1.0, 2.0]);
        let copied = rows.copied(&copies);
        assert_eq!((copied.rows(), copied.cols(), copied.stored()), (4, 3, 12));
        let sparse = SparseRows::new(&data[..6], &[0, 1, 4, 3, 2, 1], &[0, 1, 1, 6], 5).expect("a well-formed matrix");
        assert!(copies.copy(isa, sparse, &ORDER, &[]));
        assert_eq!(copies.values(), [1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 0.0]);
        let copied = sparse.copied(&copies);
        assert_eq!((copied.rows(), copied.cols(), copied.stored()), (4, 5, 7));
        let squares = |i| f64::dispatch(isa, Squares { rows: copied, i });
        assert_eq!([0, 1, 2, 3].map(squares), [55.0, 0.0, 0.0, 0.0]);
    }
}

struct Squares<R> {
    rows: R,
    i: usize,
}

impl<R: Rows<f64>> Kernel<f64> for Squares<R> {
    type Output = f64;

    #[inline(always)]
    fn eval<S: Simd<f64>>(self, s: S) -> f64 {
        self.rows.sum_squares(s, self.i)
    }
}

#[test]
fn rows_that_do_not_fit_are_not_copied() {
    let data = [1.0; 9];
    let rows = DenseRows::new(MatRef::new(&data, 3, 3));
    let mut copies = RowCopies::new(4, 11).expect("memory");
    assert!(copies.copy(Isa::Scalar, rows, &ORDER[..3], &[]));
    assert!(!copies.copy(Isa::Scalar, rows, &[0; 400], &[]));
    assert_eq!(rows.copied(&copies).rows(), 0);
}

#[test]
#[should_panic(expected = "columns of the rows copied")]
fn copies_of_another_matrix_are_refused() {
    let mut copies = RowCopies::new(1, 3).expect("memory");
    copies.copy(Isa::Scalar, SparseRows::new(&[1.0], &[2], &[0, 1], 3).expect("well-formed"), &[0], &[]);
    let narrow = SparseRows::new(&[1.0], &[0], &[0, 1], 1).expect("well-formed");
    let _ = narrow.copied(&copies).rows();
}

#[test]
fn arrays_that_form_no_matrix_are_refused() {
    let refused = |data: &[f64], columns: &[u32], ends: &[usize]| {
        SparseRows::new(data, columns, ends, 3).expect_err("refused").to_string()
    };
    assert_eq!(refused(&[], &[], &[]), "`indptr` must have one element more than there are rows, got none");
    assert_eq!(refused(&[1.0], &[], &[0, 1]), "`data` has 1 elements and `indices` 0");
    assert_eq!(refused(&[1.0], &[0], &[0, 2]), "`indptr` must run from 0 to 1, got 0 to 2");
    assert_eq!(refused(&[1.0], &[0], &[0, 9, 1]), "`indptr` must not descend, got 1 after 9");
    assert_eq!(refused(&[1.0], &[3], &[0, 1]), "`indices` must be within 0..3, got 3");
}

#[test]
#[should_panic(expected = "not contiguous")]
fn rows_apart_are_refused() {
    let data = [0.0; 12];
    let _ = DenseRows::new(MatRef::with_strides(&data, 2, 3, 6, 1));
}

#[test]
#[should_panic(expected = "one weight a column")]
fn weights_of_another_length_are_refused() {
    let rows = SparseRows::new(&[1.0], &[2], &[0, 1], 3).expect("a well-formed matrix");
    let (w, applied) = ([0.0; 3], [0.0; 3]);
    let shrinkage = Shrinkage { total: 0.0, scale: 1.0 };
    f64::dispatch(Isa::Scalar, All { rows, i: 0, c: 1.0, shrinkage, w: &w, applied: &applied });
}
