//! RMSprop: Tieleman and Hinton 2012; centered, Graves 2013. The gradient over the root of its mean square.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! v <- alpha v + (1 - alpha) g^2
//! centered: m <- alpha m + (1 - alpha) g, and max(v - m^2, 0) in the place of v below
//! u = g / (sqrt(v) + eps)                           (eps_in_sqrt: g / sqrt(v + eps))
//! p <- p - lr u                                     (momentum: b <- momentum b + u;   p <- p - lr b)
//! rate_in_velocity:
//! b <- momentum b + lr u;   p <- p - b
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, mean, mean_square, root};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of RMSprop; names and defaults as in PyTorch.
    pub struct RmsProp {
        /// Learning rate.
        pub lr: f64 = 1e-2,
        /// Decay of the running mean of the squares.
        pub alpha: f64 = 0.99,
        /// Added to the root, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-8,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Share of the velocity that survives a step.
        pub momentum: f64 = 0.0,
        /// Divide by the deviation from the mean gradient.
        pub centered: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Add epsilon inside the root, as optax and Keras do.
        pub eps_in_sqrt: bool = false,
        /// Keep the rate inside the velocity, as optax and Keras do.
        pub rate_in_velocity: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for RmsProp {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("alpha", self.alpha)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decay("momentum", self.momentum)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::like("square_avg")];
        buffers.extend((self.momentum > 0.0).then(|| Buffer::like("momentum_buffer")));
        buffers.extend(self.centered.then(|| Buffer::like("grad_avg")));
        buffers
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        let (inner, outer) = if self.rate_in_velocity { (step.rate, 1.0) } else { (1.0, step.rate) };
        let rule = Normalised {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: T::of(1.0 - self.alpha),
            eps: epsilon(self.eps),
            eps_in_sqrt: self.eps_in_sqrt,
            momentum: T::of(self.momentum),
            inner: T::of(inner),
            outer: T::of(outer),
            rate: T::of(step.rate),
        };
        match (self.momentum > 0.0, self.centered) {
            (false, false) => step.sweep(&rule),
            (false, true) => step.sweep(&Centered(rule)),
            (true, false) => step.sweep(&WithMomentum(rule)),
            (true, true) => step.sweep(&CenteredWithMomentum(rule)),
        }
        Ok(())
    }
}

/// The scalars of one step.
struct Normalised<T> {
    decay: Decay<T>,
    fresh: T,
    eps: T,
    eps_in_sqrt: bool,
    momentum: T,
    /// The rate within the velocity and outside it; one of them is 1.
    inner: T,
    outer: T,
    /// The rate where there is no velocity.
    rate: T,
}

impl<T: Real> Normalised<T> {
    #[inline(always)]
    fn quotient<S: Simd<T>>(&self, s: S, g: S::V, square: S::V) -> S::V {
        s.div(g, root(s, square, self.eps, self.eps_in_sqrt))
    }

    /// The means after a gradient, and what it is divided by the root of.
    #[inline(always)]
    fn centered<S: Simd<T>>(&self, s: S, g: S::V, v: S::V, m: S::V) -> (S::V, S::V, S::V) {
        let (v, m) = (mean_square(s, self.fresh, v, g), mean(s, self.fresh, m, g));
        // Rounding can take a variance below zero. In this order, for `max` returns its second operand where it is NaN.
        (v, m, s.max(s.splat(T::zero()), s.neg_mul_add(m, m, v)))
    }

    #[inline(always)]
    fn moved<S: Simd<T>>(&self, s: S, p: S::V, quotient: S::V) -> S::V {
        s.neg_mul_add(s.splat(self.rate), quotient, self.decay.shrunk(s, p))
    }

    /// Parameter and velocity.
    #[inline(always)]
    fn moved_by_velocity<S: Simd<T>>(&self, s: S, p: S::V, quotient: S::V, b: S::V) -> (S::V, S::V) {
        let b = s.mul_add(s.splat(self.momentum), b, s.mul(s.splat(self.inner), quotient));
        (s.neg_mul_add(s.splat(self.outer), b, self.decay.shrunk(s, p)), b)
    }
}

impl<T: Real> Rule<T, 1> for Normalised<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [v]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let g = self.decay.gradient(s, p, g);
        let v = mean_square(s, self.fresh, v, g);
        (self.moved(s, p, self.quotient(s, g, v)), [v])
    }
}

struct Centered<T>(Normalised<T>);

impl<T: Real> Rule<T, 2> for Centered<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [v, m]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.0.decay.gradient(s, p, g);
        let (v, m, square) = self.0.centered(s, g, v, m);
        (self.0.moved(s, p, self.0.quotient(s, g, square)), [v, m])
    }
}

struct WithMomentum<T>(Normalised<T>);

impl<T: Real> Rule<T, 2> for WithMomentum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [v, b]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.0.decay.gradient(s, p, g);
        let v = mean_square(s, self.0.fresh, v, g);
        let (p, b) = self.0.moved_by_velocity(s, p, self.0.quotient(s, g, v), b);
        (p, [v, b])
    }
}

struct CenteredWithMomentum<T>(Normalised<T>);

impl<T: Real> Rule<T, 3> for CenteredWithMomentum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [v, b, m]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let g = self.0.decay.gradient(s, p, g);
        let (v, m, square) = self.0.centered(s, g, v, m);
        let (p, b) = self.0.moved_by_velocity(s, p, self.0.quotient(s, g, square), b);
        (p, [v, b, m])
    }
}
