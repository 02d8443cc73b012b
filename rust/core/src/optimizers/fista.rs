//! FISTA: Beck and Teboulle 2009, with the restarts of O'Donoghue and Candes 2012. Proximal gradient descent with Nesterov's
//! acceleration.
//!
//! ```text
//! t <- (1 + sqrt(1 + 4 t^2)) / 2                    (t = 1 at first and at a restart)
//! y = p + (t_before - 1) / t (p - p_previous)
//! p <- S(y - lr g(y), lr l1) / (1 + lr l2)          S(v, c) = sign(v) max(|v| - c, 0)
//! restart: gradient, where (y - p).(p - p_previous) > 0; function, where the objective has risen
//! ```

use thalweg_kernels::Real;

use super::accelerated::{Accelerated, Restart};
use super::line_search::require_factor;
use super::proximal::Penalty;
use super::{Buffer, Needs, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of FISTA.
    pub struct Fista {
        /// Learning rate; with backtracking, the longest.
        pub lr: f64 = 1e-3,
        /// Factor of the sum of magnitudes in the penalty, which is not part of the loss.
        pub l1: f64 = 0.0,
        /// Factor of half the sum of squares in the penalty.
        pub l2: f64 = 0.0,
        /// When the momentum starts anew.
        pub restart: Restart = Restart::Gradient,
        /// Cut the rate where it proves too long for the function, for good.
        pub backtracking: bool = false,
        /// What the rate is multiplied by then.
        pub decrease_factor: f64 = 0.5,
    }
}

impl Optimizer for Fista {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        self.penalty().validate()?;
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

impl Fista {
    fn penalty(&self) -> Penalty {
        Penalty { l1: self.l1, l2: self.l2 }
    }

    fn method(&self) -> Accelerated {
        Accelerated {
            penalty: self.penalty(),
            momentum: None,
            restart: self.restart,
            decrease_factor: self.backtracking.then_some(self.decrease_factor),
        }
    }
}
