//! Products of bf16 operands: bits against the reference for every path and team, subnormal numbers and edges included.

mod common;

use common::finish::Finish;
use common::{Layout, Matrix, Numbers, assert_same, on_teams_of, specials};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use thalweg_kernels::bf16::gemm;
use thalweg_kernels::elementwise::Activation;
use thalweg_kernels::gemm::Epilogue;
use thalweg_kernels::{Isa, MatMut, MatRef, Team, reference};

/// One product with its operands.
struct Case {
    what: String,
    a: Matrix<f32>,
    b: Matrix<f32>,
    /// What stands where the result is written.
    before: Matrix<f32>,
    bias: Vec<f32>,
    output: Matrix<f32>,
    finish: Finish,
}

impl Case {
    fn new(numbers: &mut Numbers, (m, k, n): (usize, usize, usize), (a, b): (Layout, Layout), finish: Finish) -> Self {
        let mut output = Matrix::random(numbers, m, n, Layout::PaddedRows);
        // Zeros as relu leaves them.
        output.data.iter_mut().filter(|x| **x < -0.5).for_each(|x| *x = 0.0);
        Self {
            what: format!("{m}x{k}x{n} {a:?} by {b:?}, {finish:?}"),
            a: Matrix::random(numbers, m, k, a),
            b: Matrix::random(numbers, k, n, b),
            before: Matrix::random(numbers, m, n, Layout::PaddedRows),
            bias: numbers.units(n),
            output,
            finish,
        }
    }

    fn epilogue(&self) -> Epilogue<'_, f32> {
        self.finish.epilogue(&self.bias, self.output.view())
    }

    fn expected(&self) -> Vec<f32> {
        let mut expected = self.before.clone();
        reference::bf16_gemm(self.a.view(), self.b.view(), expected.view_mut(), self.epilogue());
        expected.data
    }
}

fn check(cases: &[Case]) {
    let expected: Vec<_> = cases.iter().map(Case::expected).collect();
    on_teams_of(Isa::available(), |team| {
        for (case, expected) in cases.iter().zip(&expected) {
            let mut c = case.before.clone();
            gemm(team, case.a.view(), case.b.view(), c.view_mut(), case.epilogue());
            assert_same(&c.data, expected, &case.what, team);
        }
    });
}

/// Cases of the given shapes; layouts and epilogues take turns.
fn in_turns(shapes: impl IntoIterator<Item = (usize, usize, usize)>) -> Vec<Case> {
    let (mut numbers, finishes) = (Numbers(30), Finish::all());
    let case = |(i, shape): (usize, _)| {
        let layouts = (Layout::ALL[i % 5], Layout::ALL[i / 5 % 5]);
        Case::new(&mut numbers, shape, layouts, finishes[i % finishes.len()])
    };
    shapes.into_iter().enumerate().map(case).collect()
}

#[test]
fn edges_of_tiles_equal_the_reference() {
    const SIZES: [usize; 10] = [1, 2, 7, 15, 16, 17, 31, 32, 33, 65];
    let shapes = SIZES.into_iter().flat_map(|m| SIZES.map(|n| (m, 1 + (7 * m + 3 * n) % 70, n)));
    check(&in_turns(shapes));
}

#[test]
fn depths_equal_the_reference() {
    // Halves of blocks, blocks, panels of B, a packed A that is resumed.
    let depths = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 511, 512, 513, 700, 2047, 2048, 2049, 2090];
    check(&in_turns(depths.map(|k| (5, k, 18))));
}

#[test]
fn cut_products_equal_the_reference() {
    use Layout::{Columns, PaddedColumns, PaddedRows, Rows};
    let (relu, tanh) = (Finish::Forward(Activation::Relu), Finish::Backward(Activation::Tanh));
    let mut numbers = Numbers(31);
    check(&[
        Case::new(&mut numbers, (100, 600, 290), (Rows, Rows), relu),
        Case::new(&mut numbers, (97, 530, 150), (Rows, Columns), tanh),
        Case::new(&mut numbers, (330, 70, 140), (Columns, Rows), Finish::Nothing),
        // More rows than a packed A of that depth has.
        Case::new(&mut numbers, (1030, 2050, 20), (PaddedColumns, PaddedRows), tanh),
    ]);
}

#[test]
fn empty_products_are_epilogues() {
    check(&in_turns([(0, 3, 4), (4, 3, 0), (0, 0, 0), (3, 0, 4), (40, 0, 70), (0, 5, 0)]));
}

