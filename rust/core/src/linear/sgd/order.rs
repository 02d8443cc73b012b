//! The order of the samples: scikit-learn's, from the same seed.

use crate::error::{Result, filled};
use crate::linear::xorshift::XorShift;

/// Samples in the order in which they are gone through; shuffled before each epoch.
///
/// scikit-learn begins each shuffle with the same seed, and so makes the same swaps: they are one permutation, which is
/// drawn once and applied again and again.
#[derive(Debug)]
pub(super) struct Order {
    order: Vec<u32>,
    swaps: Vec<u32>,
    space: Vec<u32>,
}

impl Order {
    /// The numbers `0..len` as they are, to be shuffled by `seed` if there is one.
    pub(super) fn new(len: u32, seed: Option<u32>) -> Result<Self> {
        let order = ascending(len)?;
        let Some(seed) = seed else { return Ok(Self { order, swaps: Vec::new(), space: Vec::new() }) };
        let mut swaps = ascending(len)?;
        fisher_yates(&mut swaps, seed);
        Ok(Self { order, swaps, space: filled(len as usize, 0)? })
    }

    /// The order of this epoch.
    pub(super) fn as_slice(&self) -> &[u32] {
        &self.order
    }

    /// Begins an epoch.
    pub(super) fn shuffle(&mut self) {
        if self.swaps.is_empty() {
            return;
        }
        for (to, &from) in self.space.iter_mut().zip(&self.swaps) {
            *to = self.order[from as usize];
        }
        std::mem::swap(&mut self.order, &mut self.space);
    }
}

fn ascending(len: u32) -> Result<Vec<u32>> {
    let mut order = filled(len as usize, 0)?;
    order.iter_mut().zip(0..).for_each(|(to, i)| *to = i);
    Ok(order)
}

fn fisher_yates(order: &mut [u32], seed: u32) {
    let (mut random, len) = (XorShift::new(seed), order.len());
    for i in 0..len.saturating_sub(1) {
        order.swap(i, i + random.next() as usize % (len - i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_shuffled_as_if_one_after_the_other_with_the_same_seed() {
        let mut order = Order::new(40, Some(7)).unwrap();
        let mut plain: Vec<u32> = (0..40).collect();
        for _ in 0..4 {
            order.shuffle();
            fisher_yates(&mut plain, 7);
            assert_eq!(order.as_slice(), plain);
        }
        let mut sorted = plain.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ascending(40).unwrap());
        assert_ne!(plain, sorted);
    }

    #[test]
    fn without_a_seed_nothing_moves() {
        let mut order = Order::new(5, None).unwrap();
        order.shuffle();
        assert_eq!(order.as_slice(), [0, 1, 2, 3, 4]);
        assert!(Order::new(0, Some(1)).unwrap().as_slice().is_empty());
    }
}
