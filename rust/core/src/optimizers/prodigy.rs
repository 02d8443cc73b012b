//! Prodigy: Mishchenko and Defazio 2023. Adam whose rate follows from an estimate d of the distance to the solution, which
//! grows faster than in D-Adaptation. All sums are over all tensors.
//!
//! ```text
//! k = lr d                                          (times sqrt(1 - beta2^t) / (1 - beta1^t) with bias correction)
//! g <- g + weight_decay p                           (coupled)
//! n <- beta3 n + (d / d0) k sum g (p0 - p)
//! m <- beta1 m + (1 - beta1) d g
//! v <- beta2 v + (1 - beta2) d^2 g^2
//! s <- beta3 s + (d / d0) k g                       (safeguard_warmup: d in the place of k)
//! e = d_coef n / sum |s|;   d <- max(d, e) while d = d0;   h <- max(h, e);   d <- min(h, growth_rate d)
//! p <- p - k weight_decay p                         (decoupled)
//! p <- p - k m / (sqrt(v) + d eps)
//! ```
//!
//! With `slice_p` the sums see only every so many-th element of each tensor, and p0 and s hold no others.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule};

use super::checks::{all_but, require_betas, require_decay};
use super::dadapt::{check, own_rate_of_decay, share};
use super::dadapt_adam::{Move, bias_correction};
use super::decay::require_decoupled;
use super::rules::{Incoming, epsilon, mean, mean_square};
use super::{Buffer, Extent, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require, require_positive};
use crate::hyper::{Value, hyper_parameters};
use crate::params::Orientation;

