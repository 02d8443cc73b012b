//! D-Adaptation of Adam: Defazio and Mishchenko 2023. As `dadapt_sgd.rs`, with distances measured by the root of the mean
//! square of the gradient. All sums are over all tensors.
//!
//! ```text
//! k = lr d                                          (times sqrt(1 - beta2^t) / (1 - beta1^t) with bias correction)
//! g <- g + weight_decay p                           (coupled)
//! n <- sqrt(beta2) n + (1 - sqrt(beta2)) k sum g s / (sqrt(v) + eps)
//! m <- beta1 m + (1 - beta1) k g
//! v <- beta2 v + (1 - beta2) g^2
//! s <- sqrt(beta2) s + (1 - sqrt(beta2)) k g
//! d <- max(d, min(n / ((1 - sqrt(beta2)) sum |s|), growth_rate d))
//! p <- p - k weight_decay p                         (decoupled)
//! p <- p - m / (sqrt(v) + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule};

use super::checks::{all_but, require_betas};
use super::dadapt::{check, grown, own_rate_of_decay, share};
use super::decay::require_decoupled;
use super::rules::{Incoming, epsilon, mean, mean_square};
use super::{Buffer, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_positive};
use crate::hyper::{Value, hyper_parameters};
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of DAdaptAdam; names and defaults as the authors'.
    pub struct DAdaptAdam {
        /// Factor of the rate that is found.
        pub lr: f64 = 1.0,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root.
        pub eps: f64 = 1e-8,
        /// Penalty on the parameters.
        pub weight_decay: f64 = 0.0,
        /// Shrink the parameters, and leave the gradient alone.
        pub decouple: bool = false,
        /// Correct the means for their start at zero.
        pub use_bias_correction: bool = false,
        /// The first estimate of the distance to the solution.
        pub d0: f64 = 1e-6,
        /// Largest factor by which the estimate grows in a step.
        pub growth_rate: f64 = f64::INFINITY,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

// Places of the numbers.
/// The estimate.
const ESTIMATE: usize = 0;
/// Its numerator.
const NUMERATOR: usize = 1;
/// `k` of this step.
const STEP: usize = 2;
/// The run's rate in this step.
const RATE: usize = 3;

impl Optimizer for DAdaptAdam {
    fn validate(&self) -> Result<()> {
        check(self.lr, self.weight_decay, self.d0, self.growth_rate)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        require_decoupled(self.decay_with_lr, self.decouple, "decouple")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_sq"), Buffer::like("s")]
    }

    fn shared(&self) -> Vec<Scalar> {
        let names = [("d", self.d0), ("numerator_weighted", 0.0), ("dlr", 0.0), ("rate", 0.0)];
        names.map(|(name, initial)| Scalar::new(name, initial)).to_vec()
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), if self.decouple { &["lr", "weight_decay", "decay_with_lr"] } else { &["lr"] })
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (beta1, beta2) = self.betas;
        let correction = bias_correction(self.use_bias_correction, self.betas, step.number);
        let (d, rate, beta3) = (step.shared[ESTIMATE], step.shared[ESTIMATE] * step.rate * correction, beta2.sqrt());
        let [product, magnitude] = step.fold_on(
            [0, 1, 2],
            &Moments {
                gradient: Incoming::new(self.maximize, if self.decouple { 0.0 } else { self.weight_decay }),
                rate: T::of(rate),
                fresh: [beta1, beta2, beta3].map(|beta| T::of(1.0 - beta)),
                eps: epsilon(self.eps),
            },
        );
        let shared = &mut *step.shared;
        shared[NUMERATOR] = beta3 * shared[NUMERATOR] + (1.0 - beta3) * rate * product;
        (shared[STEP], shared[RATE]) = (rate, step.rate);
        if magnitude > 0.0 {
            shared[ESTIMATE] = grown(d, shared[NUMERATOR] / ((1.0 - beta3) * magnitude), self.growth_rate);
        } else {
            // There has been no gradient yet: no step is taken, not even of the decay.
            shared[STEP] = 0.0;
        }
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let scale = share(step.rate, step.shared[RATE]);
        let decay = if self.decouple { self.weight_decay } else { 0.0 };
        let found = scale * step.shared[STEP];
        let shrink = T::of(own_rate_of_decay(found, step.rate, self.lr, self.decay_with_lr) * decay);
        step.sweep_on([0, 1], &Move { shrink, scale: T::of(scale), eps: epsilon(self.eps) });
        Ok(())
    }
}

/// Adam's correction of the rate, or none.
pub fn bias_correction(is_used: bool, betas: (f64, f64), number: u64) -> f64 {
    if is_used { (1.0 - power(betas.1, number)).sqrt() / (1.0 - power(betas.0, number)) } else { 1.0 }
}

/// The means; and the sums of `g s / root` before and of `|s|` after.
struct Moments<T> {
    gradient: Incoming<T>,
    rate: T,
    /// Shares of the new values in m, v and s.
    fresh: [T; 3],
    eps: T,
}

impl<T: Real> FoldRule<T, 3, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v, sum]: [S::V; 3]) -> (S::V, [S::V; 3], [S::V; 2]) {
        let g = self.gradient.apply(s, p, g);
        let product = s.div(s.mul(g, sum), s.add(s.sqrt(v), s.splat(self.eps)));
        let scaled = s.mul(s.splat(self.rate), g);
        let m = mean(s, self.fresh[0], m, scaled);
        let v = mean_square(s, self.fresh[1], v, g);
        let sum = mean(s, self.fresh[2], sum, scaled);
        (p, [m, v, sum], [product, s.abs(sum)])
    }
}

/// Shrinks the parameters and moves them by `scale m / (sqrt(v) + eps)`.
pub struct Move<T> {
    pub shrink: T,
    pub scale: T,
    pub eps: T,
}

impl<T: Real> Rule<T, 2> for Move<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        let direction = s.div(m, s.add(s.sqrt(v), s.splat(self.eps)));
        (s.neg_mul_add(s.splat(self.scale), direction, p), [m, v])
    }
}
