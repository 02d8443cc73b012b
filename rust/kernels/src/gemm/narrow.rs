//! Products of few columns: vectors run down the rows of A, where along the columns most of their lanes would be idle.

use std::ops::Range;

use super::Epilogue;
use super::chunk::Product;
use super::finish::{After, Tile, finish};
use super::tile::load_row;
use crate::matrix::MatRef;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Most columns of such a product.
const MOST_COLS: usize = 4;

/// Elements of a row of A that are asked for in advance.
const AHEAD: usize = 64;

/// Whether a product is best computed here. With neither rows nor columns of A side by side there is no other way than a copy.
pub(super) fn is_narrow<T: Real>(a: &MatRef<'_, T>, b: &MatRef<'_, T>) -> bool {
    b.cols() <= MOST_COLS && b.cols() < a.rows() && (a.row_stride() == 1 || a.col_stride() == 1)
}

/// Computes some rows of a product of up to [`MOST_COLS`] columns.
///
/// # Safety
/// The rows lie in C, and no other thread touches them.
#[inline(always)]
pub(super) unsafe fn run<T: Real, S: Simd<T>>(s: S, product: &Product<'_, T>, rows: &Range<usize>) {
    // Down the columns so many chains run side by side that one's latency hides behind the others, and that what is read of
    // a column is long.
    let (down, many) = (product.a.row_stride() == 1, const { S::TILE_SUMS >= 24 });
    match product.b.cols() {
        2 if down && many => s.apart(Rows::<'_, '_, T, 2, 8> { product, rows }),
        3 if down && many => s.apart(Rows::<'_, '_, T, 3, 4> { product, rows }),
        4 if down && many => s.apart(Rows::<'_, '_, T, 4, 4> { product, rows }),
        1 => s.apart(Rows::<'_, '_, T, 1, 4> { product, rows }),
        2 => s.apart(Rows::<'_, '_, T, 2, 2> { product, rows }),
        3 => s.apart(Rows::<'_, '_, T, 3, 2> { product, rows }),
        4 => s.apart(Rows::<'_, '_, T, 4, 2> { product, rows }),
        wide => unreachable!("{wide} columns"),
    }
}

/// Some rows of a product of `N` columns, `R` vectors of them at a time; only [`run`] makes one, whose caller vouches for them.
struct Rows<'p, 'a, T, const N: usize, const R: usize> {
    product: &'p Product<'a, T>,
    rows: &'p Range<usize>,
}

impl<T: Real, const N: usize, const R: usize> Kernel<T> for Rows<'_, '_, T, N, R> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let mut rows = self.rows.clone();
        // SAFETY: the rows lie in C; no other thread touches them.
        unsafe {
            self.whole_blocks::<S, R>(s, &mut rows);
            if const { R > 4 } {
                self.whole_blocks::<S, 4>(s, &mut rows);
            }
            match (rows.len().div_ceil(S::LANES), rows.len().is_multiple_of(S::LANES)) {
                (0, _) => {}
                (1, true) => block::<T, S, N, 1, false>(s, self.product, rows),
                (1, false) => block::<T, S, N, 1, true>(s, self.product, rows),
                (2, true) if const { R > 2 } => block::<T, S, N, 2, false>(s, self.product, rows),
                (2, false) if const { R >= 2 } => block::<T, S, N, 2, true>(s, self.product, rows),
                (3, true) if const { R > 3 } => block::<T, S, N, 3, false>(s, self.product, rows),
                (3, false) if const { R >= 3 } => block::<T, S, N, 3, true>(s, self.product, rows),
                (4, false) if const { R >= 4 } => block::<T, S, N, 4, true>(s, self.product, rows),
                (vectors, _) => unreachable!("{vectors} vectors of rows are left"),
            }
        }
    }
}

