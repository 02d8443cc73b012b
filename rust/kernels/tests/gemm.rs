//! Matrix products: bits against the reference for every path and team, around every tile edge.

mod common;

use std::sync::Mutex;

use common::finish::Finish;
use common::{Layout, Matrix, Numbers, assert_same, on_every_team};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use thalweg_kernels::elementwise::Activation;
use thalweg_kernels::gemm::{Epilogue, gemm, gemv};
use thalweg_kernels::{MatMut, MatRef, Real, Team, reference};

for_both_types!(
    edges_of_tiles_equal_the_reference,
    depths_equal_the_reference,
    every_combination_equals_the_reference,
    every_combination_of_few_columns_or_rows_equals_the_reference,
    each_number_of_rows_of_few_columns_equals_the_reference,
    every_combination_of_few_links_equals_the_reference,
    packed_products_equal_the_reference,
    empty_products_are_epilogues,
    nan_and_infinity_pass_through,
    gemv_equals_the_reference,
);

/// One product with its operands and the expected result.
struct Case<T> {
    what: String,
    a: Matrix<T>,
    b: Matrix<T>,
    before: Matrix<T>,
    expected: Matrix<T>,
    bias: Vec<T>,
    output: Matrix<T>,
    accumulate: bool,
    finish: Finish,
}

impl<T: Real> Case<T> {
    fn new(
        numbers: &mut Numbers,
        (m, k, n): (usize, usize, usize),
        (a, b): (Layout, Layout),
        accumulate: bool,
        finish: Finish,
    ) -> Self {
        let what = format!("{m}x{k}x{n} {a:?} by {b:?}, accumulate: {accumulate}, {finish:?}");
        let mut output = Matrix::random(numbers, m, n, Layout::PaddedRows);
        // Zeros as relu leaves them.
        output.data.iter_mut().filter(|x| **x < T::of(-0.5)).for_each(|x| *x = T::zero());
        let before = Matrix::random(numbers, m, n, Layout::PaddedRows);
        let mut case = Self {
            what,
            a: Matrix::random(numbers, m, k, a),
            b: Matrix::random(numbers, k, n, b),
            expected: before.clone(),
            before,
            bias: numbers.units(n),
            output,
            accumulate,
            finish,
        };
        let mut expected = case.before.clone();
        reference::gemm(case.a.view(), case.b.view(), expected.view_mut(), accumulate, case.epilogue());
        case.expected = expected;
        case
    }

    fn epilogue(&self) -> Epilogue<'_, T> {
        self.finish.epilogue(&self.bias, self.output.view())
    }
}

/// Cases of the given shapes; layouts, accumulation and epilogues take turns.
fn in_turns<T: Real>(shapes: impl IntoIterator<Item = (usize, usize, usize)>) -> Vec<Case<T>> {
    let (mut numbers, finishes) = (Numbers(20), Finish::all());
    let case = |(i, shape): (usize, _)| {
        let layouts = (Layout::ALL[i % 5], Layout::ALL[i / 5 % 5]);
        Case::new(&mut numbers, shape, layouts, i % 2 == 1, finishes[i % finishes.len()])
    };
    shapes.into_iter().enumerate().map(case).collect()
}

/// Each case on every team, computed by `run`, which is given the team and the product to call once.
fn check_by<T: Real>(cases: &[Case<T>], run: impl Fn(&Team, &(dyn Fn() + Sync))) {
    on_every_team(|team| {
        for case in cases {
            let c = Mutex::new(case.before.clone());
            run(team, &|| {
                let mut c = c.lock().unwrap();
                gemm(team, case.a.view(), case.b.view(), c.view_mut(), case.accumulate, case.epilogue());
            });
            assert_same(&c.into_inner().unwrap().data, &case.expected.data, &case.what, team);
        }
    });
}

fn check<T: Real>(cases: &[Case<T>]) {
    check_by(cases, |_, product| product());
}

/// As [`check`], where one thread is owner and helper of all chunks: a job within a job. It helps with what nobody has begun.
fn check_within_a_job<T: Real>(cases: &[Case<T>]) {
    check_by(cases, |team, product| {
        team.for_each(2, &|turn| {
            if turn == 0 {
                product();
            }
        });
    });
}

