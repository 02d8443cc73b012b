//! Sweeps that sum: terms of what a rule computes, or of what lies in the arenas.
//!
//! The order of a sum is that of [`crate::reduce`]: 16 virtual lanes over every block of [`BLOCK`] elements counted from the
//! tensor's start, folded 16 -> 8 -> 4 -> 2 -> 1; the blocks' results are added in order, in double precision.

use std::marker::PhantomData;

use super::{Arenas, Grads, Segment, check, penalised};
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
        let rule = rule(segment.tensor);
        T::dispatch(
            team.isa(),
            FoldSweep { rule: &rule, params, grads: grads.of(segment, at, len), l2, state, sums: PhantomData },
        )
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
    check(segments, params.len(), &grads);
    assert!(state.iter().all(|arena| arena.len() == params.len()), "lengths of the arenas");
    fold_blocks(team, segments, each, &|segment, at, len| {
        let state = state.map(|arena| &arena[at..at + len]);
        let l2 = if segment.penalised { penalty } else { T::zero() };
        let (terms, params, grads) = (terms(segment.tensor), &params[at..at + len], grads.of(segment, at, len));
        T::dispatch(team.isa(), Terms { terms: &terms, params, grads, l2, state, sums: PhantomData })
    });
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

/// The virtual lanes of `K` sums.
struct Sums<V, const K: usize>([[V; LANES]; K]);

impl<V: Copy, const K: usize> Sums<V, K> {
    #[inline(always)]
    fn zero<T: Real, S: Simd<T, V = V>>(s: S) -> Self {
        Self([[s.splat(T::zero()); LANES]; K])
    }

    /// Adds the terms of the `register`-th vector of 16 elements.
    #[inline(always)]
    fn add<T: Real, S: Simd<T, V = V>>(&mut self, s: S, register: usize, terms: [V; K]) {
        for (lanes, term) in self.0.iter_mut().zip(terms) {
            lanes[register] = s.add(lanes[register], term);
        }
    }

    #[inline(always)]
    fn lanes<T: Real, S: Simd<T, V = V>>(&self, s: S) -> [[T; LANES]; K] {
        let mut lanes = [[T::zero(); LANES]; K];
        for (lanes, registers) in lanes.iter_mut().zip(&self.0) {
            for (v, register) in registers[..LANES / S::LANES].iter().enumerate() {
                s.store(&mut lanes[v * S::LANES..], *register);
            }
        }
        lanes
    }
}

/// Adds the first `count` elements of the terms to the lanes from `first` on.
#[inline(always)]
fn add_tail<T: Real, S: Simd<T>, const K: usize>(
    s: S,
    lanes: &mut [[T; LANES]; K],
    first: usize,
    count: usize,
    terms: [S::V; K],
) {
    for (lanes, term) in lanes.iter_mut().zip(terms) {
        let mut terms = [T::zero(); LANES];
        s.store(&mut terms, term);
        lanes[first..].iter_mut().zip(&terms[..count]).for_each(|(lane, term)| *lane += *term);
    }
}

struct FoldSweep<'a, T, R, const N: usize, const K: usize> {
    rule: &'a R,
    params: &'a mut [T],
    grads: &'a [T],
    l2: T,
    state: [&'a mut [T]; N],
    sums: PhantomData<[T; K]>,
}

impl<T: Real, R: FoldRule<T, N, K>, const N: usize, const K: usize> Kernel<T> for FoldSweep<'_, T, R, N, K> {
    type Output = [T; K];

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> [T; K] {
        if self.l2 == T::zero() { self.run::<S, false>(s) } else { self.run::<S, true>(s) }
    }
}

