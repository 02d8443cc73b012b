//! Adan: Xie, Zhou, Li, Lin and Yan 2022. Adam with the momentum of Nesterov, told from the difference of two gradients.
//!
//! ```text
//! g <- g min(1, max_grad_norm / (|g| + eps))        (max_grad_norm > 0; the norm is taken over all tensors)
//! d  = g - the gradient before                      (0 at the first step)
//! m <- beta1 m + (1 - beta1) g
//! e <- beta2 e + (1 - beta2) d
//! v <- beta3 v + (1 - beta3) (g + beta2 d)^2
//! u  = (m / (1 - beta1^t) + beta2 e / (1 - beta2^t)) / (sqrt(v) / sqrt(1 - beta3^t) + eps)
//! p <- (p - lr u) / (1 + lr weight_decay)           (no_prox: p (1 - lr weight_decay) - lr u)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::decay::decay_rate;
use super::rules::{epsilon, mean, mean_square};
use super::{Buffer, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of Adan; names and defaults as the authors'.
    pub struct Adan {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the gradient, of its differences, and of the square.
        pub betas: [f64; 3] = [0.98, 0.92, 0.99],
        /// Added to the root.
        pub eps: f64 = 1e-8,
        /// Decay of the parameters.
        pub weight_decay: f64 = 0.0,
        /// Greatest norm of the gradient; 0 for none.
        pub max_grad_norm: f64 = 0.0,
        /// Shrink the parameters before the step, not after it.
        pub no_prox: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Adan {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        for (i, beta) in self.betas.into_iter().enumerate() {
            require_decay(&format!("betas[{i}]"), beta)?;
        }
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_not_negative("max_grad_norm", self.max_grad_norm)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        ["exp_avg", "exp_avg_diff", "exp_avg_sq", "previous_grad"].map(Buffer::like).into()
    }

    fn shared(&self) -> Vec<Scalar> {
        vec![Scalar::new("clip", 1.0)]
    }

    fn scope(&self) -> Scope {
        if self.max_grad_norm > 0.0 { Scope::Run } else { Scope::Element }
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        if self.max_grad_norm > 0.0 {
            let norm = step.sum_squares(Of::Gradient).sqrt();
            step.shared[0] = (self.max_grad_norm / (norm + self.eps)).min(1.0);
        }
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let [beta1, beta2, beta3] = self.betas;
        let corrected = |beta| 1.0 - power(beta, step.number);
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr) * self.weight_decay;
        let (before, after) = if self.no_prox { (1.0 - decay, 1.0) } else { (1.0, 1.0 / (1.0 + decay)) };
        let scale = if self.maximize { -step.shared[0] } else { step.shared[0] };
        let moments = Moments {
            scale: T::of(scale),
            is_first: step.number == 1,
            ahead: T::of(beta2),
            fresh: self.betas.map(|beta| T::of(1.0 - beta)),
            root: T::of(1.0 / corrected(beta3).sqrt()),
            eps: epsilon(self.eps),
            of_mean: T::of(step.rate / corrected(beta1)),
            of_difference: T::of(step.rate * beta2 / corrected(beta2)),
            before: T::of(before),
            after: T::of(after),
        };
        step.sweep(&moments);
        Ok(())
    }
}

/// The scalars of one step.
struct Moments<T> {
    /// Factor of the gradient.
    scale: T,
    /// Whether there is no gradient before.
    is_first: bool,
    /// Factor of the difference in the square.
    ahead: T,
    /// `1 - beta`
    fresh: [T; 3],
    /// Factor of the root, and what is added to it.
    root: T,
    eps: T,
    of_mean: T,
    of_difference: T,
    /// Factors of the parameter, before and after it moves.
    before: T,
    after: T,
}

impl<T: Real> Rule<T, 4> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, e, v, previous]: [S::V; 4]) -> (S::V, [S::V; 4]) {
        let g = s.mul(s.splat(self.scale), g);
        let difference = if self.is_first { s.splat(T::zero()) } else { s.sub(g, previous) };
        let m = mean(s, self.fresh[0], m, g);
        let e = mean(s, self.fresh[1], e, difference);
        let v = mean_square(s, self.fresh[2], v, s.mul_add(s.splat(self.ahead), difference, g));
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        let direction = s.mul_add(s.splat(self.of_mean), m, s.mul(s.splat(self.of_difference), e));
        let p = s.sub(s.mul(s.splat(self.before), p), s.div(direction, denominator));
        (s.mul(s.splat(self.after), p), [m, e, v, g])
    }
}