/// Numbers so small that products and sums are below the normal numbers, or near their edge, and some special ones.
fn tiny(numbers: &mut Numbers, count: usize) -> Vec<f32> {
    let special: Vec<f32> = specials::<f32>().into_iter().filter(|x| x.is_finite() && x.abs() < 1.0).collect();
    let mut next = || match numbers.below(8) {
        0 => special[numbers.below(special.len())],
        1 => 2_f32.powi(-63),
        _ => numbers.unit::<f32>() * 2_f32.powi(-52 - numbers.below(24) as i32),
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn subnormal_numbers_count_as_zero_on_every_path() {
    let mut numbers = Numbers(32);
    let mut case = Case::new(&mut numbers, (90, 130, 70), (Layout::Rows, Layout::Rows), Finish::Nothing);
    case.a.data = tiny(&mut numbers, case.a.data.len());
    case.b.data = tiny(&mut numbers, case.b.data.len());
    let expected = case.expected();
    let subnormal = expected.iter().any(|x| x.is_subnormal());
    assert!(!subnormal && expected.contains(&0.0), "the numbers do not test what they are to test");
    check(&[case]);
}

#[test]
fn what_rounds_up_to_the_least_normal_number_is_kept() {
    // 2^-126 less a part of the distance between its neighbours below, 2^-150; half of it still rounds up.
    for part in [0.25_f32, 0.375, 0.5, 0.5078125, 0.625, 0.75, 1.0, 1.5, 2.0] {
        for sign in [-1.0, 1.0] {
            let a = [2_f32.powi(-63), sign * part * 2_f32.powi(-75)];
            let b = [2_f32.powi(-63), 2_f32.powi(-75)];
            let mut expected = [0.0];
            let (a, b) = (MatRef::new(&a, 1, 2), MatRef::new(&b, 2, 1));
            reference::bf16_gemm(a, b, MatMut::new(&mut expected, 1, 1), Epilogue::None);
            assert_eq!(expected[0] == 0.0, sign < 0.0 && part > 0.5, "{part} {sign}");
            on_teams_of(Isa::available(), |team| {
                let mut c = [1.0];
                gemm(team, a, b, MatMut::new(&mut c, 1, 1), Epilogue::None);
                assert_same(&c, &expected, &part, team);
            });
        }
    }
}

#[test]
fn nan_infinity_and_overflow_pass_through() {
    for layout in [Layout::Rows, Layout::Columns] {
        let mut case = Case::new(&mut Numbers(33), (40, 90, 70), (layout, layout), Finish::Nothing);
        case.a.data[45] = f32::NAN;
        // A NaN whose upper half alone would be infinity.
        case.a.data[801] = f32::from_bits(0x7f80_0001);
        case.a.data[177] = f32::INFINITY;
        case.a.data[300] = f32::MAX;
        case.a.data[1000] = 1e38;
        case.b.data[100] = f32::NEG_INFINITY;
        case.b.data[1000] = 0.0;
        case.b.data[2000] = -1e38;
        check(&[case]);
    }
}

#[test]
fn operands_are_rounded_to_the_nearest_even() {
    let one = 1.0_f32;
    let ulp = 2_f32.powi(-7);
    let cases = [
        (one + ulp / 2.0, one),
        (one + 1.5 * ulp, one + 2.0 * ulp),
        (one + ulp * 0.501, one + ulp),
        (f32::MAX, f32::INFINITY),
        (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
        (-f32::MIN_POSITIVE / 2.0, -0.0),
        (f32::from_bits(0x007f_ffff), 0.0),
    ];
    for (x, expected) in cases {
        assert_eq!(reference::bf16(x).to_bits(), expected.to_bits(), "{x:e}");
    }
    assert!(reference::bf16(f32::from_bits(0xff80_0001)).is_nan());
}

#[test]
#[should_panic(expected = "products of bf16 operands are of single precision")]
fn double_precision_is_refused() {
    let x = [0.0_f64; 4];
    let team = Team::serial(Isa::Scalar);
    let mut c = [0.0; 4];
    let c = MatMut::new(&mut c, 2, 2);
    gemm(&team, MatRef::new(&x, 2, 2), MatRef::new(&x, 2, 2), c, Epilogue::None);
}

proptest! {
    // A regressions file beside the tests would be one more thing to keep; the failing case is printed.
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_product_equals_the_reference(
        seed in any::<u64>(),
        shape in (0..90_usize, 0..90_usize, 0..90_usize),
        layouts in (prop::sample::select(&Layout::ALL[..]), prop::sample::select(&Layout::ALL[..])),
        finish in prop::sample::select(Finish::all()),
    ) {
        check(&[Case::new(&mut Numbers(seed), shape, layouts, finish)]);
    }
}
