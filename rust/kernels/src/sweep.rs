//! One optimizer step as one sweep over memory: parameters, gradient and every state buffer are read and written once.
//!
//! Tensors lie in an *arena*, each at its [`Segment`]. A sweep is one parallel region over all of its segments: forty
//! small tensors cost what one large does. Elements never see one another, so the bits cannot depend on the cut.
//! [`sweep_fold`] also sums terms of what it computes, and [`measure`] only sums; both in an order that no thread, CPU path
//! or place in the arena shapes.

mod fold;
mod part;

use crate::partition::{CHUNK, for_each_chunks};
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

use part::{Padded, Part};

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
    let isa = team.isa();
    sweep_parts(team, segments, arenas, &|tensor, part| T::dispatch(isa, Update { rule: &rule(tensor), part }));
}

/// As [`sweep`]: `update(number of the tensor, part)` is called for parts of whole vectors. It is compiled for each rule, and
/// this is not.
fn sweep_parts<T: Real, const N: usize>(
    team: &Team,
    segments: &[Segment],
    arenas: Arenas<'_, T, N>,
    update: &(dyn Fn(usize, Part<'_, T, N>) + Sync),
) {
    let Arenas { params, grads, penalty, state } = arenas;
    check(segments, params.len(), &grads);
    assert!(state.iter().all(|arena| arena.len() == params.len()), "lengths of the arenas");
    let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return };
    let (start, end) = (first.start, last.end());
    let state = state.map(|arena| &mut arena[start..end]);
    for_each_chunks(team, CHUNK, &mut params[start..end], state, |offset, params, mut state| {
        let start = start + offset;
        let window_end = start + params.len();
        for segment in &segments[segments.partition_point(|segment| segment.end() <= start)..] {
            if segment.start >= window_end {
                break;
            }
            let (from, to) = (segment.start.max(start), segment.end().min(window_end));
            let place = from - start..to - start;
            let l2 = if segment.penalised { penalty } else { T::zero() };
            let state = state.each_mut().map(|arena| &mut arena[place.clone()]);
            let part = Part::new(&mut params[place.clone()], grads.of(segment, from, to - from), l2, state);
            let (whole, rest) = part.split();
            update(segment.tensor, whole);
            if rest.len > 0 {
                let mut padded = Padded::of(&rest);
                update(segment.tensor, padded.part(rest.l2));
                padded.put_back(&rest);
            }
        }
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

/// A rule, and whole vectors for it.
struct Update<'a, T, R, const N: usize> {
    rule: &'a R,
    part: Part<'a, T, N>,
}

impl<T: Real, R: Rule<T, N>, const N: usize> Kernel<T> for Update<'_, T, R, N> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let (part, l2) = (&self.part, s.splat(self.part.l2));
        assert!(part.is_writable);
        for at in (0..part.len / S::LANES * S::LANES).step_by(S::LANES) {
            // SAFETY: the vectors at `at` lie before the last multiple of LANES.
            let (p, g, state) = unsafe { part.load(s, l2, at) };
            let (p, state) = self.rule.update(s, p, g, state);
            // SAFETY: as above, and the part is writable.
            unsafe { part.store(s, at, p, state) };
        }
    }
}
