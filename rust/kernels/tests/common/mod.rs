//! What the tests share: numbers, comparison bit for bit, and every team that a kernel must give the same bits on.

#![allow(dead_code, reason = "each test binary compiles its own copy and uses a part")]

#[cfg(unix)]
pub mod fence;
pub mod finish;

use std::sync::{Mutex, MutexGuard, PoisonError};

use thalweg_kernels::{Isa, MatMut, MatRef, Real, Team};

/// Numbers of threads that every kernel is tried with: alone, even, odd, and more than there are cores.
pub const THREADS: [usize; 4] = [1, 2, 3, 7];

/// Lengths around every vector and tile edge.
pub const EDGES: [usize; 36] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97, 127,
    128, 129, 255, 256, 257,
];

/// A copy of a slice in a buffer of its own, so that a fence is where the slice ends.
pub fn alone_in_memory<T: Real>(x: &[T]) -> Box<[T]> {
    x.into()
}

/// Calls `body` with a team of every CPU path at every number of threads, at work in a region. Paths that differ in products
/// of bf16 operands alone do not count.
pub fn on_every_team(body: impl Fn(&Team)) {
    on_teams_of(Isa::available().into_iter().filter(|isa| *isa == isa.vectors()), body);
}

/// As [`on_every_team`], of these CPU paths.
pub fn on_teams_of(paths: impl IntoIterator<Item = Isa>, body: impl Fn(&Team)) {
    for isa in paths {
        for threads in THREADS {
            on_team(isa, threads, &body);
        }
    }
}

/// One test of a binary at a time has the process's helpers, or the team of another would be serial.
pub fn alone() -> MutexGuard<'static, ()> {
    static HELPERS: Mutex<()> = Mutex::new(());
    HELPERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `body` with a team of just so many threads.
pub fn on_team(isa: Isa, threads: usize, body: impl Fn(&Team)) {
    let _alone = alone();
    Team::new(isa, threads).region(usize::MAX, |team| {
        assert_eq!(team.active(), threads, "threads of the team");
        body(team);
    });
}

/// Asserts equal bits; any NaN equals any other.
#[track_caller]
pub fn assert_same<T: Real>(got: &[T], expected: &[T], what: &dyn std::fmt::Display, team: &Team) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        let same = g.is_nan() && e.is_nan() || g == e && g.is_sign_negative() == e.is_sign_negative();
        assert!(same, "{what}, element {i}: {g:?} for {e:?} on {:?} with {} threads", team.isa(), team.active());
    }
}

/// A generator of test numbers (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// From [-1, 1).
    pub fn unit<T: Real>(&mut self) -> T {
        T::of((self.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0)
    }

    pub fn units<T: Real>(&mut self, len: usize) -> Vec<T> {
        (0..len).map(|_| self.unit()).collect()
    }

    /// Numbers of all magnitudes and signs that an activation meets, and now and then a special one.
    pub fn wild<T: Real>(&mut self, len: usize) -> Vec<T> {
        let special = specials::<T>();
        let mut next = || match self.below(8) {
            0 => special[self.below(special.len())],
            k => self.unit::<T>() * T::of([0.3, 1.0, 3.0, 10.0, 30.0, 120.0, 800.0][k - 1]),
        };
        (0..len).map(|_| next()).collect()
    }
}

/// Zeros, infinities, NaN, the ends of the range, and subnormal numbers.
pub fn specials<T: Real>() -> Vec<T> {
    let positive = [
        T::zero(),
        T::one(),
        T::infinity(),
        T::max_value(),
        T::min_positive_value(),
        T::min_positive_value() * T::epsilon(),
        T::min_positive_value() * T::of(0.75),
        T::epsilon(),
        T::of(0.55),
        T::of(0.5),
        T::of(2.0),
        T::of(1e-20),
        T::of(1e20),
    ];
    let negative = positive.map(|x| -x);
    [&positive[..], &negative, &[T::nan()]].concat()
}

/// How the elements of a test matrix lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Row after row.
    Rows,
    /// Column after column: a transpose.
    Columns,
    /// Row after row with a gap between.
    PaddedRows,
    /// Column after column with a gap between.
    PaddedColumns,
    /// Every second element of padded rows.
    Strided,
}

impl Layout {
    pub const ALL: [Self; 5] = [Self::Rows, Self::Columns, Self::PaddedRows, Self::PaddedColumns, Self::Strided];

    fn strides(self, rows: usize, cols: usize) -> (usize, usize) {
        match self {
            Self::Rows => (cols, 1),
            Self::Columns => (1, rows),
            Self::PaddedRows => (cols + 5, 1),
            Self::PaddedColumns => (1, rows + 3),
            Self::Strided => (2 * cols + 1, 2),
        }
    }
}

/// A test matrix with its memory.
#[derive(Clone, Debug)]
pub struct Matrix<T> {
    pub data: Vec<T>,
    rows: usize,
    cols: usize,
    strides: (usize, usize),
}

impl<T: Real> Matrix<T> {
    /// Random elements, laid out as asked; the gaps hold NaN, which would show wherever it were read.
    pub fn random(numbers: &mut Numbers, rows: usize, cols: usize, layout: Layout) -> Self {
        let empty = rows * cols == 0;
        let strides = if empty { (cols, 1) } else { layout.strides(rows, cols) };
        let span = if empty { 0 } else { (rows - 1) * strides.0 + (cols - 1) * strides.1 + 1 };
        let mut data = vec![T::nan(); span];
        for i in 0..rows {
            for j in 0..cols {
                data[i * strides.0 + j * strides.1] = numbers.unit();
            }
        }
        Self { data, rows, cols, strides }
    }

    pub fn view(&self) -> MatRef<'_, T> {
        MatRef::with_strides(&self.data, self.rows, self.cols, self.strides.0, self.strides.1)
    }

    /// The matrix to write; its rows must be contiguous.
    pub fn view_mut(&mut self) -> MatMut<'_, T> {
        assert_eq!(self.strides.1, 1, "rows of a matrix to write");
        MatMut::with_stride(&mut self.data, self.rows, self.cols, self.strides.0)
    }
}

/// Runs a test for both element types.
#[macro_export]
macro_rules! for_both_types {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[test]
            fn f32() {
                super::$name::<f32>();
            }
            #[test]
            fn f64() {
                super::$name::<f64>();
            }
        }
    )*};
}
