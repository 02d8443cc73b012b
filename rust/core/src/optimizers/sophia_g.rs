//! Sophia-G: Liu, Li, Hall, Liang and Ma 2023. Steps by the mean gradient over an estimate of the curvature's diagonal,
//! clipped. The estimate comes, now and then, from the square of a gradient whose labels the model itself has drawn.
//!
//! ```text
//! h <- beta2 h + (1 - beta2) c^2                    (where the second gradient c is given: at t = 1, k + 1, 2 k + 1, …)
//! p <- p (1 - lr weight_decay)
//! m <- beta1 m + (1 - beta1) g
//! p <- p - lr clip(m / (rho bs h + 1e-15), +-1)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::decay_rate;
use super::rules::{Incoming, mean, mean_square};
use super::{Buffer, Needs, Optimizer, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::{Value, hyper_parameters};

hyper_parameters! {
    /// Hyper-parameters of Sophia-G; names and defaults as the authors'.
    pub struct SophiaG {
        /// Learning rate: no parameter moves further in a step.
        pub lr: f64 = 1e-4,
        /// Decay of the running means of the gradient and of the curvature.
        pub betas: (f64, f64) = (0.965, 0.99),
        /// How much of the steps is clipped: the smaller, the more.
        pub rho: f64 = 0.04,
        /// Decay of the parameters.
        pub weight_decay: f64 = 0.1,
        /// Examples (tokens, for the authors) over which a gradient is the mean.
        pub bs: u64 = 5120,
        /// Steps from one second gradient to the next, the first step having one.
        pub k: u64 = 10,
        /// Which targets the model draws for the second gradient, where a model is trained.
        pub seed: u64 = 0,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for SophiaG {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("rho", self.rho)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require(self.bs > 0, "bs", "> 0", self.bs)?;
        require(self.k > 0, "k", ">= 1", self.k)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::like("hessian")]
    }

    fn needs(&self) -> Needs {
        Needs { curvature: true, ..Needs::default() }
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        vec![("k".to_owned(), self.k.into()), ("seed".to_owned(), self.seed.into())]
    }

    fn curvature_seed(&self, number: u64) -> Option<u64> {
        (number - 1).is_multiple_of(self.k).then_some(self.seed)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        if step.has_curvature() {
            step.with_curvature().sweep_on([1], &Curvature { fresh: T::of(1.0 - self.betas.1) });
        }
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Clipped {
            gradient: Incoming::new(self.maximize, 0.0),
            fresh: T::of(1.0 - self.betas.0),
            shrink: T::of(decay * self.weight_decay),
            scale: T::of(self.rho * self.bs as f64),
            rate: T::of(step.rate),
        });
        Ok(())
    }
}

/// Takes up the second gradient.
struct Curvature<T> {
    fresh: T,
}

impl<T: Real> Rule<T, 1> for Curvature<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [h]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        (p, [mean_square(s, self.fresh, h, g)])
    }
}

/// The scalars of one step.
struct Clipped<T> {
    gradient: Incoming<T>,
    fresh: T,
    /// Share of the parameter that decay takes away.
    shrink: T,
    /// Factor of the curvature.
    scale: T,
    rate: T,
}

impl<T: Real> Rule<T, 2> for Clipped<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, h]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let m = mean(s, self.fresh, m, self.gradient.apply(s, p, g));
        let quotient = s.div(m, s.mul_add(s.splat(self.scale), h, s.splat(T::of(1e-15))));
        // `min` and `max` return their second operand where one is NaN: divergence must stay visible.
        let one = T::one();
        let clipped = s.max(s.splat(-one), s.min(s.splat(one), quotient));
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        (s.neg_mul_add(s.splat(self.rate), clipped, p), [m, h])
    }
}