/// Around the tiles of every path: their rows (4, 6, 8), vectors (4 to 16 elements) and widths (8 to 64).
const SIZES: [usize; 33] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97, 127,
    128, 129, 200,
];

fn edges_of_tiles_equal_the_reference<T: Real>() {
    let high = SIZES.into_iter().flat_map(|m| [(m, 5, 1), (m, 33, 10), (m, 7, 48), (m, 12, 67)]);
    let wide = SIZES.into_iter().flat_map(|n| [(1, 9, n), (6, 33, n), (13, 8, n), (29, 5, n)]);
    check(&in_turns::<T>(high.chain(wide)));
}

fn depths_equal_the_reference<T: Real>() {
    // Around every depth that a panel may have, of both types, and several panels.
    let depths = [0, 1, 2, 3, 15, 16, 17, 191, 192, 193, 383, 384, 385, 511, 512, 513, 1000, 1023, 1024, 1025, 2100];
    let shapes = depths.into_iter().flat_map(|k| [(1, k, 1), (5, k, 3), (17, k, 50), (33, k, 16), (100, k, 10)]);
    check(&in_turns::<T>(shapes));
}

fn every_combination_equals_the_reference<T: Real>() {
    every_combination::<T>((19, 21, 53));
}

fn every_combination_of_few_columns_or_rows_equals_the_reference<T: Real>() {
    for shape in [(300, 21, 1), (139, 37, 2), (91, 16, 3), (167, 40, 4), (5, 9, 4), (3, 35, 75)] {
        every_combination::<T>(shape);
    }
}

fn each_number_of_rows_of_few_columns_equals_the_reference<T: Real>() {
    let shapes = (2..150).flat_map(|m| (1..=4).map(move |n| (m, 18, n)));
    check(&in_turns::<T>(shapes));
}

fn every_combination_of_few_links_equals_the_reference<T: Real>() {
    for shape in [(21, 1, 53), (18, 2, 70), (7, 3, 1045), (9, 4, 37)] {
        every_combination::<T>(shape);
    }
}

fn every_combination<T: Real>(shape: (usize, usize, usize)) {
    let mut numbers = Numbers(21);
    let mut cases = Vec::new();
    for a in Layout::ALL {
        for b in Layout::ALL {
            for finish in Finish::all() {
                for accumulate in [false, true] {
                    cases.push(Case::<T>::new(&mut numbers, shape, (a, b), accumulate, finish));
                }
            }
        }
    }
    check(&cases);
}

/// Operands large or far enough apart to be copied side by side, in several blocks of k, and cut for threads.
fn packed_products_equal_the_reference<T: Real>() {
    use Layout::{Columns, PaddedColumns, PaddedRows, Rows};
    let mut numbers = Numbers(22);
    let relu = Finish::Forward(Activation::Relu);
    let backward = Finish::Backward(Activation::Tanh);
    let cases = [
        Case::<T>::new(&mut numbers, (100, 600, 520), (Rows, Rows), false, relu),
        Case::new(&mut numbers, (97, 1150, 150), (Rows, Columns), true, backward),
        Case::new(&mut numbers, (300, 70, 1024), (Columns, Rows), true, Finish::Nothing),
        Case::new(&mut numbers, (530, 1100, 70), (PaddedColumns, PaddedRows), false, backward),
        Case::new(&mut numbers, (1030, 30, 140), (Columns, Columns), false, relu),
        // Small, but copied so that no vector lies across cache lines.
        Case::new(&mut numbers, (300, 50, 77), (Rows, Rows), false, relu),
        Case::new(&mut numbers, (131, 33, 203), (Columns, PaddedRows), true, backward),
        // Small, but copied since its rows meet in few sets of L1.
        Case::new(&mut numbers, (270, 150, 64), (Rows, Rows), true, relu),
        // A few rows, but copied since its own all meet in one set of L1.
        Case::new(&mut numbers, (20, 70, 1024), (Rows, Rows), true, backward),
        // Columns cut for threads, and rows left together.
        Case::new(&mut numbers, (120, 260, 300), (Rows, Columns), true, relu),
        // Copied since many panels read it, with tiles of two heights down them.
        Case::new(&mut numbers, (200, 300, 450), (Rows, Columns), true, Finish::Backward(Activation::Relu)),
        // Far apart, but walked as they lie by the few panels that there are.
        Case::new(&mut numbers, (301, 64, 100), (Columns, Rows), false, relu),
        Case::new(&mut numbers, (705, 400, 27), (PaddedColumns, Rows), true, Finish::Nothing),
        // Not worth a copy, but asked for in advance.
        Case::new(&mut numbers, (40, 700, 530), (Rows, PaddedRows), false, relu),
    ];
    check(&cases);
    check_within_a_job(&cases);
}

