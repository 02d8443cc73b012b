//! History: one entry for each finished epoch.

/// Losses and scores, epoch by epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) losses: Vec<f64>,
    pub(super) validation_scores: Vec<f64>,
    pub(super) validation_losses: Vec<f64>,
}

impl History {
    /// Epochs finished.
    pub(super) fn epochs(&self) -> usize {
        self.losses.len()
    }

    /// Enters an epoch; score and loss of the validation rows, where there are any.
    pub(super) fn enter(&mut self, loss: f64, validation: Option<(f64, f64)>) {
        self.losses.push(loss);
        if let Some((score, loss)) = validation {
            self.validation_scores.push(score);
            self.validation_losses.push(loss);
        }
    }
}
