//! Sweeps that sum: terms of what a rule computes, or of what lies in the arenas.
//!
//! The order of a sum is that of [`crate::reduce`]: 16 virtual lanes over every block of [`BLOCK`] elements counted from the
//! tensor's start, folded 16 -> 8 -> 4 -> 2 -> 1; the blocks' results are added in order, in double precision.

use super::part::{Padded, Part};
use super::{Arenas, Grads, Segment, check};
use crate::real::Real;
use crate::reduce::{BLOCK, LANES, fold};
use crate::simd::{Kernel, Simd};
use crate::team::{Parts, Team};

/// Blocks whose results are held at a time.
const BLOCKS_AT_ONCE: usize = 64;

/// An elementwise update rule with `N` state buffers and `K` terms to be summed.
pub trait FoldRule<T: Real, const N: usize, const K: usize>: Sync {
    /// The new parameters, state and terms of some elements, from the old ones and their gradient `g`.
    ///
    /// Implementations are `#[inline(always)]`, and so is what they call.
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> (S::V, [S::V; N], [S::V; K]);
}

/// `K` terms to be summed over parameters, gradients and `N` state buffers, none of which is changed.
pub trait Measure<T: Real, const N: usize, const K: usize>: Sync {
    /// The terms of some elements.
    ///
    /// Implementations are `#[inline(always)]`, and so is what they call.
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> [S::V; K];
}

impl<T: Real, R: FoldRule<T, N, K>, const N: usize, const K: usize> FoldRule<T, N, K> for &R {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> (S::V, [S::V; N], [S::V; K]) {
        (**self).update(s, p, g, state)
    }
}

impl<T: Real, R: Measure<T, N, K>, const N: usize, const K: usize> Measure<T, N, K> for &R {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> [S::V; K] {
        (**self).terms(s, p, g, state)
    }
}

/// As [`super::sweep`], and calls `each(number of the tensor, sums of the terms)` for every segment that is not empty, in
/// order.
///
/// # Panics
/// As [`super::sweep`].
pub fn sweep_fold<T, R, F, const N: usize, const K: usize>(
    team: &Team,
    segments: &[Segment],
    rule: F,
    arenas: Arenas<'_, T, N>,
    each: &mut dyn FnMut(usize, [f64; K]),
) where
    T: Real,
    R: FoldRule<T, N, K>,
    F: Fn(usize) -> R + Sync,
{
    let isa = team.isa();
    fold_parts(team, segments, arenas, each, &|tensor, part| {
        T::dispatch(isa, Fold::<_, _, N, K, true> { rule: &rule(tensor), part })
    });
}

/// As [`sweep_fold`]: `fold(number of the tensor, part)` is called for parts of whole vectors.
fn fold_parts<T: Real, const N: usize, const K: usize>(
    team: &Team,
    segments: &[Segment],
    arenas: Arenas<'_, T, N>,
    each: &mut dyn FnMut(usize, [f64; K]),
    fold: FoldPart<'_, T, N, K>,
) {
    let Arenas { params, grads, penalty, state } = arenas;
    check(segments, params.len(), &grads);
    assert!(state.iter().all(|arena| arena.len() == params.len()), "lengths of the arenas");
    let params = Parts::new(params, 1);
    let state = state.map(|arena| Parts::new(arena, 1));
    fold_blocks(team, segments, each, &|segment, at, len| {
        // SAFETY: segments are apart, as checked, a block is a part of one, and each is worked on once.
        let params = unsafe { params.range(at..at + len) };
        // SAFETY: as above.
        let state = std::array::from_fn(|n| unsafe { state[n].range(at..at + len) });
        let l2 = if segment.penalised { penalty } else { T::zero() };
        folded(segment.tensor, Part::new(params, grads.of(segment, at, len), l2, state), fold)
    });
}

/// Calls `each(number of the tensor, sums of the terms)` for every segment that is not empty, in order; `terms(number of the
/// tensor)` says what is summed. The gradient is as in [`Arenas`].
///
/// # Panics
/// As [`super::sweep`].
#[allow(clippy::too_many_arguments, reason = "the arenas are Arenas, but to read")]
pub fn measure<T, M, F, const N: usize, const K: usize>(
    team: &Team,
    segments: &[Segment],
    terms: F,
    params: &[T],
    grads: Grads<'_, T>,
    penalty: T,
    state: [&[T]; N],
    each: &mut dyn FnMut(usize, [f64; K]),
) where
    T: Real,
    M: Measure<T, N, K>,
    F: Fn(usize) -> M + Sync,
{
    let isa = team.isa();
    measure_parts(team, segments, (params, grads, penalty, state), each, &|tensor, part| {
        T::dispatch(isa, Fold::<_, _, N, K, false> { rule: &Terms(terms(tensor)), part })
    });
}

