//! Rounds parts of A and B to bf16, laid out as the engines read them.
//!
//! A *line* is a row of A or a column of B. The k of a block are paired: the first with the 17th, the second with the 18th,
//! and so on. A *group* is 16 lines by 16 pairs, line after line for A, pair after pair for B; whichever of the two the
//! source does not offer side by side is had by a transposition of the pairs.

use std::mem::MaybeUninit;

use super::engine::SIDE;
use super::tile::CACHE_LINE;
use crate::arch::pairs::Pairs;
use crate::gemm::parts::part;
use crate::matrix::MatRef;
use crate::simd::Simd;

/// Lines of a group, and pairs of a line in a block.
pub(super) const GROUP: usize = 16;

/// Pairs of a group.
pub(super) const GROUP_PAIRS: usize = GROUP * GROUP;

/// Which index of a group's pairs runs fastest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Line after line: A.
    Lines,
    /// Pair after pair: B.
    Pairs,
}

/// An operand, or a part of it: number k of line i at `start + i * line + k * step`.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    start: *const f32,
    line: usize,
    step: usize,
}

impl Lines {
    /// The rows of A from `first` on, from `k` on.
    pub(super) fn rows(a: &MatRef<'_, f32>, first: usize, k: usize) -> Self {
        // What is empty is not read, so its start may be anything.
        let start = a.data().as_ptr().wrapping_add(first * a.row_stride() + k * a.col_stride());
        Self { start, line: a.row_stride(), step: a.col_stride() }
    }

    /// Asks the memory for some lines and k: for part `index` of `parts` of them.
    #[inline(always)]
    pub(super) fn ask_for<S: Simd<f32>>(self, s: S, lines: usize, depth: usize, (index, parts): (usize, usize)) {
        if self.step == 1 {
            for i in part(&(0..lines), parts, index) {
                for k in (0..depth).step_by(CACHE_LINE) {
                    s.prefetch_far(self.from(i, k).start);
                }
            }
        } else {
            for k in part(&(0..depth), parts, index) {
                for i in (0..lines).step_by(CACHE_LINE) {
                    s.prefetch_far(self.from(i, k).start);
                }
            }
        }
    }

    /// Likewise from line `lines` and number `k` on.
    #[inline(always)]
    fn from(self, lines: usize, k: usize) -> Self {
        Self { start: self.start.wrapping_add(lines * self.line + k * self.step), ..self }
    }
}

/// Packs up to [`SIDE`] lines and `depth` k: block after block, in each two groups. Of lines that are not there the target
/// keeps what it held; k that are not there are zero.
///
/// # Safety
/// The lines are readable, and as many blocks of the target writable as `depth` comes to.
#[inline(always)]
pub(super) unsafe fn panel<S: Simd<f32>, P: Pairs<S>>(
    (s, p): (S, P),
    from: Lines,
    lines: usize,
    depth: usize,
    to: *mut u32,
    order: Order,
) {
    for (block, k) in (0..depth).step_by(SIDE).enumerate() {
        let deep = SIDE.min(depth - k);
        for (half, first) in (0..lines).step_by(GROUP).enumerate() {
            // SAFETY: these lines and k are the caller's, and so is the group of the target.
            unsafe {
                let to = to.add((2 * block + half) * GROUP_PAIRS).cast();
                group((s, p), from.from(first, k), GROUP.min(lines - first), deep, to, order);
            }
        }
    }
}

/// Packs one group: `lines` lines, `depth` k.
///
/// # Safety
/// As [`panel`].
#[inline(always)]
unsafe fn group<S: Simd<f32>, P: Pairs<S>>(
    sp: (S, P),
    from: Lines,
    lines: usize,
    depth: usize,
    to: *mut f32,
    order: Order,
) {
    if from.step == 1 || from.line == 1 {
        // SAFETY: the caller's promise is passed on.
        return unsafe { offered(sp, from, lines, depth, to, order) };
    }
    let mut space = [0.0; GROUP * SIDE];
    // SAFETY: the caller's promise is passed on; a group fits the space.
    unsafe {
        for i in 0..lines {
            for k in 0..depth {
                space[i * SIDE + k] = *from.start.add(i * from.line + k * from.step);
            }
        }
        offered(sp, Lines { start: space.as_ptr(), line: SIDE, step: 1 }, lines, depth, to, order);
    }
}