impl<T: Real, R: FoldRule<T, N, K>, const N: usize, const K: usize> FoldSweep<'_, T, R, N, K> {
    #[inline(always)]
    fn run<S: Simd<T>, const L2: bool>(mut self, s: S) -> [T; K] {
        let l2 = s.splat(self.l2);
        let mut sums = Sums::zero(s);
        let whole = self.params.len() / LANES * LANES;
        for start in (0..whole).step_by(LANES) {
            for register in 0..LANES / S::LANES {
                let terms = self.whole::<S, L2>(s, l2, start + register * S::LANES);
                sums.add(s, register, terms);
            }
        }
        let mut lanes = sums.lanes(s);
        for at in (whole..self.params.len()).step_by(S::LANES) {
            let end = self.params.len().min(at + S::LANES);
            let terms = self.part::<S, L2>(s, l2, at, end);
            add_tail(s, &mut lanes, at - whole, end - at, terms);
        }
        lanes.map(fold)
    }

    #[inline(always)]
    fn whole<S: Simd<T>, const L2: bool>(&mut self, s: S, l2: S::V, at: usize) -> [S::V; K] {
        let p = s.load(&self.params[at..]);
        let g = penalised::<T, S, L2>(s, l2, p, s.load(&self.grads[at..]));
        let mut state = [p; N];
        for (state, slice) in state.iter_mut().zip(&self.state) {
            *state = s.load(&slice[at..]);
        }
        let (p, state, terms) = self.rule.update(s, p, g, state);
        s.store(&mut self.params[at..], p);
        for (state, slice) in state.into_iter().zip(&mut self.state) {
            s.store(&mut slice[at..], state);
        }
        terms
    }

    /// The elements `at..end`, at most a vector.
    #[inline(always)]
    fn part<S: Simd<T>, const L2: bool>(&mut self, s: S, l2: S::V, at: usize, end: usize) -> [S::V; K] {
        let p = s.load_tail(&self.params[at..end]);
        let g = penalised::<T, S, L2>(s, l2, p, s.load_tail(&self.grads[at..end]));
        let mut state = [p; N];
        for (state, slice) in state.iter_mut().zip(&self.state) {
            *state = s.load_tail(&slice[at..end]);
        }
        let (p, state, terms) = self.rule.update(s, p, g, state);
        s.store_tail(&mut self.params[at..end], p);
        for (state, slice) in state.into_iter().zip(&mut self.state) {
            s.store_tail(&mut slice[at..end], state);
        }
        terms
    }
}

struct Terms<'a, T, M, const N: usize, const K: usize> {
    terms: &'a M,
    params: &'a [T],
    grads: &'a [T],
    l2: T,
    state: [&'a [T]; N],
    sums: PhantomData<[T; K]>,
}

impl<T: Real, M: Measure<T, N, K>, const N: usize, const K: usize> Kernel<T> for Terms<'_, T, M, N, K> {
    type Output = [T; K];

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> [T; K] {
        if self.l2 == T::zero() { self.run::<S, false>(s) } else { self.run::<S, true>(s) }
    }
}

impl<T: Real, M: Measure<T, N, K>, const N: usize, const K: usize> Terms<'_, T, M, N, K> {
    #[inline(always)]
    fn run<S: Simd<T>, const L2: bool>(&self, s: S) -> [T; K] {
        let l2 = s.splat(self.l2);
        let mut sums = Sums::zero(s);
        let whole = self.params.len() / LANES * LANES;
        for start in (0..whole).step_by(LANES) {
            for register in 0..LANES / S::LANES {
                let at = start + register * S::LANES;
                let p = s.load(&self.params[at..]);
                let g = penalised::<T, S, L2>(s, l2, p, s.load(&self.grads[at..]));
                let mut state = [p; N];
                for (state, slice) in state.iter_mut().zip(&self.state) {
                    *state = s.load(&slice[at..]);
                }
                sums.add(s, register, self.terms.terms(s, p, g, state));
            }
        }
        let mut lanes = sums.lanes(s);
        for at in (whole..self.params.len()).step_by(S::LANES) {
            let end = self.params.len().min(at + S::LANES);
            let p = s.load_tail(&self.params[at..end]);
            let g = penalised::<T, S, L2>(s, l2, p, s.load_tail(&self.grads[at..end]));
            let mut state = [p; N];
            for (state, slice) in state.iter_mut().zip(&self.state) {
                *state = s.load_tail(&slice[at..end]);
            }
            add_tail(s, &mut lanes, at - whole, end - at, self.terms.terms(s, p, g, state));
        }
        lanes.map(fold)
    }
}
