//! The score over the rows held out, by which early stopping decides: scikit-learn's accuracy and R^2, in double
//! precision, row after row.

use thalweg_kernels::rows::Rows;
use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::{Isa, Real};

use crate::error::{Result, filled};
use crate::training::{Score, r2};

use super::config::{Problem, SgdConfig};
use super::samples::{Samples, Target, with_rows};

/// Scores weights.
#[derive(Debug)]
pub(super) struct Scorer<T> {
    score: Score,
    rows: Vec<u32>,
    target: Target,
    /// Whether negative decisions can be right: not by scikit-learn, if the classes are 0 and 1 (it predicts -1).
    negatives_count: bool,
    /// Weighted sum of squares of the targets about their mean.
    variance: f64,
    total: f64,
    products: Vec<T>,
}

impl<T: Real> Scorer<T> {
    pub(super) fn new(score: Score, samples: &Samples<'_, T>, config: &SgdConfig, problem: &Problem) -> Result<Self> {
        let (rows, target) = (samples.scored()?, Target::new(config, problem));
        let sum = |term: &dyn Fn(f64) -> f64| -> f64 {
            let terms = rows.iter().map(|&row| (row as usize, target.of(samples.y[row as usize])));
            terms.map(|(row, y)| samples.weight(row) * term(y)).sum()
        };
        let total = sum(&|_| 1.0);
        let mean = sum(&|y| y) / total;
        let variance = sum(&|y| (y - mean) * (y - mean));
        let zero_and_one = matches!(target, Target::OneVersusRest { rest, .. } if rest == 0.0);
        let negatives_count = !(config.like_sklearn && zero_and_one);
        let products = filled(rows.len(), T::zero())?;
        Ok(Self { score, rows, target, negatives_count, variance, total, products })
    }

    /// Number of rows that score.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The score of some weights. R^2 of fewer than two rows is NaN, as scikit-learn's.
    pub(super) fn score(&mut self, isa: Isa, samples: &Samples<'_, T>, coef: &[T], intercept: f64) -> f64 {
        let (chosen, out) = (&self.rows, &mut self.products);
        with_rows!(samples.features, rows => T::dispatch(isa, Products { rows, chosen, coef, out }));
        let pairs = self.rows.iter().zip(&self.products).map(|(&row, product)| {
            let row = row as usize;
            (samples.weight(row), self.target.of(samples.y[row]), product.wide() + intercept)
        });
        match self.score {
            Score::Accuracy => {
                let right = |y: f64, p: f64| if p > 0.0 { y > 0.0 } else { y <= 0.0 && self.negatives_count };
                pairs.map(|(weight, y, p)| if right(y, p) { weight } else { 0.0 }).sum::<f64>() / self.total
            }
            Score::R2 if self.rows.len() < 2 => f64::NAN,
            Score::R2 => r2(pairs.map(|(weight, y, p)| weight * (y - p) * (y - p)).sum(), self.variance),
        }
    }
}

/// `out[k] = x[chosen[k], :] @ coef`
struct Products<'a, T, R> {
    rows: R,
    chosen: &'a [u32],
    coef: &'a [T],
    out: &'a mut [T],
}

impl<T: Real, R: Rows<T>> Kernel<T> for Products<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        for (out, &row) in self.out.iter_mut().zip(self.chosen) {
            *out = self.rows.dot(s, row as usize, self.coef);
        }
    }
}
