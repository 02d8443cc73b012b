//! Vector arithmetic over all tensors of a step, for members that think in vectors: dot products, norms, `y = a y + b x`.

use thalweg_kernels::Real;
use thalweg_kernels::reduce;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{Arenas, Grads, Measure, Rule, Segment, measure, sweep};

use super::rules::mean;
use super::step::{Step, grads};

/// A vector of a step, as long as the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The parameters.
    Params,
    /// The gradient, penalty included.
    Gradient,
    /// A buffer laid out as the parameters.
    Buffer(usize),
}

impl<T: Real> Step<'_, T> {
    /// The dot product of two vectors, over all tensors of the step.
    #[must_use]
    pub fn dot(&self, a: Of, b: Of) -> f64 {
        self.sum(|segment| match (self.plain(a, segment), self.plain(b, segment)) {
            (Some(a), Some(b)) => reduce::dot(self.team, a, b).wide(),
            _ => self.penalised(segment, Term::Product(a, b)),
        })
    }

    /// The sum of squares of a vector, over all tensors of the step.
    #[must_use]
    pub fn sum_squares(&self, a: Of) -> f64 {
        self.dot(a, a)
    }

    /// The sum of magnitudes of a vector, over all tensors of the step.
    #[must_use]
    pub fn sum_abs(&self, a: Of) -> f64 {
        self.sum(|segment| match self.plain(a, segment) {
            Some(a) => reduce::sum_abs(self.team, a).wide(),
            None => self.penalised(segment, Term::Magnitude(a)),
        })
    }

    /// The largest magnitude of a vector, over all tensors of the step; NaN is passed over.
    ///
    /// # Panics
    /// For a gradient to which a penalty would have to be added; that of a closure has it.
    #[must_use]
    pub fn largest_abs(&self, a: Of) -> f64 {
        let of_segment = |segment| {
            let elements = self.plain(a, segment).expect("a gradient that has its penalty");
            reduce::largest_abs(self.team, elements).wide()
        };
        self.segments.iter().map(of_segment).fold(0.0, f64::max)
    }

    /// `to = keep * to + add * from`, in one sweep; with `keep = 0` whatever was in `to`, even NaN, is forgotten.
    ///
    /// # Panics
    /// If `to` is the gradient, or both are the same buffer.
    pub fn blend(&mut self, to: Of, keep: f64, from: Of, add: f64) {
        let rule = Blend { to, keep: T::of(keep), from, add: T::of(add) };
        match (to, from) {
            (Of::Gradient, _) => panic!("the gradient is only lent"),
            (Of::Buffer(to), Of::Buffer(from)) => self.sweep_on([to, from], &rule),
            (Of::Buffer(buffer), _) | (_, Of::Buffer(buffer)) => self.sweep_on([buffer], &OneBuffer(rule)),
            _ => self.sweep_on([], &NoBuffer(rule)),
        }
    }

    /// `to = from`.
    ///
    /// # Panics
    /// As [`Self::blend`].
    pub fn copy(&mut self, from: Of, to: Of) {
        self.blend(to, 0.0, from, 1.0);
    }

    /// `y = y + alpha * x`.
    ///
    /// # Panics
    /// As [`Self::blend`].
    pub fn axpy(&mut self, alpha: f64, x: Of, y: Of) {
        self.blend(y, 1.0, x, alpha);
    }

    /// `x = alpha * x`; zero where `alpha` is 0.
    ///
    /// # Panics
    /// If `x` is the gradient.
    pub fn scale(&mut self, alpha: f64, x: Of) {
        let alpha = Scale { alpha: T::of(alpha) };
        match x {
            Of::Gradient => panic!("the gradient is only lent"),
            Of::Buffer(buffer) => self.sweep_on([buffer], &alpha),
            Of::Params => self.sweep_on([], &alpha),
        }
    }

    /// `to = to + share (from - to)`, of the parameters and a buffer, either way; all of `from` with `share = 1`. The gradient
    /// is not looked at, so that it may come as rows, and only what is needed is read and written.
    ///
    /// # Panics
    /// If not one is the parameters and the other a buffer.
    pub fn approach(&mut self, to: Of, from: Of, share: f64) {
        let (params, from) = match (to, from) {
            (Of::Buffer(to), Of::Params) => (&mut self.buffers[to].data[..], &*self.params),
            (Of::Params, Of::Buffer(from)) => (&mut *self.params, &self.buffers[from].data[..]),
            _ => panic!("the parameters and a buffer"),
        };
        let rule = Approach { share: T::of(share) };
        let arenas = Arenas { params, grads: Grads::Arena(from), penalty: T::zero(), state: [] };
        sweep(self.team, self.segments, |_| &rule, arenas);
    }

    fn sum(&self, of_segment: impl Fn(&Segment) -> f64) -> f64 {
        self.segments.iter().map(of_segment).fold(0.0, |sum, term| sum + term)
    }

    /// The elements of a vector in a segment; nothing for a gradient to which the penalty must be added first.
    fn plain(&self, of: Of, segment: &Segment) -> Option<&[T]> {
        let range = segment.start..segment.end();
        match of {
            Of::Params => Some(&self.params[range]),
            Of::Buffer(buffer) => Some(&self.buffers[buffer].data[range]),
            Of::Gradient if segment.penalised && T::of(self.penalty) != T::zero() => None,
            Of::Gradient => Some(match grads(self.gradient, self.evaluated) {
                Grads::Arena(arena) => &arena[range],
                Grads::Pieces(pieces) => pieces[segment.tensor],
            }),
        }
    }

    /// As [`Self::sum`] of one segment, whose gradient needs its penalty.
    fn penalised(&self, segment: &Segment, term: Term) -> f64 {
        let buffer = |of: Of| match of {
            Of::Buffer(buffer) => &self.buffers[buffer].data[..],
            _ => &self.params[..],
        };
        let state = match term {
            Term::Product(a, b) => [buffer(a), buffer(b)],
            Term::Magnitude(a) => [buffer(a), buffer(a)],
        };
        let (mut total, penalty) = (0.0, T::of(self.penalty));
        let (segments, grads) = (std::slice::from_ref(segment), grads(self.gradient, self.evaluated));
        measure(self.team, segments, |_| term, self.params, grads, penalty, state, &mut |_, [sum]| total = sum);
        total
    }
}

