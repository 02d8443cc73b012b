//! Several products and sums as one job of the team: what fills an arena piece by piece, such as the gradients of all layers.
//! Threads meet once for all of it, where else they would meet once for each.

use std::ops::Range;

use crate::gemm::{Cut, Epilogue, Product, gemm, gemv};
use crate::matrix::{MatMut, MatRef};
use crate::real::Real;
use crate::reduce::column_sums;
use crate::team::{Parts, Role, Team};

/// Elements that one thread computes at a time where each is a sum of its own.
const SUMS: usize = 128;

/// Pieces that are one job; more of them are several.
const TOGETHER: usize = 32;

/// What some elements side by side become.
#[derive(Clone, Copy, Debug)]
pub enum Fill<'a, T> {
    /// `A B`, row by row, as [`crate::gemm::gemm`] computes it. A: (m, k), B: (k, n).
    Product(MatRef<'a, T>, MatRef<'a, T>),
    /// `A x`, as [`gemv`] computes it. A: (m, k), x: (k,).
    Dots(MatRef<'a, T>, &'a [T]),
    /// The sums of the columns of a matrix, as [`crate::reduce::column_sums`] computes them. Its rows are contiguous.
    ColumnSums(MatRef<'a, T>),
}

impl<T: Real> Fill<'_, T> {
    /// Number of elements.
    fn len(&self) -> usize {
        match self {
            Self::Product(a, b) => a.rows() * b.cols(),
            Self::Dots(a, _) => a.rows(),
            Self::ColumnSums(x) => x.cols(),
        }
    }

    /// Some of the elements of what is no product.
    fn part(self, part: Range<usize>) -> Self {
        match self {
            // Those have chunks of their own.
            Self::Product(..) => self,
            Self::Dots(a, x) => Self::Dots(a.row_range(part.start, part.len()), x),
            Self::ColumnSums(x) => Self::ColumnSums(x.col_range(part.start, part.len())),
        }
    }

    /// Computes all elements by themselves.
    fn alone(self, team: &Team, out: &mut [T]) {
        match self {
            Self::Product(a, b) => gemm(team, a, b, MatMut::new(out, a.rows(), b.cols()), false, Epilogue::None),
            Self::Dots(a, x) => gemv(team, a, x, out),
            Self::ColumnSums(x) => column_sums(team, x, out),
        }
    }
}

/// Where a piece begins, what fills it, how that is cut if it is a product, and into how many chunks.
struct Piece<'a, T> {
    start: usize,
    fill: Fill<'a, T>,
    cut: Option<Cut>,
    chunks: usize,
}

/// Pieces that are filled together.
struct Pieces<'a, T> {
    some: [Option<Piece<'a, T>>; TOGETHER],
    count: usize,
    /// Where the next one may begin.
    free: usize,
}

impl<'a, T: Real> Pieces<'a, T> {
    fn iter(&self) -> impl Iterator<Item = &Piece<'a, T>> {
        self.some[..self.count].iter().flatten()
    }

    /// Number of chunks.
    fn chunks(&self) -> usize {
        self.iter().map(|piece| piece.chunks).sum()
    }

    /// Adds a piece of an arena of `len` elements.
    fn push(&mut self, team: &Team, len: usize, (start, fill): (usize, Fill<'a, T>)) {
        let apart = self.free <= start && start + fill.len() <= len;
        assert!(apart, "pieces overlap, are not in order or lie beyond the arena");
        self.free = start + fill.len();
        let cut = match fill {
            Fill::Product(a, b) if fill.len() > 0 => Some(Cut::of(team, a, b, b.cols(), true)),
            _ => None,
        };
        let chunks = cut.as_ref().map_or(fill.len().div_ceil(SUMS), Cut::chunks);
        self.some[self.count] = Some(Piece { start, fill, cut, chunks });
        self.count += 1;
    }

    /// Fills all pieces, and forgets them.
    fn run(&mut self, team: &Team, arena: &mut [T]) {
        let (arena, alone) = (Parts::new(arena, 1), Team::serial(team.isa()));
        team.for_each_shared(self.chunks(), &|chunk, role| {
            let (piece, index) = self.find(chunk);
            if let (Fill::Product(a, b), Some(cut)) = (piece.fill, &piece.cut) {
                // SAFETY: pieces lie in the arena and apart, as was checked when they were added; what threads take of a chunk is apart.
                let product = unsafe { Product::at(a, b, arena.at(piece.start)) };
                return cut.run(&alone, &product, index, role);
            }
            if let Role::Helper(_) = role {
                return;
            }
            let part = index * SUMS..piece.fill.len().min((index + 1) * SUMS);
            // SAFETY: as above.
            let out = unsafe { arena.range(piece.start + part.start..piece.start + part.end) };
            piece.fill.part(part).alone(&alone, out);
        });
        self.count = 0;
    }

    /// The piece that a chunk is of, and the chunk's number there. From the front there is the first half of each piece, from
    /// the back the second: who takes chunks from either end has half of all pieces, and the last pieces' are left at the end.
    fn find(&self, chunk: usize) -> (&Piece<'a, T>, usize) {
        let first_halves: usize = self.iter().map(|piece| piece.chunks / 2).sum();
        let from_front = chunk < first_halves;
        let mut left = if from_front { chunk } else { self.chunks() - 1 - chunk };
        for piece in self.iter() {
            let half = if from_front { piece.chunks / 2 } else { piece.chunks.div_ceil(2) };
            if left < half {
                return (piece, if from_front { left } else { piece.chunks - 1 - left });
            }
            left -= half;
        }
        unreachable!("chunk {chunk} of {}", self.chunks())
    }
}

/// Fills pieces of an arena, each of which says where it begins. Elements in no piece stay as they are. The bits are those of the
/// pieces computed one by one.
///
/// # Panics
/// If pieces overlap, are not in order or reach beyond the arena; if shapes do not agree.
pub fn fill<'a, T: Real>(team: &Team, arena: &mut [T], pieces: impl Iterator<Item = (usize, Fill<'a, T>)>) {
    if team.active() == 1 {
        return pieces.for_each(|(start, fill)| fill.alone(team, &mut arena[start..][..fill.len()]));
    }
    fill_shared(team, arena, pieces);
}

/// As [`fill`], by several threads. Apart from it, since the pieces take pages of the stack that one thread has no need of.
#[inline(never)]
fn fill_shared<'a, T: Real>(team: &Team, arena: &mut [T], pieces: impl Iterator<Item = (usize, Fill<'a, T>)>) {
    let mut some = Pieces { some: [const { None }; TOGETHER], count: 0, free: 0 };
    for piece in pieces {
        some.push(team, arena.len(), piece);
        if some.count == TOGETHER {
            some.run(team, arena);
        }
    }
    some.run(team, arena);
}
