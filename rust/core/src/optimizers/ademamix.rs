//! AdEMAMix: Pagliardini, Ablin and Grangier 2024. Adam with a second, much slower mean of the gradient beside the first.
//!
//! ```text
//! m <- beta1 m + (1 - beta1) g
//! n <- beta3_t n + (1 - beta3_t) g
//! v <- beta2 v + (1 - beta2) g^2
//! p <- p (1 - lr weight_decay) - lr (m / (1 - beta1^t) + alpha_t n) / (sqrt(v) / sqrt(1 - beta2^t) + eps)
//! alpha_t = a alpha, a = t / alpha_warmup           (alpha from then on)
//! beta3_t: its half-life grows linearly from that of beta1, over beta3_warmup steps
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::reference::log;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::decay::decay_rate;
use super::rules::{Incoming, epsilon, mean, mean_square};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::{power, real_power};

hyper_parameters! {
    /// Hyper-parameters of AdEMAMix; names as the authors'.
    pub struct AdEMAMix {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the fast mean of the gradient, of the mean of its square, and of the slow mean.
        pub betas: [f64; 3] = [0.9, 0.999, 0.9999],
        /// Factor of the slow mean.
        pub alpha: f64 = 5.0,
        /// Steps over which the slow mean slows down; none for slow from the start.
        pub beta3_warmup: Option<f64> = None,
        /// Steps over which `alpha` grows from 0; none for all of it from the start.
        pub alpha_warmup: Option<f64> = None,
        /// Added to the root.
        pub eps: f64 = 1e-8,
        /// Decay of the parameters.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

/// How much of a warm-up is over, while it lasts.
fn part(warmup: Option<f64>, number: u64) -> Option<f64> {
    warmup.map(|steps| number as f64 / steps).filter(|part| *part < 1.0)
}

/// Steps after which half of what a mean with this decay remembers is forgotten. The small number is the authors': it lets
/// the decay be 0.
fn half_life(decay: f64) -> f64 {
    log(0.5) / log(decay + 1e-8)
}

impl AdEMAMix {
    fn alpha_of(&self, number: u64) -> f64 {
        self.alpha * part(self.alpha_warmup, number).unwrap_or(1.0)
    }

    fn beta3_of(&self, number: u64) -> f64 {
        let [beta1, _, beta3] = self.betas;
        part(self.beta3_warmup, number).map_or(beta3, |part| {
            let lives = (1.0 - part) * half_life(beta1) + part * half_life(beta3);
            real_power(0.5, 1.0 / lives)
        })
    }
}

impl Optimizer for AdEMAMix {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        for (i, beta) in self.betas.into_iter().enumerate() {
            require_decay(&format!("betas[{i}]"), beta)?;
        }
        require_not_negative("alpha", self.alpha)?;
        for (name, steps) in [("beta3_warmup", self.beta3_warmup), ("alpha_warmup", self.alpha_warmup)] {
            steps.map_or(Ok(()), |steps| require_positive(name, steps))?;
        }
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        ["exp_avg_fast", "exp_avg_slow", "exp_avg_sq"].map(Buffer::like).into()
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let ([beta1, beta2, _], number) = (self.betas, step.number);
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Moments {
            gradient: Incoming::new(self.maximize, 0.0),
            shrink: T::of(decay * self.weight_decay),
            fresh: [beta1, self.beta3_of(number), beta2].map(|beta| T::of(1.0 - beta)),
            root: T::of(1.0 / (1.0 - power(beta2, number)).sqrt()),
            eps: epsilon(self.eps),
            of_fast: T::of(step.rate / (1.0 - power(beta1, number))),
            of_slow: T::of(step.rate * self.alpha_of(number)),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Moments<T> {
    gradient: Incoming<T>,
    /// Share of the parameter that decay takes away.
    shrink: T,
    /// `1 - beta`: of the fast mean, the slow one, and the square.
    fresh: [T; 3],
    /// Factor of the root, and what is added to it.
    root: T,
    eps: T,
    /// Factors of the two means in the step.
    of_fast: T,
    of_slow: T,
}

impl<T: Real> Rule<T, 3> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [fast, slow, v]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let g = self.gradient.apply(s, p, g);
        let (fast, slow) = (mean(s, self.fresh[0], fast, g), mean(s, self.fresh[1], slow, g));
        let v = mean_square(s, self.fresh[2], v, g);
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        let direction = s.mul_add(s.splat(self.of_fast), fast, s.mul(s.splat(self.of_slow), slow));
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        (s.sub(p, s.div(direction, denominator)), [fast, slow, v])
    }
}
