//! Scores: takes predictions on the validation rows, yields the number that early stopping watches. Computed as
//! `sklearn.metrics.accuracy_score` and `r2_score` do, in double precision, row after row.

use serde::Deserialize;
use thalweg_kernels::Real;
use thalweg_kernels::reference::exp;

use crate::data::{Dataset, Rows};
use crate::error::{Result, filled};
use crate::losses::Prediction;
use crate::math::argmax;

/// How predictions are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Score {
    /// Share of the rows all of whose labels are right.
    Accuracy,
    /// 1 less the ratio of squared error to variance, averaged over the outputs.
    R2,
}

impl Score {
    /// The name that a configuration gives.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::R2 => "r2",
        }
    }
}

/// What the outputs of a model say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// The class of the largest output.
    Largest,
    /// Each output is for its label where it is above the threshold, as the target is.
    Above(f64),
    /// The mean of the targets.
    Mean,
    /// The logarithm of the mean of the targets.
    Logarithm,
}

/// Collects a score over the blocks of the validation rows.
#[derive(Debug)]
pub(super) enum Scorer {
    Accuracy { reading: Reading, right: f64, total: f64 },
    R2 { reading: Reading, errors: Vec<f64>, variances: Vec<f64>, finite: bool },
}

impl Scorer {
    /// `weight`: sum of the rows' weights.
    pub(super) fn new<T: Real>(
        score: Score,
        reading: Reading,
        data: &Dataset<'_, T>,
        rows: Rows<'_>,
        weight: f64,
    ) -> Result<Self> {
        match score {
            Score::Accuracy => Ok(Self::Accuracy { reading, right: 0.0, total: weight }),
            Score::R2 => {
                let errors = filled(data.y().cols(), 0.0)?;
                Ok(Self::R2 { reading, errors, variances: variances(data, rows, weight)?, finite: true })
            }
        }
    }

    pub(super) fn start(&mut self) {
        match self {
            Self::Accuracy { right, .. } => *right = 0.0,
            Self::R2 { errors, finite, .. } => {
                errors.fill(0.0);
                *finite = true;
            }
        }
    }

    /// Takes the outputs of some rows.
    pub(super) fn add<T: Real>(&mut self, batch: &Prediction<'_, T>) {
        let rows = batch.y.chunks(batch.outputs).zip(batch.output.chunks(batch.outputs));
        for (row, (y, output)) in rows.enumerate() {
            let weight = batch.weights.map_or(1.0, |weights| weights[row].wide());
            match self {
                Self::Accuracy { reading, right, .. } => {
                    *right += if is_right(*reading, y, output) { weight } else { 0.0 };
                }
                Self::R2 { reading, errors, finite, .. } => {
                    for ((error, y), output) in errors.iter_mut().zip(y).zip(output) {
                        let output = output.wide();
                        let mean = if *reading == Reading::Logarithm { exp(output) } else { output };
                        *finite &= mean.is_finite();
                        *error += weight * (y.wide() - mean).powi(2);
                    }
                }
            }
        }
    }

    /// The score of all rows since the start; NaN where an output of a regression is not finite.
    pub(super) fn finish(&self) -> f64 {
        match self {
            Self::Accuracy { right, total, .. } => right / total,
            Self::R2 { finite: false, .. } => f64::NAN,
            Self::R2 { errors, variances, .. } => {
                let scores = errors.iter().zip(variances).map(|(error, variance)| r2(*error, *variance));
                scores.sum::<f64>() / errors.len() as f64
            }
        }
    }
}

/// Weighted sum of squares about the mean, for each output.
fn variances<T: Real>(data: &Dataset<'_, T>, rows: Rows<'_>, weight: f64) -> Result<Vec<f64>> {
    let mut means = filled(data.y().cols(), 0.0)?;
    let mut variances = filled(data.y().cols(), 0.0)?;
    let weight_of = |row: usize| data.weights().map_or(1.0, |weights| weights[row].wide());
    for &row in rows.indices {
        let y = data.y().row(row);
        means.iter_mut().zip(y).for_each(|(mean, y)| *mean += weight_of(row) * y.wide());
    }
    means.iter_mut().for_each(|mean| *mean /= weight);
    for &row in rows.indices {
        for ((variance, mean), y) in variances.iter_mut().zip(&means).zip(data.y().row(row)) {
            *variance += weight_of(row) * (y.wide() - mean).powi(2);
        }
    }
    Ok(variances)
}

