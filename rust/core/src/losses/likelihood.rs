//! Targets drawn from a model's own predictions: what an estimate of its curvature compares them with.

use thalweg_kernels::partition::CHUNK;
use thalweg_kernels::{Real, Team};

use crate::random::Numbers;

/// How targets scatter about the outputs that predict them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likelihood {
    /// Normal numbers of variance 1.
    Normal,
    /// Counts. Normal numbers with their mean and variance stand for them, which squares of slopes cannot tell apart.
    Poisson,
    /// Each label for itself.
    Bernoulli,
    /// One of several classes.
    Categorical,
}

impl Likelihood {
    /// Draws targets for outputs, both flat (rows, outputs). The rows are those from `first_row` of a batch: a target
    /// depends on its place in the batch, and on no thread.
    pub fn draw<T: Real>(
        self,
        team: &Team,
        numbers: Numbers,
        first_row: usize,
        output: &[T],
        outputs: usize,
        y: &mut [T],
    ) {
        let rows_per_chunk = (CHUNK / outputs).max(1);
        team.for_each_part(y, rows_per_chunk * outputs, &|offset, y| {
            let rows = y.chunks_mut(outputs).zip(output[offset..].chunks(outputs));
            for (row, (y, output)) in rows.enumerate() {
                self.draw_row(numbers, first_row + offset / outputs + row, output, y);
            }
        });
    }

    fn draw_row<T: Real>(self, numbers: Numbers, row: usize, output: &[T], y: &mut [T]) {
        if self == Self::Categorical {
            let class = class_at(numbers.uniform(row), output);
            y.fill(T::zero());
            y[class] = T::one();
            return;
        }
        let first = row * output.len();
        for (index, (y, output)) in (first..).zip(y.iter_mut().zip(output)) {
            let mean = output.wide();
            *y = T::of(match self {
                Self::Normal => mean + numbers.normal(index),
                Self::Poisson => mean + mean.sqrt() * numbers.normal(index),
                Self::Bernoulli | Self::Categorical => f64::from(u8::from(numbers.uniform(index) < mean)),
            });
        }
    }
}

/// The class in whose part of [0, 1) a number lies; the last one where rounding leaves a gap at the end.
fn class_at<T: Real>(number: f64, probabilities: &[T]) -> usize {
    let mut sum = 0.0;
    let reached = probabilities.iter().position(|probability| {
        sum += probability.wide();
        number < sum
    });
    reached.unwrap_or(probabilities.len() - 1)
}

#[cfg(test)]
mod tests {
    use thalweg_kernels::{Isa, Team};

    use super::*;

    fn drawn(likelihood: Likelihood, output: &[f64], outputs: usize, rows: usize) -> Vec<f64> {
        let team = Team::serial(Isa::available().pop().unwrap());
        let output = output.repeat(rows);
        let mut y = vec![f64::NAN; output.len()];
        likelihood.draw(&team, Numbers::of_targets(3, 5), 0, &output, outputs, &mut y);
        y
    }

    /// Mean and variance of each column.
    fn moments(y: &[f64], outputs: usize) -> Vec<(f64, f64)> {
        let rows = (y.len() / outputs) as f64;
        let column = |j: usize| y.iter().skip(j).step_by(outputs);
        let mean = |j| column(j).sum::<f64>() / rows;
        (0..outputs).map(|j| (mean(j), column(j).map(|y| (y - mean(j)).powi(2)).sum::<f64>() / rows)).collect()
    }

    #[test]
    fn targets_have_the_moments_of_their_distribution() {
        let output = [0.2, 0.7, 0.1];
        let labels = [(0.2, 0.16), (0.7, 0.21), (0.1, 0.09)];
        let cases = [
            (Likelihood::Normal, [(0.2, 1.0), (0.7, 1.0), (0.1, 1.0)]),
            (Likelihood::Poisson, [(0.2, 0.2), (0.7, 0.7), (0.1, 0.1)]),
            (Likelihood::Bernoulli, labels),
            (Likelihood::Categorical, labels),
        ];
        for (likelihood, expected) in cases {
            let found = moments(&drawn(likelihood, &output, 3, 20_000), 3);
            for ((mean, variance), expected) in found.into_iter().zip(expected) {
                assert!((mean - expected.0).abs() < 0.03 && (variance - expected.1).abs() < 0.03, "{likelihood:?}");
            }
        }
    }

    #[test]
    fn one_class_is_right_in_each_row() {
        let y = drawn(Likelihood::Categorical, &[0.2, 0.7, 0.1], 3, 100);
        assert!(y.chunks(3).all(|row| row.iter().sum::<f64>() == 1.0));
        assert_eq!(class_at(1.0 - 1e-12, &[0.5_f32, 0.49]), 1);
        assert_eq!([0.0, 0.4, 0.6].map(|u| class_at(u, &[0.0, 0.5, 0.5])), [1, 1, 2]);
    }

    #[test]
    fn a_target_depends_on_its_row_and_not_on_the_block() {
        let team = Team::serial(Isa::available().pop().unwrap());
        let (output, mut y) = ([0.5; 8], [0.0; 8]);
        for likelihood in [Likelihood::Normal, Likelihood::Poisson, Likelihood::Bernoulli, Likelihood::Categorical] {
            let whole = drawn(likelihood, &[0.5; 2], 2, 40);
            likelihood.draw(&team, Numbers::of_targets(3, 5), 36, &output, 2, &mut y);
            assert_eq!(whole[72..], y);
        }
    }
}
