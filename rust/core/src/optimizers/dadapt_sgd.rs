//! D-Adaptation of gradient descent: Defazio and Mishchenko 2023. The rate follows from an estimate d of the distance to the
//! solution, which grows as gradients agree. All sums are over all tensors.
//!
//! ```text
//! k = lr d / |g1|                                   (g1: the first gradient that is not zero, before decay)
//! g <- g + weight_decay p
//! n <- n + k g s;   s <- s + k g
//! d <- max(d, min(2 n / |s|, growth_rate d))
//! p <- momentum p + (1 - momentum) (p0 - s)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule};

use super::checks::{all_but, require_decay};
use super::dadapt::{check, grown, share};
use super::rules::{Incoming, mean};
use super::{Buffer, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::Result;
use crate::hyper::{Value, hyper_parameters};

hyper_parameters! {
    /// Hyper-parameters of DAdaptSGD; names and defaults as the authors'.
    pub struct DAdaptSgd {
        /// Factor of the rate that is found.
        pub lr: f64 = 1.0,
        /// Share of the parameters in the next ones.
        pub momentum: f64 = 0.0,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
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
/// Its numerator.
const NUMERATOR: usize = 1;
/// The first gradient's norm.
const FIRST: usize = 2;
/// The run's rate in this step.
const RATE: usize = 3;

impl Optimizer for DAdaptSgd {
    fn validate(&self) -> Result<()> {
        check(self.lr, self.weight_decay, self.d0, self.growth_rate)?;
        require_decay("momentum", self.momentum)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("s"), Buffer::like("x0").starting_at_params().of_start()]
    }

    fn shared(&self) -> Vec<Scalar> {
        let names = [("d", self.d0), ("numerator_weighted", 0.0), ("g0_norm", 0.0), ("rate", 0.0)];
        names.map(|(name, initial)| Scalar::new(name, initial)).to_vec()
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), &["lr", "momentum"])
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        step.shared[RATE] = step.rate;
        if step.shared[FIRST] == 0.0 {
            step.shared[FIRST] = step.sum_squares(Of::Gradient).sqrt();
        }
        if step.shared[FIRST] == 0.0 {
            return Ok(());
        }
        let rate = step.shared[ESTIMATE] * step.rate / step.shared[FIRST];
        let gradient = Incoming::new(self.maximize, self.weight_decay);
        let [product, squares] = step.fold_on([0], &Sum { gradient, rate: T::of(rate) });
        step.shared[NUMERATOR] += rate * product;
        if squares > 0.0 {
            let estimate = 2.0 * step.shared[NUMERATOR] / squares.sqrt();
            step.shared[ESTIMATE] = grown(step.shared[ESTIMATE], estimate, self.growth_rate);
        }
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let scale = T::of(share(step.rate, step.shared[RATE]));
        // Before any gradient the sum is zero, and this moves nothing.
        step.sweep(&Move { scale, fresh: T::of(1.0 - self.momentum) });
        Ok(())
    }
}

/// The weighted sum of gradients, and the sums of the gradient times it before, and of its squares after.
struct Sum<T> {
    gradient: Incoming<T>,
    rate: T,
}

impl<T: Real> FoldRule<T, 1, 2> for Sum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [sum]: [S::V; 1]) -> (S::V, [S::V; 1], [S::V; 2]) {
        let g = self.gradient.apply(s, p, g);
        let after = s.mul_add(s.splat(self.rate), g, sum);
        (p, [after], [s.mul(g, sum), s.mul(after, after)])
    }
}

struct Move<T> {
    scale: T,
    fresh: T,
}

impl<T: Real> Rule<T, 2> for Move<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [sum, start]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let z = s.neg_mul_add(s.splat(self.scale), sum, start);
        (mean(s, self.fresh, p, z), [sum, start])
    }
}
