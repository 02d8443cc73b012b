//! Proximal gradient descent (ISTA): Bruck 1977, Daubechies, Defrise and De Mol 2004.
//!
//! ```text
//! p <- S(p - lr g, lr l1) / (1 + lr l2)             S(v, c) = sign(v) max(|v| - c, 0)
//! backtracking: lr shrinks until f(p) <= f(p_before) + g.(p - p_before) + |p - p_before|^2 / (2 lr)
//! ```

use thalweg_kernels::Real;

use super::proximal::{Backtracking, Penalty};
use super::{Buffer, Needs, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of proximal gradient descent.
    pub struct ProximalGradient {
        /// Learning rate; with backtracking, the longest.
        pub lr: f64 = 1e-3,
        /// Factor of the sum of magnitudes in the penalty, which is not part of the loss.
        pub l1: f64 = 0.0,
        /// Factor of half the sum of squares in the penalty.
        pub l2: f64 = 0.0,
        /// Cut the rate where it proves too long for the function, for good; takes a closure.
        pub backtracking: bool = false,
        /// What the rate is multiplied by then.
        pub decrease_factor: f64 = 0.5,
    }
}

impl Optimizer for ProximalGradient {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        self.penalty().validate()?;
        self.backtracks().validate()
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let names: &[&str] = if self.backtracking { &["start", "gradient"] } else { &[] };
        names.iter().map(|name| Buffer::like(*name).scratch()).collect()
    }

    /// What the rate has been multiplied by.
    fn scalars(&self) -> Vec<Scalar> {
        vec![Scalar::new("decrease", 1.0)]
    }

    fn needs(&self) -> Needs {
        Needs { closure: self.backtracking, one_group: self.backtracking, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        if self.backtracking { Scope::Run } else { Scope::Element }
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (penalty, rate) = (self.penalty(), step.rate);
        if !self.backtracking {
            step.sweep(&penalty.at(rate));
            return Ok(());
        }
        let loss = step.loss.expect("the closure's");
        let taken = self.backtracks().take(step, loss, rate * step.scalars[0])?;
        step.scalars[0] = taken / rate;
        Ok(())
    }
}

impl ProximalGradient {
    fn penalty(&self) -> Penalty {
        Penalty { l1: self.l1, l2: self.l2 }
    }

    fn backtracks(&self) -> Backtracking {
        Backtracking { penalty: self.penalty(), decrease_factor: self.decrease_factor, start: 0, gradient: 1 }
    }
}
