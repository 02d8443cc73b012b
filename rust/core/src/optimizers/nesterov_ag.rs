//! Nesterov's accelerated gradient: Nesterov 1983, with the restarts of O'Donoghue and Candes 2012.
//!
//! ```text
//! t <- (1 + sqrt(1 + 4 t^2)) / 2                    (t = 1 at first and at a restart)
//! y = p + m (p - p_previous)                        (m = (t_before - 1) / t, or `momentum`)
//! p <- y - lr g(y)
//! restart: gradient, where g(y).(p - p_previous) > 0; function, where f(p) has risen
//! ```

use thalweg_kernels::Real;

use super::accelerated::{Accelerated, Restart};
use super::checks::require_decay;
use super::line_search::require_factor;
use super::proximal::Penalty;
use super::{Buffer, Needs, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Nesterov's accelerated gradient.
    pub struct NesterovAg {
        /// Learning rate; with backtracking, the longest.
        pub lr: f64 = 1e-3,
        /// How far to look ahead along the last step; grows by itself towards 1 if not given.
        pub momentum: Option<f64> = None,
        /// When the momentum starts anew.
        pub restart: Restart = Restart::Gradient,
        /// Cut the rate where it proves too long for the function, for good.
        pub backtracking: bool = false,
        /// What the rate is multiplied by then.
        pub decrease_factor: f64 = 0.5,
    }
}

impl Optimizer for NesterovAg {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("momentum", self.momentum.unwrap_or(0.0))?;
        require_factor(self.decrease_factor)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        self.method().buffers()
    }

    fn scalars(&self) -> Vec<Scalar> {
        Accelerated::scalars()
    }

    fn needs(&self) -> Needs {
        Needs { closure: true, one_group: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.method().step(step)
    }
}

impl NesterovAg {
    fn method(&self) -> Accelerated {
        Accelerated {
            penalty: Penalty { l1: 0.0, l2: 0.0 },
            momentum: self.momentum,
            restart: self.restart,
            decrease_factor: self.backtracking.then_some(self.decrease_factor),
        }
    }
}
