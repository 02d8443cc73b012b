//! NovoGrad: Ginsburg et al. 2019. Momentum over gradients that are divided, tensor by tensor, by a running root mean square
//! of their norm.
//!
//! ```text
//! v <- beta2 v + (1 - beta2) |g|^2                  (a number a tensor; |g|^2 at the first step)
//! m <- beta1 m + g / (sqrt(v) + eps) + weight_decay p   (grad_averaging: 1 - beta1 times what is added)
//! p <- p - lr m
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{Measure, Rule};

use super::checks::require_betas;
use super::rules::epsilon;
use super::{Buffer, Extent, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of NovoGrad; defaults as in the paper.
    pub struct NovoGrad {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Share of the momentum that survives a step, and decay of the running mean of the squared norm.
        pub betas: (f64, f64) = (0.95, 0.98),
        /// Added to the root.
        pub eps: f64 = 1e-8,
        /// Share of the parameters that is added to the divided gradient.
        pub weight_decay: f64 = 0.0,
        /// Make the momentum a mean.
        pub grad_averaging: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Optimizer for NovoGrad {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::new("exp_avg_sq", Extent::One)]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let mut squares = step.per_tensor(0.0);
        step.measure_each([], |_| Square, |tensor, [g2]| squares[tensor] = g2);
        let fresh = if step.number == 1 { 1.0 } else { 1.0 - self.betas.1 };
        let share = if self.grad_averaging { 1.0 - self.betas.0 } else { 1.0 };
        let signed = if self.maximize { -share } else { share };
        let mut scales = step.per_tensor(T::zero());
        for i in 0..step.count() {
            let tensor = step.tensor_number(i);
            let [v] = step.buffer_mut(1).of_mut(tensor) else { continue };
            let mean = v.wide() + fresh * (squares[tensor] - v.wide());
            *v = T::of(mean);
            scales[tensor] = T::of(signed / (mean.sqrt() + epsilon::<f64>(self.eps)));
        }
        let (momentum, decay, rate) = (T::of(self.betas.0), T::of(share * self.weight_decay), T::of(step.rate));
        step.sweep_each([0], |tensor| Momentum { momentum, scale: scales[tensor], decay, rate });
        Ok(())
    }
}

/// The squared norm of the gradient.
struct Square;

impl<T: Real> Measure<T, 0, 1> for Square {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, _p: S::V, g: S::V, _state: [S::V; 0]) -> [S::V; 1] {
        [s.mul(g, g)]
    }
}

struct Momentum<T> {
    momentum: T,
    /// Factor of the gradient.
    scale: T,
    decay: T,
    rate: T,
}

impl<T: Real> Rule<T, 1> for Momentum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let added = s.mul_add(s.splat(self.decay), p, s.mul(s.splat(self.scale), g));
        let m = s.mul_add(s.splat(self.momentum), m, added);
        (s.neg_mul_add(s.splat(self.rate), m, p), [m])
    }
}
