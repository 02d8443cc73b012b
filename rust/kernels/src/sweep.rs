//! One optimizer step as one sweep over memory: parameters, gradient and every state buffer are read and written once.
//!
//! Tensors lie in an *arena*, each at its [`Segment`]. A sweep is one parallel region over all of its segments: forty
//! small tensors cost what one large does. Elements never see one another, so the bits cannot depend on the cut.
//! [`sweep_fold`] also sums terms of what it computes, and [`measure`] only sums; both in an order that no thread, CPU path
//! or place in the arena shapes.

mod fold;

use crate::partition::{CHUNK, for_each_chunks};
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

pub use fold::{FoldRule, Measure, measure, sweep_fold};

/// An elementwise update rule with `N` state buffers.
pub trait Rule<T: Real, const N: usize>: Sync {
    /// The new parameters and state of some elements, from the old ones and their gradient `g`.
    ///
    /// Implementations are `#[inline(always)]`, and so is what they call.
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> (S::V, [S::V; N]);
}

impl<T: Real, R: Rule<T, N>, const N: usize> Rule<T, N> for &R {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> (S::V, [S::V; N]) {
        (**self).update(s, p, g, state)
    }
}

/// Where a tensor, or a part of one, lies in the arenas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Number of the tensor.
    pub tensor: usize,
    /// Place of its first element.
    pub start: usize,
    /// Number of its elements.
    pub len: usize,
    /// Whether the penalty applies to it.
    pub penalised: bool,
}

impl Segment {
    /// Place after its last element.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.len
    }
}

/// Gradients.
#[derive(Clone, Copy, Debug)]
pub enum Grads<'a, T> {
    /// Laid out as the parameters are.
    Arena(&'a [T]),
    /// The elements of each tensor, by its number.
    Pieces(&'a [&'a [T]]),
}

impl<'a, T: Real> Grads<'a, T> {
    /// The `len` elements from place `at` on, which lie in `segment`.
    #[inline(always)]
    fn of(&self, segment: &Segment, at: usize, len: usize) -> &'a [T] {
        match self {
            Self::Arena(arena) => &arena[at..][..len],
            Self::Pieces(pieces) => &pieces[segment.tensor][at - segment.start..][..len],
        }
    }
}

/// What a sweep works on. All arenas are of one length.
///
/// The gradient that a rule sees is `penalty * params + grads`, rounded once, in the segments that are penalised, and
/// `grads` as it is in others and where the penalty is 0.
#[derive(Debug)]
pub struct Arenas<'a, T, const N: usize> {
    /// Arena of the parameters.
    pub params: &'a mut [T],
    /// Their gradients.
    pub grads: Grads<'a, T>,
    /// Factor of the parameters in the gradient of penalised segments.
    pub penalty: T,
    /// Arenas of the state.
    pub state: [&'a mut [T]; N],
}

/// Applies a rule, `rule(number of the tensor)`, to each element of the segments.
///
/// # Panics
/// If segments overlap, are not in order or reach beyond an arena; if a gradient is not as long as its segment.
pub fn sweep<T, R, F, const N: usize>(team: &Team, segments: &[Segment], rule: F, arenas: Arenas<'_, T, N>)
where
    T: Real,
    R: Rule<T, N>,
    F: Fn(usize) -> R + Sync,
{
    let Arenas { params, grads, penalty, state } = arenas;
    check(segments, params.len(), &grads);
    assert!(state.iter().all(|arena| arena.len() == params.len()), "lengths of the arenas");
    let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return };
    let (start, end) = (first.start, last.end());
    let state = state.map(|arena| &mut arena[start..end]);
    for_each_chunks(team, CHUNK, &mut params[start..end], state, |offset, params, state| {
        let start = start + offset;
        let segments = &segments[segments.partition_point(|segment| segment.end() <= start)..];
        T::dispatch(team.isa(), Window { segments, rule: &rule, start, params, grads, penalty, state });
    });
}

