//! Adaptive: the rate is divided by five whenever there is no improvement, until it is too small to matter.

use super::{Per, Plateau, Schedule};
use crate::hyper::hyper_parameters;

/// What the rate is divided by, and where that ends: scikit-learn's constants.
const DIVISOR: f64 = 5.0;
const SMALLEST: f64 = 1e-6;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct Adaptive {}
}

impl Schedule for Adaptive {
    fn per(&self) -> Option<Per> {
        None
    }

    fn follows_time(&self) -> bool {
        false
    }

    fn rate_at(&self, _t: u64, base: f64) -> f64 {
        base
    }

    fn on_plateau(&self, current: f64) -> Plateau {
        if current <= SMALLEST { Plateau::TooSmall } else { Plateau::Reduce(current / DIVISOR) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_until_it_is_too_small() {
        assert_eq!(Adaptive {}.on_plateau(0.5), Plateau::Reduce(0.1));
        assert_eq!(Adaptive {}.on_plateau(1.1e-6), Plateau::Reduce(1.1e-6 / 5.0));
        assert_eq!(Adaptive {}.on_plateau(1e-6), Plateau::TooSmall);
    }
}
