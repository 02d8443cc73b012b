//! How much the mean square of the first gradients can be trusted (Liu et al. 2019): what rectified members share.

use crate::math::power;

/// The length of the moving average that step `number` stands for, and the greatest that it can have.
pub struct Rectification {
    length: f64,
    greatest: f64,
}

impl Rectification {
    pub fn of(beta2: f64, number: u64) -> Self {
        let greatest = 2.0 / (1.0 - beta2) - 1.0;
        let kept = power(beta2, number);
        Self { length: greatest - 2.0 * number as f64 * kept / (1.0 - kept), greatest }
    }

    /// The factor of the rate, where the average is longer than 4 and no shorter than `from`.
    pub fn factor(&self, from: f64) -> Option<f64> {
        let (l, g) = (self.length, self.greatest);
        (l > 4.0 && l >= from).then(|| ((l - 4.0) * (l - 2.0) * g / ((g - 4.0) * (g - 2.0) * l)).sqrt())
    }
}
