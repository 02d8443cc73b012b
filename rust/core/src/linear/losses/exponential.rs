//! Losses with a logarithmic link, for targets that are not negative: half the deviance of Tweedie's distributions
//! (Jorgensen, 1987), up to what depends on the target alone.
//!
//! ```text
//! mean = exp(p),     slope = mean^(2 - power) - y mean^(1 - power)
//! Poisson: power 1,  loss = exp(p) - y p
//! gamma:   power 2,  loss = p + y exp(-p)
//! Tweedie: loss = exp((2 - power) p) / (2 - power) - y exp((1 - power) p) / (1 - power)
//! ```

use thalweg_kernels::reference::exp;

use super::{Link, Loss, Targets};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct Poisson {}
}

impl Loss for Poisson {
    fn targets(&self) -> Targets {
        Targets::NotNegative
    }

    fn link(&self) -> Link {
        Link::Log
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        exp(p) - y * p
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        exp(p) - y
    }
}

hyper_parameters! {
    /// No hyper-parameters.
    pub struct Gamma {}
}

impl Loss for Gamma {
    fn targets(&self) -> Targets {
        Targets::Positive
    }

    fn link(&self) -> Link {
        Link::Log
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        p + y * exp(-p)
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        1.0 - y * exp(-p)
    }
}

hyper_parameters! {
    /// Between Poisson and gamma by default: amounts that are often zero.
    pub struct Tweedie {
        /// Power of the mean in the variance: 0 normal, 1 Poisson, 2 gamma, 3 inverse Gaussian.
        pub power: f64 = 1.5,
    }
}

impl Loss for Tweedie {
    fn validate(&self) -> Result<()> {
        let exists = self.power.is_finite() && (self.power <= 0.0 || self.power >= 1.0);
        require(exists, "power", "<= 0 or >= 1, and finite", self.power)
    }

    fn targets(&self) -> Targets {
        if self.power >= 2.0 {
            Targets::Positive
        } else if self.power >= 1.0 {
            Targets::NotNegative
        } else {
            Targets::Real
        }
    }

    fn link(&self) -> Link {
        Link::Log
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        let (first, second) = (2.0 - self.power, 1.0 - self.power);
        if second == 0.0 {
            Poisson {}.value(y, p)
        } else if first == 0.0 {
            Gamma {}.value(y, p)
        } else {
            exp(first * p) / first - y * exp(second * p) / second
        }
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        exp((2.0 - self.power) * p) - y * exp((1.0 - self.power) * p)
    }
}