impl<T: Real, const N: usize, const R: usize> Rows<'_, '_, T, N, R> {
    /// Computes blocks of `V` vectors as long as there are so many, and takes them off the rows.
    ///
    /// # Safety
    /// As [`run`].
    #[inline(always)]
    unsafe fn whole_blocks<S: Simd<T>, const V: usize>(&self, s: S, rows: &mut Range<usize>) {
        while rows.len() >= V * S::LANES {
            let next = rows.start + V * S::LANES;
            // SAFETY: the caller's promise is passed on.
            unsafe { block::<T, S, N, V, false>(s, self.product, rows.start..next) };
            rows.start = next;
        }
    }
}

/// Computes `R` vectors of rows, the last one shorter where `TAIL`.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn block<T: Real, S: Simd<T>, const N: usize, const R: usize, const TAIL: bool>(
    s: S,
    product: &Product<'_, T>,
    rows: Range<usize>,
) {
    let mut sums = [[s.splat(T::zero()); N]; R];
    // SAFETY: the caller's promise is passed on.
    unsafe {
        if product.accumulate {
            each_element(s, product, &rows, &mut sums, |sum, c| *sum = *c);
        }
        if product.a.row_stride() == 1 {
            down_columns::<T, S, N, R, TAIL>(s, product, &rows, &mut sums);
        } else {
            along_rows::<T, S, N, R, TAIL>(s, product, &rows, &mut sums);
        }
        if product.c_row == 1 {
            store_columns::<T, S, N, R, TAIL>(s, product, &rows, &sums);
        } else {
            each_element(s, product, &rows, &mut sums, |sum, c| *c = *sum);
        }
        epilogue(s, product, &rows);
    }
}

/// Shows `each` every sum beside its element of C.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn each_element<T: Real, S: Simd<T>, const N: usize, const R: usize>(
    s: S,
    product: &Product<'_, T>,
    rows: &Range<usize>,
    sums: &mut [[S::V; N]; R],
    each: impl Fn(&mut T, &mut T),
) {
    let mut lanes = [T::zero(); 16];
    for (start, sums) in rows.clone().step_by(S::LANES).zip(sums) {
        for (j, sums) in sums.iter_mut().enumerate() {
            s.store(&mut lanes, *sums);
            for (i, sum) in (start..rows.end).zip(&mut lanes[..S::LANES]) {
                // SAFETY: row i and column j lie in C, and are this thread's.
                each(sum, unsafe { &mut *product.c.add(i * product.c_row + j * product.c_col) });
            }
            *sums = s.load(&lanes);
        }
    }
}

/// Stores the sums where a column of C lies side by side.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn store_columns<T: Real, S: Simd<T>, const N: usize, const R: usize, const TAIL: bool>(
    s: S,
    product: &Product<'_, T>,
    rows: &Range<usize>,
    sums: &[[S::V; N]; R],
) {
    let tail = s.first(rows.len() % S::LANES);
    for (r, sums) in sums.iter().enumerate() {
        for (j, sums) in sums.iter().enumerate() {
            // SAFETY: the vector's rows of column j lie in C, and are this thread's.
            unsafe {
                let to = product.c.add(rows.start + r * S::LANES + j * product.c_col);
                if TAIL && r + 1 == R { s.store_first_ptr(to, *sums, tail) } else { s.store_ptr(to, *sums) }
            }
        }
    }
}

/// The chains where a column of A lies side by side.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn down_columns<T: Real, S: Simd<T>, const N: usize, const R: usize, const TAIL: bool>(
    s: S,
    product: &Product<'_, T>,
    rows: &Range<usize>,
    sums: &mut [[S::V; N]; R],
) {
    let a = &product.a;
    let tail = s.first(rows.len() % S::LANES);
    let mut column = a.data().as_ptr().wrapping_add(rows.start);
    for p in 0..a.cols() {
        // SAFETY: row p lies in B, and rows of column p in A.
        unsafe {
            let factors = factors::<T, S, N>(s, product, p);
            for (r, sums) in sums.iter_mut().enumerate() {
                let from = column.add(r * S::LANES);
                let is_short = TAIL && r + 1 == R;
                let column = if is_short { s.load_first_ptr(from, tail) } else { s.load_ptr(from) };
                link(s, column, &factors, sums);
            }
        }
        column = column.wrapping_add(a.col_stride());
    }
}