/// Packs one group of a source that offers lines or their numbers side by side.
///
/// # Safety
/// As [`panel`]; one of the strides is 1.
#[inline(always)]
unsafe fn offered<S: Simd<f32>, P: Pairs<S>>(
    sp: (S, P),
    from: Lines,
    lines: usize,
    depth: usize,
    to: *mut f32,
    order: Order,
) {
    let offered = if from.step == 1 { Order::Lines } else { Order::Pairs };
    // SAFETY: the caller's promise is passed on; a group fits the space.
    unsafe {
        if offered == order {
            return side_by_side(sp, from, lines, depth, to, offered);
        }
        let mut space = MaybeUninit::<[f32; GROUP_PAIRS]>::zeroed();
        side_by_side(sp, from, lines, depth, space.as_mut_ptr().cast(), offered);
        transpose(sp.0, space.as_ptr().cast(), to);
    }
}

/// Packs one group in the order in which the source lies.
///
/// # Safety
/// As [`panel`]; one of the strides is 1, and `order` says which.
#[inline(always)]
unsafe fn side_by_side<S: Simd<f32>, P: Pairs<S>>(
    (s, p): (S, P),
    from: Lines,
    lines: usize,
    depth: usize,
    to: *mut f32,
    order: Order,
) {
    // SAFETY: the caller's promise is passed on.
    unsafe {
        match order {
            Order::Lines if depth == SIDE => along::<S, P, true>((s, p), from, lines, depth, to),
            Order::Lines => along::<S, P, false>((s, p), from, lines, depth, to),
            Order::Pairs if depth == SIDE && lines == GROUP => across::<S, P, true>((s, p), from, lines, depth, to),
            Order::Pairs => across::<S, P, false>((s, p), from, lines, depth, to),
        }
    }
}

/// Lines whose numbers lie side by side.
///
/// # Safety
/// As [`panel`], with a step of 1; `WHOLE` where the block is.
#[inline(always)]
unsafe fn along<S: Simd<f32>, P: Pairs<S>, const WHOLE: bool>(
    (s, p): (S, P),
    from: Lines,
    lines: usize,
    depth: usize,
    to: *mut f32,
) {
    for i in 0..lines {
        for v in (0..GROUP).step_by(S::LANES) {
            // SAFETY: numbers of line i within the depth.
            unsafe {
                let start = from.start.add(i * from.line);
                let low = first::<S, WHOLE>(s, start, v, depth);
                let high = first::<S, WHOLE>(s, start, GROUP + v, depth);
                s.store_ptr(to.add(i * GROUP + v), p.pairs(s, low, high));
            }
        }
    }
}

/// Lines that lie side by side.
///
/// # Safety
/// As [`panel`], with lines 1 apart; `WHOLE` where the group is.
#[inline(always)]
unsafe fn across<S: Simd<f32>, P: Pairs<S>, const WHOLE: bool>(
    (s, p): (S, P),
    from: Lines,
    lines: usize,
    depth: usize,
    to: *mut f32,
) {
    for k in 0..GROUP {
        for v in (0..GROUP).step_by(S::LANES) {
            let of = |k: usize| if WHOLE || k < depth { lines } else { 0 };
            // SAFETY: numbers k of the lines, within the depth; others are not read.
            unsafe {
                let low = first::<S, WHOLE>(s, from.start.wrapping_add(k * from.step), v, of(k));
                let high = first::<S, WHOLE>(s, from.start.wrapping_add((GROUP + k) * from.step), v, of(GROUP + k));
                s.store_ptr(to.add(k * GROUP + v), p.pairs(s, low, high));
            }
        }
    }
}

/// The vector from number `at` on of `count` numbers; zeros beyond them.
///
/// # Safety
/// So many numbers are readable; all of the vector where `WHOLE`.
#[inline(always)]
unsafe fn first<S: Simd<f32>, const WHOLE: bool>(s: S, start: *const f32, at: usize, count: usize) -> S::V {
    // SAFETY: the mask marks just the numbers that are there.
    unsafe {
        if WHOLE {
            s.load_ptr(start.wrapping_add(at))
        } else {
            s.load_first_ptr(start.wrapping_add(at), s.first(count.saturating_sub(at).min(S::LANES)))
        }
    }
}

/// Swaps lines and pairs of a group.
///
/// # Safety
/// Both are groups.
#[inline(always)]
unsafe fn transpose<S: Simd<f32>>(s: S, from: *const f32, to: *mut f32) {
    for i in (0..GROUP).step_by(S::LANES) {
        for j in (0..GROUP).step_by(S::LANES) {
            // SAFETY: a block of LANES by LANES within the group.
            unsafe {
                s.transpose_ptr(from.add(i * GROUP + j), GROUP, S::LANES, S::LANES, to.add(j * GROUP + i), GROUP);
            }
        }
    }
}
