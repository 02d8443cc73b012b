//! Arenas filled in one go: bits against the same pieces one by one, on every path and for any number of threads.

mod common;

use common::{Numbers, assert_same, on_every_team};
use thalweg_kernels::fill::{Fill, fill};
use thalweg_kernels::gemm::{Epilogue, gemm, gemv};
use thalweg_kernels::reduce::column_sums;
use thalweg_kernels::{Isa, MatMut, MatRef, Real, Team};

/// Rows, terms and columns of products around the edges of tiles and chunks, few rows and few columns; some are empty.
const PRODUCTS: [(usize, usize, usize); 9] = [
    (1, 1, 1),
    (130, 70, 300),
    (64, 200, 100),
    (3, 90, 41),
    (57, 33, 2),
    (20, 0, 7),
    (0, 5, 3),
    (600, 40, 129),
    (9, 700, 10),
];

/// What is filled from: numbers, and where each piece begins, with gaps between them.
struct Data<T> {
    numbers: Vec<T>,
    seams: Vec<usize>,
}

impl<T: Real> Data<T> {
    fn new() -> Self {
        let mut data = Self { numbers: Numbers(5).units(700 * 300), seams: vec![3] };
        for piece in 0..data.count() {
            let len = Self::len(&data.fill(piece));
            data.seams.push(data.seams[piece] + len + piece % 4);
        }
        data
    }

    /// More than are one job.
    fn count(&self) -> usize {
        5 * PRODUCTS.len()
    }

    fn len(fill: &Fill<'_, T>) -> usize {
        match fill {
            Fill::Product(a, b) => a.rows() * b.cols(),
            Fill::Dots(a, _) => a.rows(),
            Fill::ColumnSums(x) => x.cols(),
        }
    }

    fn fill(&self, piece: usize) -> Fill<'_, T> {
        let (m, k, n) = PRODUCTS[piece % PRODUCTS.len()];
        let matrix = |rows, cols| MatRef::new(&self.numbers[piece..], rows, cols);
        match piece / PRODUCTS.len() {
            0 => Fill::Product(matrix(k, m).t(), matrix(k, n)),
            1 => Fill::Product(matrix(m, k), matrix(n, k).t()),
            2 => Fill::Dots(matrix(k, m).t(), &self.numbers[..k]),
            3 => Fill::ColumnSums(matrix(k, m)),
            _ => Fill::ColumnSums(matrix(m, n)),
        }
    }

    /// The arena, filled piece by piece; what is in no piece is one.
    fn expected(&self, team: &Team) -> Vec<T> {
        let mut arena = self.untouched();
        for (piece, &start) in self.seams[..self.count()].iter().enumerate() {
            let fill = self.fill(piece);
            let out = &mut arena[start..][..Self::len(&fill)];
            match fill {
                Fill::Product(a, b) => gemm(team, a, b, MatMut::new(out, a.rows(), b.cols()), false, Epilogue::None),
                Fill::Dots(a, x) => gemv(team, a, x, out),
                Fill::ColumnSums(x) => column_sums(team, x, out),
            }
        }
        arena
    }

    fn untouched(&self) -> Vec<T> {
        vec![T::one(); self.seams[self.count()] + 5]
    }
}

fn agree<T: Real>(data: &Data<T>, expected: &[T], team: &Team) {
    let mut arena = data.untouched();
    fill(team, &mut arena, (0..data.count()).map(|piece| (data.seams[piece], data.fill(piece))));
    assert_same(&arena, expected, &"arena", team);
}

#[test]
fn pieces_filled_together_have_the_bits_of_each_alone() {
    let (single, double) = (Data::<f32>::new(), Data::<f64>::new());
    let scalar = Team::serial(Isa::Scalar);
    let (of_single, of_double) = (single.expected(&scalar), double.expected(&scalar));
    on_every_team(|team| {
        agree(&single, &of_single, team);
        agree(&double, &of_double, team);
    });
}

#[test]
fn no_pieces_are_nothing_to_do() {
    on_every_team(|team| {
        let mut arena = [1.0_f32; 4];
        fill(team, &mut arena, std::iter::empty());
        assert_same(&arena, &[1.0; 4], &"arena", team);
    });
}

/// Fills with the sums of three columns from each of these places on, by two threads.
fn fill_at(places: [usize; 2]) {
    let x = [1.0_f32; 6];
    common::on_team(Isa::Scalar, 2, |team| {
        let sums = Fill::ColumnSums(MatRef::new(&x, 2, 3));
        fill(team, &mut [0.0; 8], places.into_iter().map(|place| (place, sums)));
    });
}

#[test]
#[should_panic(expected = "pieces overlap")]
fn pieces_that_overlap_are_refused() {
    fill_at([1, 3]);
}

#[test]
#[should_panic(expected = "not in order")]
fn pieces_that_are_not_in_order_are_refused() {
    fill_at([4, 0]);
}

#[test]
#[should_panic(expected = "beyond the arena")]
fn pieces_beyond_the_arena_are_refused() {
    fill_at([0, 6]);
}
