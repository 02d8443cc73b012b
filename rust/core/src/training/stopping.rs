//! Stopping: takes an epoch's loss or score, decides whether it is an improvement and whether patience is at an end.

use serde::Deserialize;

use crate::schedules::Watch;

/// What follows from an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Continue,
    /// Stop: no improvement for too long.
    Converged,
    /// Go on with a smaller rate.
    RateReduced,
    /// Stop: no improvement, and the rate is too small to reduce.
    RateTooSmall,
    /// Stop: a parameter is no longer finite.
    Diverged,
}

impl Decision {
    /// The name by which callers know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Converged => "converged",
            Self::RateReduced => "rate_reduced",
            Self::RateTooSmall => "rate_too_small",
            Self::Diverged => "diverged",
        }
    }
}

/// What is carried from one call to the next.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Samples seen by all finished epochs: scikit-learn's `t_`.
    pub samples_seen: u64,
    /// Least training loss so far; infinite at first.
    pub best_loss: f64,
    /// Best validation score so far; minus infinity at first.
    pub best_score: f64,
    /// Epochs in a row without improvement.
    pub no_improvement_count: u64,
    /// Epochs finished: the time of schedules that count epochs.
    #[serde(default)]
    pub epochs: u64,
    /// What a schedule remembers of the losses.
    #[serde(default)]
    pub plateau: Watch,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            samples_seen: 0,
            best_loss: f64::INFINITY,
            best_score: f64::NEG_INFINITY,
            no_improvement_count: 0,
            epochs: 0,
            plateau: Watch::default(),
        }
    }
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopping {
    tol: f64,
    patience: Option<u64>,
}

impl Stopping {
    pub(super) fn new(tol: f64, patience: Option<u64>) -> Self {
        Self { tol, patience }
    }

    /// Takes note of a training loss. The comparisons are scikit-learn's, in which NaN counts as an improvement that is
    /// never the best.
    pub(super) fn watch_loss(&self, progress: &mut Progress, loss: f64) {
        let stagnant = loss > progress.best_loss - self.tol;
        progress.no_improvement_count = if stagnant { progress.no_improvement_count + 1 } else { 0 };
        if loss < progress.best_loss {
            progress.best_loss = loss;
        }
    }

    /// Takes note of a validation score; returns whether it is the best so far.
    pub(super) fn watch_score(&self, progress: &mut Progress, score: f64) -> bool {
        let stagnant = score < progress.best_score + self.tol;
        progress.no_improvement_count = if stagnant { progress.no_improvement_count + 1 } else { 0 };
        let best = score > progress.best_score;
        if best {
            progress.best_score = score;
        }
        best
    }

    /// Whether patience is at an end.
    pub(super) fn is_exhausted(&self, progress: &Progress) -> bool {
        self.patience.is_some_and(|patience| progress.no_improvement_count > patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_one_epoch_after_its_length() {
        let stopping = Stopping::new(0.1, Some(2));
        let mut progress = Progress::default();
        let mut counts = Vec::new();
        for loss in [1.0, 0.95, 0.92, 0.91] {
            stopping.watch_loss(&mut progress, loss);
            counts.push((progress.no_improvement_count, stopping.is_exhausted(&progress)));
        }
        assert_eq!(counts, [(0, false), (1, false), (2, false), (3, true)]);
        assert_eq!(progress.best_loss, 0.91);
        assert!(!Stopping::new(0.1, None).is_exhausted(&progress));
    }

    #[test]
    fn a_score_improves_upwards() {
        let stopping = Stopping::new(0.1, Some(2));
        let mut progress = Progress::default();
        let best: Vec<bool> = [0.5, 0.55, 0.7].map(|score| stopping.watch_score(&mut progress, score)).into();
        assert_eq!(best, [true, true, true]);
        assert_eq!(progress.no_improvement_count, 0);
        assert!(!stopping.watch_score(&mut progress, 0.7));
        assert_eq!(progress.no_improvement_count, 1);
    }

    #[test]
    fn nan_resets_the_count_and_is_never_best() {
        let stopping = Stopping::new(0.0, Some(2));
        let mut progress = Progress { no_improvement_count: 2, best_score: 0.5, best_loss: 1.0, ..Progress::default() };
        assert!(!stopping.watch_score(&mut progress, f64::NAN));
        assert_eq!(progress.no_improvement_count, 0);
        stopping.watch_loss(&mut progress, f64::NAN);
        assert_eq!((progress.best_score, progress.best_loss), (0.5, 1.0));
    }
}