/// What is summed, where the gradient needs its penalty.
#[derive(Clone, Copy)]
enum Term {
    Product(Of, Of),
    Magnitude(Of),
}

#[inline(always)]
fn choose<V>(of: Of, p: V, g: V, buffer: V) -> V {
    match of {
        Of::Params => p,
        Of::Gradient => g,
        Of::Buffer(_) => buffer,
    }
}

impl<T: Real> Measure<T, 2, 1> for Term {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [first, second]: [S::V; 2]) -> [S::V; 1] {
        match *self {
            Self::Product(a, b) => [s.mul(choose(a, p, g, first), choose(b, p, g, second))],
            Self::Magnitude(a) => [s.abs(choose(a, p, g, first))],
        }
    }
}

struct Blend<T> {
    to: Of,
    keep: T,
    from: Of,
    add: T,
}

impl<T: Real> Blend<T> {
    #[inline(always)]
    fn value<S: Simd<T>>(&self, s: S, to: S::V, from: S::V) -> S::V {
        if self.keep == T::zero() {
            return s.mul(s.splat(self.add), from);
        }
        s.mul_add(s.splat(self.add), from, s.mul(s.splat(self.keep), to))
    }
}

impl<T: Real> Rule<T, 2> for Blend<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [to, from]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        (p, [self.value(s, to, from), from])
    }
}

/// What approaches is in the place of the parameters, and what is approached in that of the gradient.
struct Approach<T> {
    share: T,
}

impl<T: Real> Rule<T, 0> for Approach<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, to: S::V, from: S::V, _state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        if self.share == T::one() {
            return (from, []);
        }
        (mean(s, self.share, to, from), [])
    }
}

/// A blend with one buffer, either way.
struct OneBuffer<T>(Blend<T>);

impl<T: Real> Rule<T, 1> for OneBuffer<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [b]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let from = choose(self.0.from, p, g, b);
        match self.0.to {
            Of::Params => (self.0.value(s, p, from), [b]),
            _ => (p, [self.0.value(s, b, from)]),
        }
    }
}

/// A blend of parameters and gradient.
struct NoBuffer<T>(Blend<T>);

impl<T: Real> Rule<T, 0> for NoBuffer<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        (self.0.value(s, p, choose(self.0.from, p, g, p)), [])
    }
}

struct Scale<T> {
    alpha: T,
}

impl<T: Real> Scale<T> {
    #[inline(always)]
    fn value<S: Simd<T>>(&self, s: S, x: S::V) -> S::V {
        if self.alpha == T::zero() { s.splat(T::zero()) } else { s.mul(s.splat(self.alpha), x) }
    }
}

impl<T: Real> Rule<T, 1> for Scale<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [b]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        (p, [self.value(s, b)])
    }
}

impl<T: Real> Rule<T, 0> for Scale<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, _state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        (self.value(s, p), [])
    }
}
