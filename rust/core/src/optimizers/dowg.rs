//! DoWG: Khaled, Mishchenko and Jin 2023. DoG with the squared gradients weighted by the squared distance come so far, which
//! soon outweighs a first distance that was too small; both over all tensors.
//!
//! ```text
//! g <- g + weight_decay p
//! r2 <- max(r2, |p - p0|^2)                         (r2 = init_estim_sq_dist before the first step)
//! v <- v + r2 |g|^2
//! p <- p - lr r2 / (sqrt(v) + eps) g
//! ```

use thalweg_kernels::Real;

use super::checks::all_but;
use super::rules::{Descent, Incoming};
use super::travelled::Travelled;
use super::{Buffer, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::{Value, hyper_parameters};

hyper_parameters! {
    /// Hyper-parameters of DoWG; names and defaults as in optax.
    pub struct Dowg {
        /// Factor of the rate.
        pub lr: f64 = 1.0,
        /// The first squared distance; `eps` where it is not given.
        pub init_estim_sq_dist: Option<f64> = None,
        /// Added to the root.
        pub eps: f64 = 1e-4,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

// Places of the numbers.
/// The largest squared distance so far.
const DISTANCE: usize = 0;
/// The weighted sum of squared gradients.
const SQUARES: usize = 1;
/// The rate before `lr`.
const RATE: usize = 2;

impl Optimizer for Dowg {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        self.init_estim_sq_dist.map_or(Ok(()), |squared| require_positive("init_estim_sq_dist", squared))?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("start").starting_at_params().of_start()]
    }

    fn shared(&self) -> Vec<Scalar> {
        let first = self.init_estim_sq_dist.unwrap_or(self.eps);
        vec![Scalar::new("max_sq_distance", first), Scalar::new("sum_squares", 0.0), Scalar::new("rate", 0.0)]
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), &["lr"])
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let gradient = Incoming::new(self.maximize, self.weight_decay);
        let [way, squares] = step.measure_on([0], &Travelled { gradient });
        step.shared[DISTANCE] = step.shared[DISTANCE].max(way);
        step.shared[SQUARES] += step.shared[DISTANCE] * squares;
        step.shared[RATE] = step.shared[DISTANCE] / (step.shared[SQUARES].sqrt() + self.eps);
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let gradient = Incoming::new(self.maximize, self.weight_decay);
        let rate = T::of(step.rate * step.shared[RATE]);
        step.sweep_on([], &Descent { gradient, rate });
        Ok(())
    }
}