/// The chains where a row of A lies side by side: squares of it are transposed in registers.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn along_rows<T: Real, S: Simd<T>, const N: usize, const R: usize, const TAIL: bool>(
    s: S,
    product: &Product<'_, T>,
    rows: &Range<usize>,
    sums: &mut [[S::V; N]; R],
) {
    let a = &product.a;
    // Lanes beyond the last row repeat it; they are not stored.
    let row_of = |i: usize| rows.start + if TAIL { i.min(rows.len() - 1) } else { i };
    let whole = a.cols() - a.cols() % S::LANES;
    for p in (0..whole).step_by(S::LANES) {
        for (r, sums) in sums.iter_mut().enumerate() {
            let mut square = [s.splat(T::zero()); 16];
            for (i, row) in square[..S::LANES].iter_mut().enumerate() {
                let from = a.data().as_ptr().wrapping_add(row_of(r * S::LANES + i) * a.row_stride() + p);
                s.prefetch(from.wrapping_add(AHEAD));
                // SAFETY: a vector from column p of the row on lies in A.
                *row = unsafe { s.load_ptr(from) };
            }
            let columns = s.transpose(square);
            for (q, column) in columns[..S::LANES].iter().enumerate() {
                // SAFETY: row p + q lies in B.
                link(s, *column, &unsafe { factors::<T, S, N>(s, product, p + q) }, sums);
            }
        }
    }
    let tail = s.first(a.cols() - whole);
    for (r, sums) in sums.iter_mut().enumerate().filter(|_| whole < a.cols()) {
        let mut square = [s.splat(T::zero()); 16];
        for (i, row) in square[..S::LANES].iter_mut().enumerate() {
            let from = a.data().as_ptr().wrapping_add(row_of(r * S::LANES + i) * a.row_stride() + whole);
            // SAFETY: the mask marks what is left of the row.
            *row = unsafe { s.load_first_ptr(from, tail) };
        }
        for (p, column) in (whole..a.cols()).zip(s.transpose(square)) {
            // SAFETY: row p lies in B.
            link(s, column, &unsafe { factors::<T, S, N>(s, product, p) }, sums);
        }
    }
}

/// Row `p` of B, an element a vector.
///
/// # Safety
/// B has such a row.
#[inline(always)]
unsafe fn factors<T: Real, S: Simd<T>, const N: usize>(s: S, product: &Product<'_, T>, p: usize) -> [S::V; N] {
    let b = &product.b;
    // SAFETY: column j < N of the caller's row.
    std::array::from_fn(|j| s.splat(unsafe { *b.data().as_ptr().add(p * b.row_stride() + j * b.col_stride()) }))
}

/// One link of the chains of a vector of rows.
#[inline(always)]
fn link<T: Real, S: Simd<T>, const N: usize>(s: S, column: S::V, factors: &[S::V; N], sums: &mut [S::V; N]) {
    for (sum, factor) in sums.iter_mut().zip(factors) {
        *sum = s.mul_add(column, *factor, *sum);
    }
}

/// What follows the product, for rows that have been stored.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn epilogue<T: Real, S: Simd<T>>(s: S, product: &Product<'_, T>, rows: &Range<usize>) {
    if matches!(product.epilogue, Epilogue::None) {
        return;
    }
    let cols = 0..product.b.cols();
    let tail = s.first(cols.len());
    for i in rows.clone() {
        // SAFETY: row i of C is this thread's, and `tail` marks its columns.
        unsafe {
            let c = product.c.add(i * product.c_row);
            let mut sums = [load_row::<T, S, 1, true>(s, c, tail)];
            After::of(&product.epilogue, &(i..i + 1), &cols).apply::<S, 1, 1, true>(s, tail, &mut sums);
            s.store_first_ptr(c, sums[0][0], tail);
        }
    }
    // SAFETY: the caller's rows, and all columns.
    unsafe {
        let start = product.c.add(rows.start * product.c_row);
        finish(s, &product.epilogue, &Tile { rows, cols: &cols, start, stride: product.c_row });
    }
}
