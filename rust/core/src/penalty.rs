//! The penalty on the weights of a model: its value, and what it adds to the gradient.
//!
//! ```text
//! of the mean:  l2/2 |W|^2 + l1 |W|_1
//! of the sum:   the same over the batch's weight, as scikit-learn's networks have it
//! ```

use thalweg_kernels::elementwise::axpy;
use thalweg_kernels::reduce::{sum_abs, sum_squares};
use thalweg_kernels::{Real, Team};

/// Strengths of the penalties.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// Of half the sum of squares.
    pub l2: f64,
    /// Of the sum of magnitudes.
    pub l1: f64,
    /// Whether it stands beside the mean loss, and is not divided by the batch's weight.
    pub of_mean: bool,
}

impl Penalty {
    fn share(&self, strength: f64, weight: f64) -> f64 {
        if self.of_mean { strength } else { strength / weight }
    }

    /// The penalty beside the mean loss of a batch of that weight.
    pub fn value<T: Real>(&self, team: &Team, weights: &[T], weight: f64) -> f64 {
        let mut value = 0.0;
        if self.l2 != 0.0 {
            value += self.share(0.5 * self.l2 * sum_squares(team, weights).wide(), weight);
        }
        if self.l1 != 0.0 {
            value += self.share(self.l1 * sum_abs(team, weights).wide(), weight);
        }
        value
    }

    /// What the L2 penalty adds to the gradient, as a factor of the weights.
    #[must_use]
    pub fn l2_factor(&self, weight: f64) -> f64 {
        self.share(self.l2, weight)
    }

    /// Adds the slope of the L1 penalty to the gradient of the weights: at 0, where there is none, nothing.
    pub fn add_l1<T: Real>(&self, weights: &[T], gradient: &mut [T], weight: f64) {
        if self.l1 == 0.0 {
            return;
        }
        let strength = T::of(self.share(self.l1, weight));
        for (slope, p) in gradient.iter_mut().zip(weights) {
            *slope += if *p == T::zero() { T::zero() } else { strength.copysign(*p) };
        }
    }

    /// Adds the slopes of both penalties to the gradient of the weights.
    pub fn add_slope<T: Real>(&self, team: &Team, weights: &[T], gradient: &mut [T], weight: f64) {
        axpy(team, T::of(self.l2_factor(weight)), weights, gradient);
        self.add_l1(weights, gradient, weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_kernels::Isa;

    #[test]
    fn the_slope_is_the_derivative_of_the_value() {
        let team = Team::serial(Isa::Scalar);
        for of_mean in [false, true] {
            let penalty = Penalty { l2: 0.3, l1: 0.2, of_mean };
            let weights = [0.5_f64, -2.0, 1.25];
            let mut gradient = [1.0, 2.0, 3.0];
            penalty.add_slope(&team, &weights, &mut gradient, 4.0);
            for i in 0..3 {
                let at = |h: f64| {
                    let mut moved = weights;
                    moved[i] += h;
                    penalty.value(&team, &moved, 4.0)
                };
                let difference = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((gradient[i] - (i + 1) as f64 - difference).abs() < 1e-9, "of_mean={of_mean}, element {i}");
            }
        }
    }

    #[test]
    fn a_weight_of_zero_has_no_l1_slope() {
        let mut gradient = [0.5_f32, 0.5];
        Penalty { l1: 0.25, of_mean: true, ..Penalty::default() }.add_l1(&[0.0, -0.0], &mut gradient, 1.0);
        assert_eq!(gradient, [0.5, 0.5]);
    }
}
