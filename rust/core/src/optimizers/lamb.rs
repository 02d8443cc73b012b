//! LAMB: You et al. 2019. Adam's direction, with a rate for each tensor by the ratio of the parameters' norm to the
//! direction's.
//!
//! ```text
//! m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) g^2
//! u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay p
//! p <- p - lr |p| / |u| u                           (the ratio is 1 where a norm is 0)
//! decoupled_weight_decay: p <- p (1 - lr weight_decay) first, and no decay in u
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule};

use super::checks::require_betas;
use super::decay::{decay_rate, require_decoupled};
use super::rules::{Incoming, epsilon, mean, mean_square};
use super::{Buffer, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of LAMB; defaults as in optax.
    pub struct Lamb {
        /// Learning rate: the share of its norm by which a tensor moves.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root.
        pub eps: f64 = 1e-6,
        /// Share of the parameters that is added to the direction.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Shrink the parameters before the step and leave the direction alone, as Keras does.
        pub decoupled_weight_decay: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Lamb {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_sq")]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let shrinking = decay_rate(step.rate, self.lr, self.decay_with_lr);
        let (moments, rate, mut rates) = (self.moments(step.number, shrinking), step.rate, step.per_tensor(0.0));
        step.fold_each(
            [0, 1],
            |_| &moments,
            |tensor, [p2, u2]| {
                rates[tensor] = if p2 == 0.0 || u2 == 0.0 { rate } else { rate * (p2.sqrt() / u2.sqrt()) };
            },
        );
        let direction = moments.direction;
        step.sweep_each([0, 1], |tensor| Move { direction, rate: T::of(rates[tensor]) });
        Ok(())
    }
}

impl Lamb {
    /// `shrinking`: the rate of decoupled decay.
    fn moments<T: Real>(&self, number: u64, shrinking: f64) -> Moments<T> {
        let (beta1, beta2) = self.betas;
        let decay = |applies: bool| if applies { self.weight_decay } else { 0.0 };
        Moments {
            gradient: Incoming::new(self.maximize, 0.0),
            shrink: T::of(shrinking * decay(self.decoupled_weight_decay)),
            fresh: [T::of(1.0 - beta1), T::of(1.0 - beta2)],
            direction: Direction {
                scale: T::of(1.0 / (1.0 - power(beta1, number))),
                root: T::of(1.0 / (1.0 - power(beta2, number)).sqrt()),
                eps: epsilon(self.eps),
                decay: T::of(decay(!self.decoupled_weight_decay)),
            },
        }
    }
}

/// Where the moments point to, with decay.
#[derive(Clone, Copy)]
struct Direction<T> {
    scale: T,
    root: T,
    eps: T,
    decay: T,
}

impl<T: Real> Direction<T> {
    #[inline(always)]
    fn of<S: Simd<T>>(&self, s: S, p: S::V, m: S::V, v: S::V) -> S::V {
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        let adam = s.div(s.mul(s.splat(self.scale), m), denominator);
        s.mul_add(s.splat(self.decay), p, adam)
    }
}

/// The moments, and the squared norms of the parameters and of the direction.
struct Moments<T> {
    gradient: Incoming<T>,
    shrink: T,
    fresh: [T; 2],
    direction: Direction<T>,
}

impl<T: Real> FoldRule<T, 2, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2], [S::V; 2]) {
        let g = self.gradient.apply(s, p, g);
        let (m, v) = (mean(s, self.fresh[0], m, g), mean_square(s, self.fresh[1], v, g));
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        let u = self.direction.of(s, p, m, v);
        (p, [m, v], [s.mul(p, p), s.mul(u, u)])
    }
}

/// Forms the direction again, which is cheaper than to keep it.
struct Move<T> {
    direction: Direction<T>,
    rate: T,
}

impl<T: Real> Rule<T, 2> for Move<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        (s.neg_mul_add(s.splat(self.rate), self.direction.of(s, p, m, v), p), [m, v])
    }
}