hyper_parameters! {
    /// Hyper-parameters of Prodigy; names and defaults as the authors'.
    pub struct Prodigy {
        /// Factor of the rate that is found.
        pub lr: f64 = 1.0,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Decay of the sums behind the estimate; the root of `betas[1]` where it is not given.
        pub beta3: Option<f64> = None,
        /// Added to the root, times the estimate.
        pub eps: f64 = 1e-8,
        /// Penalty on the parameters.
        pub weight_decay: f64 = 0.0,
        /// Shrink the parameters, and leave the gradient alone.
        pub decouple: bool = true,
        /// Correct the means for their start at zero.
        pub use_bias_correction: bool = false,
        /// Leave the rate out of the estimate's denominator, for schedules that begin low.
        pub safeguard_warmup: bool = false,
        /// The first estimate of the distance to the solution.
        pub d0: f64 = 1e-6,
        /// Factor of the estimate.
        pub d_coef: f64 = 1.0,
        /// Largest factor by which the estimate grows in a step.
        pub growth_rate: f64 = f64::INFINITY,
        /// Every so many-th element of each tensor enters the estimate.
        pub slice_p: u64 = 1,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

// Places of the numbers.
/// The estimate.
const ESTIMATE: usize = 0;
/// The largest one.
const LARGEST: usize = 1;
/// Its numerator.
const NUMERATOR: usize = 2;
/// `k` of this step.
const STEP: usize = 3;
/// The run's rate in this step.
const RATE: usize = 4;

// Places of the buffers.
/// The mean of the gradient.
const MEAN: usize = 0;
/// The mean of its square.
const SQUARE: usize = 1;
/// The weighted sum of gradients.
const SUM: usize = 2;
/// Where the run began.
const START: usize = 3;

impl Prodigy {
    /// The gradient that enters the means and sums.
    fn gradient<T: Real>(&self) -> Incoming<T> {
        Incoming::new(self.maximize, if self.decouple { 0.0 } else { self.weight_decay })
    }

    fn beta3(&self) -> f64 {
        self.beta3.unwrap_or_else(|| self.betas.1.sqrt())
    }

    /// Renews means and sums with factor `weight` of the gradient in s; returns the sums of `g (p0 - p)` and of `|s|`.
    fn sums<T: Real>(&self, step: &mut Step<'_, T>, weight: f64) -> [f64; 2] {
        let moments = Moments {
            gradient: self.gradient(),
            scale: T::of(step.shared[ESTIMATE]),
            fresh: [T::of(1.0 - self.betas.0), T::of(1.0 - self.betas.1)],
        };
        let sums = Sums { beta3: T::of(self.beta3()), weight: T::of(weight) };
        if self.slice_p == 1 {
            return step.fold_on([MEAN, SQUARE, SUM, START], &Whole { moments, sums });
        }
        step.sweep_on([MEAN, SQUARE], &moments);
        self.sliced(step, &sums)
    }

    /// As [`Self::sums`], of the elements that `slice_p` picks.
    fn sliced<T: Real>(&self, step: &mut Step<'_, T>, sums: &Sums<T>) -> [f64; 2] {
        let sign = T::of(if self.maximize { -1.0 } else { 1.0 });
        let decay = T::of(if self.decouple { 0.0 } else { self.weight_decay });
        let (mut product, mut magnitude) = (0.0, 0.0);
        let orientation = step.orientation();
        for i in 0..step.count() {
            let tensor = step.tensor(i, [SUM, START]);
            let [sum, start] = tensor.buffers;
            let picked = self.picked(tensor.shape, orientation);
            for (at, (sum, start)) in picked.zip(sum.iter_mut().zip(start.iter())) {
                let p = tensor.params[at];
                let g = decay.mul_add(p, sign * tensor.l2.mul_add(p, tensor.gradient[at]));
                *sum = sums.weight.mul_add(g, sums.beta3 * *sum);
                product += (g * (*start - p)).wide();
                magnitude += sum.abs().wide();
            }
        }
        [product, magnitude]
    }

    /// Keeps the elements that `slice_p` picks, before the first step.
    fn keep_start<T: Real>(&self, step: &mut Step<'_, T>) {
        let orientation = step.orientation();
        for i in 0..step.count() {
            let tensor = step.tensor(i, [START]);
            let [start] = tensor.buffers;
            let picked = self.picked(tensor.shape, orientation);
            start.iter_mut().zip(picked).for_each(|(start, at)| *start = tensor.params[at]);
        }
    }

    /// Places of the elements that `slice_p` picks, which are the same ones whichever way a weight matrix lies.
    fn picked(&self, shape: &[usize], orientation: Orientation) -> impl Iterator<Item = usize> {
        let (inputs, outputs) = match (orientation, shape) {
            (Orientation::InOut, &[inputs, outputs]) => (inputs, outputs),
            // Anything else in the order in which it lies.
            _ => (shape.iter().product(), 1),
        };
        let every = usize::try_from(self.slice_p).unwrap_or(usize::MAX);
        (0..inputs * outputs).step_by(every).map(move |k| k % inputs * outputs + k / inputs)
    }

    /// The estimate after this step, from the one before, the first and the largest.
    fn grown(&self, d: f64, largest: &mut f64, estimate: f64) -> f64 {
        let d = if d == self.d0 { d.max(estimate) } else { d };
        *largest = largest.max(estimate);
        largest.min(d * self.growth_rate)
    }
}

impl Optimizer for Prodigy {
    fn validate(&self) -> Result<()> {
        check(self.lr, self.weight_decay, self.d0, self.growth_rate)?;
        require_betas(self.betas)?;
        self.beta3.map_or(Ok(()), |beta3| require_decay("beta3", beta3))?;
        require_positive("eps", self.eps)?;
        require_positive("d_coef", self.d_coef)?;
        require(self.slice_p > 0, "slice_p", ">= 1", self.slice_p)?;
        require_decoupled(self.decay_with_lr, self.decouple, "decouple")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let means = [Buffer::like("exp_avg"), Buffer::like("exp_avg_sq")];
        let sums = if self.slice_p == 1 {
            [Buffer::like("s"), Buffer::like("p0").starting_at_params().of_start()]
        } else {
            let every = usize::try_from(self.slice_p).unwrap_or(usize::MAX);
            let picked = Extent::of(move |shape| vec![shape.iter().product::<usize>().div_ceil(every)]);
            [Buffer::new("s", picked.clone()), Buffer::new("p0", picked).of_start()]
        };
        means.into_iter().chain(sums).collect()
    }

    fn shared(&self) -> Vec<Scalar> {
        let names = [("d", self.d0), ("d_max", self.d0), ("d_numerator", 0.0), ("dlr", 0.0), ("rate", 0.0)];
        names.map(|(name, initial)| Scalar::new(name, initial)).to_vec()
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        all_but(
            self.fields(),
            if self.decouple { &["lr", "eps", "weight_decay", "decay_with_lr"] } else { &["lr", "eps"] },
        )
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        if step.number == 1 && self.slice_p > 1 {
            self.keep_start(step);
        }
        let d = step.shared[ESTIMATE];
        let rate = d * step.rate * bias_correction(self.use_bias_correction, self.betas, step.number);
        let weight = d / self.d0 * if self.safeguard_warmup { d } else { rate };
        let [product, magnitude] = self.sums(step, weight);
        let shared = &mut *step.shared;
        shared[RATE] = step.rate;
        // Until there has been a gradient no step is taken, not even of the decay.
        shared[STEP] = if magnitude > 0.0 { rate } else { 0.0 };
        if magnitude > 0.0 {
            shared[NUMERATOR] = self.beta3() * shared[NUMERATOR] + d / self.d0 * rate * product;
            let estimate = self.d_coef * shared[NUMERATOR] / magnitude;
            shared[ESTIMATE] = self.grown(d, &mut shared[LARGEST], estimate);
        }
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let rate = share(step.rate, step.shared[RATE]) * step.shared[STEP];
        let shrinking = own_rate_of_decay(rate, step.rate, self.lr, self.decay_with_lr);
        let shrink = T::of(if self.decouple { shrinking * self.weight_decay } else { 0.0 });
        let eps = epsilon(step.shared[ESTIMATE] * self.eps);
        step.sweep_on([MEAN, SQUARE], &Move { shrink, scale: T::of(rate), eps });
        Ok(())
    }
}

/// The means of the gradient times `scale`.
struct Moments<T> {
    gradient: Incoming<T>,
    scale: T,
    fresh: [T; 2],
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let scaled = s.mul(s.splat(self.scale), self.gradient.apply(s, p, g));
        (p, [mean(s, self.fresh[0], m, scaled), mean_square(s, self.fresh[1], v, scaled)])
    }
}

/// The weighted sum of gradients.
struct Sums<T> {
    beta3: T,
    weight: T,
}

/// Means and sums in one sweep, and the sums of `g (p0 - p)` and of `|s|`.
struct Whole<T> {
    moments: Moments<T>,
    sums: Sums<T>,
}

impl<T: Real> FoldRule<T, 4, 2> for Whole<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(
        &self,
        s: S,
        p: S::V,
        g: S::V,
        [m, v, sum, start]: [S::V; 4],
    ) -> (S::V, [S::V; 4], [S::V; 2]) {
        let (_, [m, v]) = self.moments.update(s, p, g, [m, v]);
        let g = self.moments.gradient.apply(s, p, g);
        let sum = s.mul_add(s.splat(self.sums.weight), g, s.mul(s.splat(self.sums.beta3), sum));
        (p, [m, v, sum, start], [s.mul(g, s.sub(start, p)), s.abs(sum)])
    }
}
