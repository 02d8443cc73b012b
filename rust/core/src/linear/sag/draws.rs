//! Which sample comes next: drawn with replacement, uniformly as scikit-learn draws, or in proportion to weights.

use std::collections::VecDeque;

use thalweg_kernels::Real;

use crate::error::{Result, filled};
use crate::linear::xorshift::XorShift;

/// The draws of a run, some of them made ahead.
#[derive(Debug)]
pub struct Draws {
    generator: XorShift,
    samples: usize,
    /// Walker's aliases, where samples are not equally likely.
    aliases: Option<Aliases>,
    ahead: VecDeque<usize>,
}

impl Draws {
    /// Draws from `0..samples`, in proportion to `weights` where there are any; `ahead` of them are known beforehand.
    pub fn new<T: Real>(seed: u32, samples: usize, weights: Option<&[T]>, ahead: usize) -> Result<Self> {
        let equal = weights.is_none_or(|weights| weights.windows(2).all(|pair| pair[0] == pair[1]));
        let aliases = match weights {
            Some(weights) if !equal => Some(Aliases::new(weights)?),
            _ => None,
        };
        let mut draws = Self { generator: XorShift::new(seed), samples, aliases, ahead: VecDeque::new() };
        for _ in 0..ahead {
            draws.draw();
        }
        Ok(draws)
    }

    /// The next sample.
    pub fn next(&mut self) -> usize {
        self.draw();
        self.ahead.pop_front().unwrap_or_default()
    }

    /// The samples that come next, nearest first.
    pub fn ahead(&self) -> &VecDeque<usize> {
        &self.ahead
    }

    fn draw(&mut self) {
        let column = self.generator.next() as usize % self.samples;
        let drawn = match &self.aliases {
            None => column,
            Some(aliases) => aliases.pick(column, self.generator.next()),
        };
        self.ahead.push_back(drawn);
    }
}

/// Draws with any probabilities from two uniform ones (Walker 1977): each of n equally likely columns is shared by two samples.
#[derive(Debug)]
struct Aliases {
    /// How much of the column is the sample's own, of 2^31.
    own: Vec<f64>,
    /// Whose the rest is.
    other: Vec<usize>,
}

impl Aliases {
    fn new<T: Real>(weights: &[T]) -> Result<Self> {
        let n = weights.len();
        let total: f64 = weights.iter().map(|weight| weight.wide()).sum();
        let (mut share, mut own) = (filled(n, 0.0)?, filled(n, 1.0)?);
        let mut other = filled(n, 0)?;
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for (i, weight) in weights.iter().enumerate() {
            share[i] = weight.wide() / total * n as f64;
            other[i] = i;
            if share[i] < 1.0 { small.push(i) } else { large.push(i) }
        }
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            (own[poor], other[poor]) = (share[poor], rich);
            share[rich] -= 1.0 - share[poor];
            if share[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        // What is left over has a column of its own but for rounding.
        own.iter_mut().for_each(|own| *own *= f64::from(1_u32 << 31));
        Ok(Self { own, other })
    }

    fn pick(&self, column: usize, number: u32) -> usize {
        if f64::from(number) < self.own[column] { column } else { self.other[column] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_scikit_learn() {
        // From _seq_dataset's `_random_py` with seed 42 and five samples.
        let mut draws = Draws::new::<f64>(42, 5, None, 3).unwrap();
        let drawn: Vec<usize> = (0..10).map(|_| draws.next()).collect();
        assert_eq!(drawn, EXPECTED);
    }

    const EXPECTED: [usize; 10] = [2, 0, 4, 3, 3, 4, 2, 1, 1, 4];

    #[test]
    fn samples_are_drawn_in_proportion_to_their_weights() {
        let weights = [0.0, 1.0, 2.0, 5.0, 0.0, 2.0];
        let mut draws = Draws::new(7, weights.len(), Some(&weights), 2).unwrap();
        let mut counts = [0.0; 6];
        let n = 100_000;
        (0..n).for_each(|_| counts[draws.next()] += 1.0);
        for (count, weight) in counts.iter().zip(weights) {
            let expected = f64::from(n) * weight / 10.0;
            assert!((count - expected).abs() <= 5.0 * expected.sqrt(), "{count} for {expected}");
        }
    }

    #[test]
    fn equal_weights_are_no_weights() {
        let drawn = |weights: Option<&[f64]>| {
            let mut draws = Draws::new(3, 4, weights, 1).unwrap();
            (0..20).map(|_| draws.next()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(None), drawn(Some(&[2.5; 4])));
    }
}
