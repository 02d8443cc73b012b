//! DoG: Ivgi, Hinder and Carmon 2023. Gradient descent whose rate is the distance come so far over the root of the sum of
//! squared gradients; both over all tensors.
//!
//! ```text
//! g <- g + weight_decay p
//! r <- max(r, |p - p0|)                             (r = reps_rel (1 + |p0|) before the first step)
//! G <- G + |g|^2
//! p <- p - lr r / sqrt(G + eps) g                   (the first step: p - init_eta g, where that is given)
//! ```

use thalweg_kernels::Real;

use super::checks::all_but;
use super::rules::{Descent, Incoming};
use super::travelled::Travelled;
use super::{Buffer, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::{Value, hyper_parameters};

hyper_parameters! {
    /// Hyper-parameters of DoG; names and defaults as the authors'.
    pub struct Dog {
        /// Factor of the rate.
        pub lr: f64 = 1.0,
        /// The first distance, as a share of one plus the norm of the parameters.
        pub reps_rel: f64 = 1e-6,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Added to the sum of squares.
        pub eps: f64 = 1e-8,
        /// Rate of the first step, in the place of the one that follows from `reps_rel`.
        pub init_eta: Option<f64> = None,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

// Places of the numbers.
/// The largest distance so far.
const DISTANCE: usize = 0;
/// The sum of squared gradients.
const SQUARES: usize = 1;
/// The rate before `lr`.
const RATE: usize = 2;

impl Optimizer for Dog {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_positive("reps_rel", self.reps_rel)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_positive("eps", self.eps)?;
        self.init_eta.map_or(Ok(()), |eta| require_positive("init_eta", eta))
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("start").starting_at_params().of_start()]
    }

    fn shared(&self) -> Vec<Scalar> {
        vec![Scalar::new("max_distance", 0.0), Scalar::new("sum_squares", 0.0), Scalar::new("rate", 0.0)]
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
        if step.number == 1 {
            step.shared[DISTANCE] = self.reps_rel * (1.0 + step.sum_squares(Of::Params).sqrt());
        }
        step.shared[DISTANCE] = step.shared[DISTANCE].max(way.sqrt());
        step.shared[SQUARES] += squares;
        step.shared[RATE] = step.shared[DISTANCE] / (step.shared[SQUARES] + self.eps).sqrt();
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let gradient = Incoming::new(self.maximize, self.weight_decay);
        let rate = match self.init_eta {
            Some(eta) if step.number == 1 => eta,
            _ => step.rate * step.shared[RATE],
        };
        step.sweep_on([], &Descent { gradient, rate: T::of(rate) });
        Ok(())
    }
}
