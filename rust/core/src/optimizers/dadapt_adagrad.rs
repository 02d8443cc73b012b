//! D-Adaptation of Adagrad: Defazio and Mishchenko 2023. As `dadapt_sgd.rs`, with distances measured by the root of the sum
//! of squared gradients. All sums are over all tensors.
//!
//! ```text
//! g <- g + weight_decay p
//! a <- a + g^2                                      (a = 1e-6 before the first step)
//! q <- q + (lr d)^2 sum g^2 / (sqrt(a) + eps)
//! s <- s + lr d g
//! d <- max(d, min((sum s^2 / (sqrt(a) + eps) - q) / sum |s|, growth_rate d))
//! p <- momentum p + (1 - momentum) (p0 - s / (sqrt(a) + eps))
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule};

use super::checks::{all_but, require_decay};
use super::dadapt::{check, grown, share};
use super::rules::{Incoming, epsilon, mean};
use super::{Buffer, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_positive};
use crate::hyper::{Value, hyper_parameters};

hyper_parameters! {
    /// Hyper-parameters of DAdaptAdaGrad; names and defaults as the authors'.
    pub struct DAdaptAdaGrad {
        /// Factor of the rate that is found.
        pub lr: f64 = 1.0,
        /// Share of the parameters in the next ones.
        pub momentum: f64 = 0.0,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Added to the root.
        pub eps: f64 = 1e-6,
        /// The first estimate of the distance to the solution.
        pub d0: f64 = 1e-6,
        /// Largest factor by which the estimate grows in a step.
        pub growth_rate: f64 = f64::INFINITY,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

// Places of the numbers.
/// The estimate.
const ESTIMATE: usize = 0;
/// The weighted sum of squared gradients.
const SQUARES: usize = 1;
/// The run's rate in this step.
const RATE: usize = 2;

impl Optimizer for DAdaptAdaGrad {
    fn validate(&self) -> Result<()> {
        check(self.lr, self.weight_decay, self.d0, self.growth_rate)?;
        require_decay("momentum", self.momentum)?;
        require_positive("eps", self.eps)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![
            Buffer::like("alphak").starting_at(1e-6),
            Buffer::like("sk"),
            Buffer::like("x0").starting_at_params().of_start(),
        ]
    }

    fn shared(&self) -> Vec<Scalar> {
        vec![Scalar::new("d", self.d0), Scalar::new("gsq_weighted", 0.0), Scalar::new("rate", 0.0)]
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), &["lr", "momentum"])
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        step.shared[RATE] = step.rate;
        let rate = step.shared[ESTIMATE] * step.rate;
        let gradient = Incoming::new(self.maximize, self.weight_decay);
        let [of_gradient, of_sum, magnitude] =
            step.fold_on([0, 1], &Sum { gradient, rate: T::of(rate), eps: epsilon(self.eps) });
        step.shared[SQUARES] += rate * rate * of_gradient;
        if magnitude > 0.0 {
            let estimate = (of_sum - step.shared[SQUARES]) / magnitude;
            step.shared[ESTIMATE] = grown(step.shared[ESTIMATE], estimate, self.growth_rate);
        }
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let scale = T::of(share(step.rate, step.shared[RATE]));
        step.sweep(&Move { scale, eps: epsilon(self.eps), fresh: T::of(1.0 - self.momentum) });
        Ok(())
    }
}

/// The sums of squares and of gradients; and of `g^2 / root`, `s^2 / root` and `|s|` after.
struct Sum<T> {
    gradient: Incoming<T>,
    rate: T,
    eps: T,
}

impl<T: Real> FoldRule<T, 2, 3> for Sum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [a, sum]: [S::V; 2]) -> (S::V, [S::V; 2], [S::V; 3]) {
        let g = self.gradient.apply(s, p, g);
        let (a, sum) = (s.mul_add(g, g, a), s.mul_add(s.splat(self.rate), g, sum));
        let root = s.add(s.sqrt(a), s.splat(self.eps));
        let terms = [s.div(s.mul(g, g), root), s.div(s.mul(sum, sum), root), s.abs(sum)];
        (p, [a, sum], terms)
    }
}

struct Move<T> {
    scale: T,
    eps: T,
    fresh: T,
}

impl<T: Real> Rule<T, 3> for Move<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [a, sum, start]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let root = s.add(s.sqrt(a), s.splat(self.eps));
        let z = s.neg_mul_add(s.splat(self.scale), s.div(sum, root), start);
        (mean(s, self.fresh, p, z), [a, sum, start])
    }
}