/// As [`measure`]: `fold(number of the tensor, part)` is called for parts of whole vectors.
fn measure_parts<T: Real, const N: usize, const K: usize>(
    team: &Team,
    segments: &[Segment],
    (params, grads, penalty, state): (&[T], Grads<'_, T>, T, [&[T]; N]),
    each: &mut dyn FnMut(usize, [f64; K]),
    fold: FoldPart<'_, T, N, K>,
) {
    check(segments, params.len(), &grads);
    assert!(state.iter().all(|arena| arena.len() == params.len()), "lengths of the arenas");
    fold_blocks(team, segments, each, &|segment, at, len| {
        let state = state.map(|arena| &arena[at..at + len]);
        let l2 = if segment.penalised { penalty } else { T::zero() };
        let part = Part::to_read(&params[at..at + len], grads.of(segment, at, len), l2, state);
        folded(segment.tensor, part, fold)
    });
}

/// The virtual lanes of the sums over whole vectors of a tensor, by its number.
type FoldPart<'a, T, const N: usize, const K: usize> = &'a (dyn Fn(usize, Part<'_, T, N>) -> [[T; LANES]; K] + Sync);

/// What is measured, as a rule that leaves everything as it is.
struct Terms<M>(M);

impl<T: Real, M: Measure<T, N, K>, const N: usize, const K: usize> FoldRule<T, N, K> for Terms<M> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> (S::V, [S::V; N], [S::V; K]) {
        (p, state, self.0.terms(s, p, g, state))
    }
}

/// A block of a segment: number of the segment, place and number of the elements.
type Block = (usize, usize, usize);

/// Computes all blocks of all segments, [`BLOCKS_AT_ONCE`] at a time, and adds the results of each segment's in order.
fn fold_blocks<T: Real, const K: usize>(
    team: &Team,
    segments: &[Segment],
    each: &mut dyn FnMut(usize, [f64; K]),
    work: &(dyn Fn(&Segment, usize, usize) -> [T; K] + Sync),
) {
    let mut blocks = blocks(segments);
    let mut current: Option<(usize, [f64; K])> = None;
    loop {
        let mut batch: [Block; BLOCKS_AT_ONCE] = [(0, 0, 0); BLOCKS_AT_ONCE];
        let count = batch.iter_mut().zip(&mut blocks).map(|(place, block)| *place = block).count();
        let mut results = [[T::zero(); K]; BLOCKS_AT_ONCE];
        team.for_each_part(&mut results[..count], 1, &|i, result| {
            let (segment, at, len) = batch[i];
            result[0] = work(&segments[segment], at, len);
        });
        for (&(segment, ..), result) in batch[..count].iter().zip(results) {
            match &mut current {
                Some((at_work, sums)) if *at_work == segment => {
                    sums.iter_mut().zip(result).for_each(|(sum, term)| *sum += term.wide());
                }
                _ => {
                    let next = Some((segment, result.map(Real::wide)));
                    if let Some((done, sums)) = std::mem::replace(&mut current, next) {
                        each(segments[done].tensor, sums);
                    }
                }
            }
        }
        if count < BLOCKS_AT_ONCE {
            break;
        }
    }
    if let Some((done, sums)) = current {
        each(segments[done].tensor, sums);
    }
}

/// The blocks of all segments, in order.
fn blocks(segments: &[Segment]) -> impl Iterator<Item = Block> {
    segments.iter().enumerate().flat_map(|(i, segment)| {
        let starts = (0..segment.len).step_by(BLOCK);
        starts.map(move |start| (i, segment.start + start, BLOCK.min(segment.len - start)))
    })
}

/// The sums over a part: its whole vectors, then the elements behind them, in the virtual lanes where they lie.
fn folded<T: Real, const N: usize, const K: usize>(
    tensor: usize,
    part: Part<'_, T, N>,
    fold_part: FoldPart<'_, T, N, K>,
) -> [T; K] {
    let (whole, rest) = part.split();
    let mut sums = fold_part(tensor, whole);
    if rest.len > 0 {
        let mut padded = Padded::of(&rest);
        let last = fold_part(tensor, padded.part(rest.l2));
        for (lanes, last) in sums.iter_mut().zip(last) {
            lanes.iter_mut().zip(&last[..rest.len]).for_each(|(lane, term)| *lane += *term);
        }
        if rest.is_writable {
            padded.put_back(&rest);
        }
    }
    sums.map(fold)
}

/// A rule, and vectors of [`LANES`] elements for it, which with `WRITES` are changed.
struct Fold<'a, T, R, const N: usize, const K: usize, const WRITES: bool> {
    rule: &'a R,
    part: Part<'a, T, N>,
}

impl<T: Real, R: FoldRule<T, N, K>, const N: usize, const K: usize, const WRITES: bool> Kernel<T>
    for Fold<'_, T, R, N, K, WRITES>
{
    type Output = [[T; LANES]; K];

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> [[T; LANES]; K] {
        let (part, l2) = (&self.part, s.splat(self.part.l2));
        assert!(part.is_writable || !WRITES);
        // LANES / S::LANES registers hold the virtual lanes of a sum; the compiler drops the others.
        let mut sums = [[s.splat(T::zero()); LANES]; K];
        for start in (0..part.len / LANES * LANES).step_by(LANES) {
            #[allow(clippy::needless_range_loop, reason = "an adapter of iterators within a sweep may not be inlined")]
            for register in 0..LANES / S::LANES {
                let at = start + register * S::LANES;
                // SAFETY: the vectors at `at` lie before the last multiple of LANES.
                let (p, g, state) = unsafe { part.load(s, l2, at) };
                let (p, state, terms) = self.rule.update(s, p, g, state);
                if WRITES {
                    // SAFETY: as above, and the part is writable.
                    unsafe { part.store(s, at, p, state) };
                }
                let mut k = 0;
                while k < K {
                    sums[k][register] = s.add(sums[k][register], terms[k]);
                    k += 1;
                }
            }
        }
        let mut lanes = [[T::zero(); LANES]; K];
        let mut k = 0;
        while k < K {
            for register in 0..LANES / S::LANES {
                s.store(&mut lanes[k][register * S::LANES..], sums[k][register]);
            }
            k += 1;
        }
        lanes
    }
}