/// Checks that segments are in order, apart, within arenas of `len` elements, and as long as their gradients.
fn check<T>(segments: &[Segment], len: usize, grads: &Grads<'_, T>) {
    let apart = segments.windows(2).all(|pair| pair[0].end() <= pair[1].start);
    assert!(apart, "segments overlap or are not in order");
    assert!(segments.last().is_none_or(|segment| segment.end() <= len), "a segment lies beyond the arena");
    match grads {
        Grads::Arena(arena) => assert_eq!(arena.len(), len, "lengths of parameters and gradient"),
        Grads::Pieces(pieces) => {
            let fit = segments.iter().all(|segment| pieces[segment.tensor].len() == segment.len);
            assert!(fit, "lengths of parameters and gradient");
        }
    }
}

/// A part of the arenas, and the segments that may reach into it.
struct Window<'a, T, F, const N: usize> {
    segments: &'a [Segment],
    rule: &'a F,
    /// Place of the window's first element.
    start: usize,
    params: &'a mut [T],
    grads: Grads<'a, T>,
    penalty: T,
    state: [&'a mut [T]; N],
}

impl<T: Real, R: Rule<T, N>, F: Fn(usize) -> R, const N: usize> Kernel<T> for Window<'_, T, F, N> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(mut self, s: S) {
        let window_end = self.start + self.params.len();
        for segment in self.segments {
            if segment.start >= window_end {
                break;
            }
            let (from, to) = (segment.start.max(self.start), segment.end().min(window_end));
            let grads = self.grads.of(segment, from, to - from);
            let place = from - self.start..to - self.start;
            let rule = (self.rule)(segment.tensor);
            let params = &mut self.params[place.clone()];
            let state = self.state.each_mut().map(|arena| &mut arena[place.clone()]);
            let l2 = if segment.penalised { self.penalty } else { T::zero() };
            Sweep { rule: &rule, params, grads, l2, state }.eval(s);
        }
    }
}

struct Sweep<'a, T, R, const N: usize> {
    rule: &'a R,
    params: &'a mut [T],
    grads: &'a [T],
    l2: T,
    state: [&'a mut [T]; N],
}

impl<T: Real, R: Rule<T, N>, const N: usize> Sweep<'_, T, R, N> {
    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        if self.l2 == T::zero() {
            self.run::<S, false>(s);
        } else {
            self.run::<S, true>(s);
        }
    }

    #[inline(always)]
    fn run<S: Simd<T>, const L2: bool>(mut self, s: S) {
        let l2 = s.splat(self.l2);
        let whole = self.params.len() / S::LANES * S::LANES;
        for at in (0..whole).step_by(S::LANES) {
            let p = s.load(&self.params[at..]);
            let g = penalised::<T, S, L2>(s, l2, p, s.load(&self.grads[at..]));
            let mut state = [p; N];
            for (state, slice) in state.iter_mut().zip(&self.state) {
                *state = s.load(&slice[at..]);
            }
            let (p, state) = self.rule.update(s, p, g, state);
            s.store(&mut self.params[at..], p);
            for (state, slice) in state.into_iter().zip(&mut self.state) {
                s.store(&mut slice[at..], state);
            }
        }
        if whole < self.params.len() {
            self.tail::<S, L2>(s, l2, whole);
        }
    }

    /// The last elements, fewer than a vector.
    #[inline(always)]
    fn tail<S: Simd<T>, const L2: bool>(&mut self, s: S, l2: S::V, at: usize) {
        let p = s.load_tail(&self.params[at..]);
        let g = penalised::<T, S, L2>(s, l2, p, s.load_tail(&self.grads[at..]));
        let mut state = [p; N];
        for (state, slice) in state.iter_mut().zip(&self.state) {
            *state = s.load_tail(&slice[at..]);
        }
        let (p, state) = self.rule.update(s, p, g, state);
        s.store_tail(&mut self.params[at..], p);
        for (state, slice) in state.into_iter().zip(&mut self.state) {
            s.store_tail(&mut slice[at..], state);
        }
    }
}

/// The gradient with the penalty's.
#[inline(always)]
fn penalised<T: Real, S: Simd<T>, const L2: bool>(s: S, l2: S::V, p: S::V, g: S::V) -> S::V {
    if L2 { s.mul_add(l2, p, g) } else { g }
}