/// The score of one output: perfect without any error, 0 where there is nothing to explain.
pub(crate) fn r2(error: f64, variance: f64) -> f64 {
    match (error == 0.0, variance == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - error / variance,
    }
}

/// Whether the predicted class, or every predicted label, is the true one.
fn is_right<T: Real>(reading: Reading, y: &[T], predicted: &[T]) -> bool {
    let Reading::Above(threshold) = reading else { return argmax(y) == argmax(predicted) };
    let threshold = T::of(threshold);
    y.iter().zip(predicted).all(|(y, predicted)| (*y > threshold) == (*predicted > threshold))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Input;
    use thalweg_kernels::MatRef;

    fn score_of(
        score: Score,
        reading: Reading,
        y: &[f64],
        predicted: &[f64],
        outputs: usize,
        w: Option<&[f64]>,
    ) -> f64 {
        let rows = y.len() / outputs;
        let x = vec![0.0; rows];
        let data = Dataset::new(Input::Dense(MatRef::new(&x, rows, 1)), MatRef::new(y, rows, outputs), w).unwrap();
        let indices: Vec<usize> = (0..rows).collect();
        let rows = Rows { indices: &indices, contiguous: true };
        let mut scorer = Scorer::new(score, reading, &data, rows, data.weight_of(rows)).unwrap();
        scorer.start();
        scorer.add(&Prediction { y, output: predicted, weights: w, outputs });
        scorer.finish()
    }

    #[test]
    fn accuracy_counts_rows_whose_labels_are_all_right() {
        let binary = score_of(Score::Accuracy, Reading::Above(0.5), &[0.0, 1.0, 1.0], &[0.5, 0.6, 0.4], 1, None);
        assert_eq!(binary, 2.0 / 3.0);
        let (y, p) = ([1.0, 0.0, 1.0, 1.0], [0.9, 0.1, 0.9, 0.1]);
        assert_eq!(score_of(Score::Accuracy, Reading::Above(0.5), &y, &p, 2, None), 0.5);
        assert_eq!(score_of(Score::Accuracy, Reading::Above(0.5), &y, &p, 2, Some(&[3.0, 1.0])), 0.75);
        let (y, p) = ([0.0, 1.0, 0.0, 0.0, 0.0, 1.0], [0.3, 0.4, 0.3, 0.4, 0.4, 0.2]);
        assert_eq!(score_of(Score::Accuracy, Reading::Largest, &y, &p, 3, None), 0.5);
    }

    #[test]
    fn r2_is_averaged_over_outputs() {
        // sklearn.metrics.r2_score([[.5, 1], [-1, 1], [7, -6]], [[0, 2], [-1, 2], [8, -5]])
        let (y, p) = ([0.5, 1.0, -1.0, 1.0, 7.0, -6.0], [0.0, 2.0, -1.0, 2.0, 8.0, -5.0]);
        let plain = score_of(Score::R2, Reading::Mean, &y, &p, 2, None);
        assert!((plain - 0.936_800_526_662_277_8).abs() < 1e-15, "{plain}");
        // The same with sample_weight=[1, 2, .5].
        let weighted = score_of(Score::R2, Reading::Mean, &y, &p, 2, Some(&[1.0, 2.0, 0.5]));
        assert!((weighted - 0.902_022_315_202_231_5).abs() < 1e-15, "{weighted}");
    }

    #[test]
    fn decisions_and_logarithms_are_read_as_such() {
        let decisions = score_of(Score::Accuracy, Reading::Above(0.0), &[-1.0, 1.0, 1.0], &[-0.2, 0.1, -3.0], 1, None);
        assert_eq!(decisions, 2.0 / 3.0);
        let (y, logarithms) = ([1.0, 2.0, 4.0], [0.0, 2.0_f64.ln(), 4.0_f64.ln()]);
        assert!((score_of(Score::R2, Reading::Logarithm, &y, &logarithms, 1, None) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn r2_of_constant_targets_and_of_infinite_outputs() {
        assert_eq!(score_of(Score::R2, Reading::Mean, &[2.0, 2.0], &[2.0, 2.0], 1, None), 1.0);
        assert_eq!(score_of(Score::R2, Reading::Mean, &[2.0, 2.0], &[2.0, 3.0], 1, None), 0.0);
        assert!(score_of(Score::R2, Reading::Mean, &[1.0, 2.0], &[f64::INFINITY, 2.0], 1, None).is_nan());
    }
}
