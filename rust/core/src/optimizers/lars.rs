//! LARS: You, Gitman and Ginsburg 2017. Momentum whose rate follows, tensor by tensor, the ratio of the parameters' norm
//! to the gradient's.
//!
//! ```text
//! g <- g + weight_decay p
//! r = trust_coefficient |p| / (|g| + eps)           (1 where a norm is 0)
//! b <- momentum b + lr r g;   p <- p - b            (nesterov: p - (momentum b + lr r g))
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{Measure, Rule};

use super::checks::require_decay;
use super::rules::Incoming;
use super::{Buffer, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of LARS; names and defaults as in optax.
    pub struct Lars {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Share of the velocity that survives a step.
        pub momentum: f64 = 0.9,
        /// L2 penalty, added to the gradient before its norm is taken.
        pub weight_decay: f64 = 0.0,
        /// How far a tensor moves, as a share of its norm, times the rate.
        pub trust_coefficient: f64 = 1e-3,
        /// Added to the norm of the gradient.
        pub eps: f64 = 0.0,
        /// Look ahead along the velocity.
        pub nesterov: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Lars {
    /// What multiplies the rate, from the squared norms of parameters and gradient.
    fn ratio(&self, [params, gradient]: [f64; 2]) -> f64 {
        if params == 0.0 || gradient == 0.0 {
            return 1.0;
        }
        self.trust_coefficient * params.sqrt() / (gradient.sqrt() + self.eps)
    }
}

impl Optimizer for Lars {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("momentum", self.momentum)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_positive("trust_coefficient", self.trust_coefficient)?;
        require_not_negative("eps", self.eps)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("momentum_buffer")]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.momentum)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (gradient, mut rates) = (Incoming::new(self.maximize, self.weight_decay), step.per_tensor(0.0));
        let rate = step.rate;
        step.measure_each([], |_| Norms { gradient }, |tensor, norms| rates[tensor] = rate * self.ratio(norms));
        let (momentum, nesterov) = (T::of(self.momentum), self.nesterov);
        step.sweep_each([0], |tensor| Velocity { gradient, momentum, rate: T::of(rates[tensor]), nesterov });
        Ok(())
    }
}

/// The squared norms of parameters and gradient.
struct Norms<T> {
    gradient: Incoming<T>,
}

impl<T: Real> Measure<T, 0, 2> for Norms<T> {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> [S::V; 2] {
        let g = self.gradient.apply(s, p, g);
        [s.mul(p, p), s.mul(g, g)]
    }
}

struct Velocity<T> {
    gradient: Incoming<T>,
    momentum: T,
    rate: T,
    nesterov: bool,
}

impl<T: Real> Rule<T, 1> for Velocity<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [b]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let (momentum, scaled) = (s.splat(self.momentum), s.mul(s.splat(self.rate), self.gradient.apply(s, p, g)));
        let b = s.mul_add(momentum, b, scaled);
        let direction = if self.nesterov { s.mul_add(momentum, b, scaled) } else { b };
        (s.sub(p, direction), [b])
    }
}