fn empty_products_are_epilogues<T: Real>() {
    check(&in_turns::<T>([(0, 3, 4), (4, 3, 0), (0, 0, 0), (3, 0, 4), (40, 0, 70), (0, 5, 0)]));
}

fn nan_and_infinity_pass_through<T: Real>() {
    for layout in [Layout::Rows, Layout::Columns] {
        let mut numbers = Numbers(23);
        let mut a = Matrix::<T>::random(&mut numbers, 20, 30, layout);
        let mut b = Matrix::<T>::random(&mut numbers, 30, 70, layout);
        a.data[45] = T::nan();
        a.data[77] = T::infinity();
        b.data[100] = T::neg_infinity();
        b.data[1000] = T::zero();
        let mut expected = vec![T::zero(); 20 * 70];
        reference::gemm(a.view(), b.view(), MatMut::new(&mut expected, 20, 70), false, Epilogue::None);
        on_every_team(|team| {
            let mut c = vec![T::one(); 20 * 70];
            gemm(team, a.view(), b.view(), MatMut::new(&mut c, 20, 70), false, Epilogue::None);
            assert_same(&c, &expected, &format!("{layout:?} with NaN and infinity"), team);
        });
    }
}

fn gemv_equals_the_reference<T: Real>() {
    let mut numbers = Numbers(24);
    for (m, k) in [(1, 1), (3, 0), (0, 3), (5, 15), (7, 16), (9, 17), (64, 33), (65, 100), (200, 31), (130, 1000)] {
        for layout in Layout::ALL {
            let a = Matrix::<T>::random(&mut numbers, m, k, layout);
            let x = numbers.units::<T>(k);
            let mut expected = vec![T::nan(); m];
            reference::gemv(a.view(), &x, &mut expected);
            on_every_team(|team| {
                let mut y = vec![T::nan(); m];
                gemv(team, a.view(), &x, &mut y);
                assert_same(&y, &expected, &format!("gemv of {m} x {k}, {layout:?}"), team);
            });
        }
    }
}

#[test]
#[should_panic(expected = "A has 3 columns, B has 4 rows")]
fn shapes_that_do_not_agree_are_refused() {
    let x = [0.0_f32; 12];
    let team = Team::serial(thalweg_kernels::Isa::Scalar);
    gemm(&team, MatRef::new(&x, 4, 3), MatRef::new(&x, 4, 3), MatMut::new(&mut [0.0; 12], 4, 3), false, Epilogue::None);
}

proptest! {
    // A regressions file beside the tests would be one more thing to keep; the failing case is printed.
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_product_equals_the_reference(
        seed in any::<u64>(),
        shape in (0..90_usize, 0..60_usize, 0..150_usize),
        layouts in (prop::sample::select(&Layout::ALL[..]), prop::sample::select(&Layout::ALL[..])),
        accumulate in any::<bool>(),
        finish in prop::sample::select(Finish::all()),
    ) {
        check(&[Case::<f32>::new(&mut Numbers(seed), shape, layouts, accumulate, finish)]);
        check(&[Case::<f64>::new(&mut Numbers(seed), shape, layouts, accumulate, finish)]);
    }
}

#[test]
fn all_rows_of_b_may_be_the_same_one() {
    let (m, k) = (9, 20);
    let a = vec![1.0_f32; m * k];
    for n in [1, 5, 16, 45, 100] {
        let b: Vec<f32> = (0..n).map(|j| j as f32).collect();
        on_every_team(|team| {
            let mut c = vec![0.0; m * n];
            let same = MatRef::with_strides(&b, k, n, 0, 1);
            gemm(team, MatRef::new(&a, m, k), same, MatMut::new(&mut c, m, n), false, Epilogue::None);
            assert!(c.chunks(n).all(|row| row.iter().zip(&b).all(|(c, b)| *c == k as f32 * b)));
        });
    }
}
