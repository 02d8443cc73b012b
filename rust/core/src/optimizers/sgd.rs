//! Stochastic gradient descent: Robbins and Monro 1951; heavy ball, Polyak 1964; Nesterov 1983 in the form of Sutskever
//! et al. 2013; decoupled decay, Loshchilov and Hutter 2017.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! b <- momentum b + (1 - dampening) g               (b <- g at the first step)
//! p <- p - lr b                                     (nesterov: p - lr (g + momentum b))
//! rate_in_velocity:
//! v <- momentum v - lr g;   p <- p + v              (nesterov: p + momentum v - lr g)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::decay::{Shrunk, decay_rate, require_decoupled};
use super::rules::{Descent, Incoming};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of SGD; names and defaults as in PyTorch.
    pub struct Sgd {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Share of the velocity that survives a step.
        pub momentum: f64 = 0.0,
        /// Share of the gradient kept out of the velocity, in every step but the first.
        pub dampening: f64 = 0.0,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Look ahead along the velocity.
        pub nesterov: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Keep the rate inside the velocity, as scikit-learn does: the same at a constant rate, but a new rate works on
        /// the velocity only as it is renewed.
        pub rate_in_velocity: bool = false,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Sgd {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        if self.rate_in_velocity {
            // scikit-learn allows a velocity that never fades.
            require((0.0..=1.0).contains(&self.momentum), "momentum", "in [0, 1]", self.momentum)?;
            require(self.dampening == 0.0, "dampening", "0 with `rate_in_velocity`", self.dampening)?;
        } else {
            require_decay("momentum", self.momentum)?;
            require((0.0..=1.0).contains(&self.dampening), "dampening", "in [0, 1]", self.dampening)?;
        }
        if self.nesterov {
            require(self.momentum > 0.0, "momentum", "> 0 with `nesterov`", self.momentum)?;
            require(self.dampening == 0.0, "dampening", "0 with `nesterov`", self.dampening)?;
        }
        let used = self.momentum > 0.0 || self.dampening == 0.0;
        require(used, "momentum", "> 0 with `dampening`", self.momentum)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        if self.momentum == 0.0 { Vec::new() } else { vec![Buffer::like("momentum_buffer")] }
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.momentum)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decays = |decoupled| if decoupled == self.decoupled_weight_decay { self.weight_decay } else { 0.0 };
        let shrink = T::of(decay_rate(step.rate, self.lr, self.decay_with_lr) * decays(true));
        let gradient = Incoming::new(self.maximize, decays(false));
        let rate = T::of(step.rate);
        if self.momentum == 0.0 {
            Shrunk::sweep(step, shrink, Descent { gradient, rate });
        } else if self.rate_in_velocity {
            let momentum = T::of(self.momentum);
            Shrunk::sweep(step, shrink, RateInVelocity { gradient, momentum, rate, nesterov: self.nesterov });
        } else {
            let momentum = T::of(self.momentum);
            // Kept from PyTorch: the first gradient enters the velocity whole.
            let gain = if step.number == 1 { T::one() } else { T::of(1.0 - self.dampening) };
            Shrunk::sweep(step, shrink, HeavyBall { gradient, momentum, gain, rate, nesterov: self.nesterov });
        }
        Ok(())
    }
}

struct HeavyBall<T> {
    gradient: Incoming<T>,
    momentum: T,
    gain: T,
    rate: T,
    nesterov: bool,
}

impl<T: Real> Rule<T, 1> for HeavyBall<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [b]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let g = self.gradient.apply(s, p, g);
        let momentum = s.splat(self.momentum);
        let b = s.mul_add(momentum, b, s.mul(s.splat(self.gain), g));
        let direction = if self.nesterov { s.mul_add(momentum, b, g) } else { b };
        (s.neg_mul_add(s.splat(self.rate), direction, p), [b])
    }
}

struct RateInVelocity<T> {
    gradient: Incoming<T>,
    momentum: T,
    rate: T,
    nesterov: bool,
}

impl<T: Real> Rule<T, 1> for RateInVelocity<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [v]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let g = self.gradient.apply(s, p, g);
        let (momentum, rate) = (s.splat(self.momentum), s.splat(self.rate));
        let v = s.neg_mul_add(rate, g, s.mul(momentum, v));
        let update = if self.nesterov { s.neg_mul_add(rate, g, s.mul(momentum, v)) } else { v };
        (s.add(p, update), [v])
    }
}
