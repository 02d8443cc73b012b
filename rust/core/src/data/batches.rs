//! Mini-batches: takes row indices, yields them in batches, in an order that is new each epoch.

use thalweg_kernels::random::Mt19937;

use super::Rows;
use crate::error::{Result, filled, require};

/// Where the order of an epoch comes from.
#[derive(Clone, Debug)]
pub enum Shuffle {
    /// The rows as given, each epoch.
    None,
    /// NumPy's legacy generator, drawn from as `sklearn.utils.shuffle` does.
    Mt19937(Box<Mt19937>),
    /// Somebody else's permutation, asked for before each epoch.
    External,
}

/// The rows of an epoch, cut into batches.
#[derive(Debug)]
pub struct Batches {
    rows: Vec<usize>,
    contiguous: bool,
    batch_size: usize,
    shuffle: Shuffle,
    /// Space for an external permutation, and for the rows in its order.
    permutation: Vec<usize>,
    permuted: Vec<usize>,
}

impl Batches {
    /// Batches of `batch_size` of the given rows, the last one smaller. `contiguous`: the rows are 0, 1, 2, …
    ///
    /// # Errors
    /// When memory is short.
    pub fn new(rows: Vec<usize>, contiguous: bool, batch_size: usize, shuffle: Shuffle) -> Result<Self> {
        let external = if matches!(shuffle, Shuffle::External) { rows.len() } else { 0 };
        let contiguous = contiguous && matches!(shuffle, Shuffle::None);
        let batch_size = batch_size.clamp(1, rows.len().max(1));
        let (permutation, permuted) = (filled(external, 0)?, filled(external, 0)?);
        Ok(Self { rows, contiguous, batch_size, shuffle, permutation, permuted })
    }

    /// Rows in an epoch.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.rows.len()
    }

    /// Rows in a batch: as asked for, but no more than there are.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// All rows, in the order of this epoch.
    #[must_use]
    pub fn rows(&self) -> Rows<'_> {
        Rows { indices: &self.rows, contiguous: self.contiguous }
    }

    /// The batches of this epoch, in order.
    pub fn iter(&self) -> impl Iterator<Item = Rows<'_>> {
        self.rows().blocks(self.batch_size)
    }

    /// Brings the rows into the order of the next epoch: the order of the epoch before, shuffled again, as scikit-learn's
    /// cumulative shuffle of its sample index does. `external` writes a permutation of 0..n, or returns false to stop;
    /// so does this.
    ///
    /// # Errors
    /// When the external permutation is none.
    pub fn next_epoch(&mut self, external: impl FnOnce(&mut [usize]) -> bool) -> Result<bool> {
        match &mut self.shuffle {
            Shuffle::None => Ok(true),
            // The swaps go by position, so shuffling the rows is shuffling an index and taking the rows by it.
            Shuffle::Mt19937(generator) => {
                generator.shuffle(&mut self.rows);
                Ok(true)
            }
            Shuffle::External => Ok(external(&mut self.permutation) && self.permute().map(|()| true)?),
        }
    }

    fn permute(&mut self) -> Result<()> {
        const TAKEN: usize = usize::MAX;
        for (to, &from) in self.permuted.iter_mut().zip(&self.permutation) {
            let valid = self.rows.get(from).is_some_and(|row| *row != TAKEN);
            require(valid, "permutation", "each index once", from)?;
            *to = std::mem::replace(&mut self.rows[from], TAKEN);
        }
        std::mem::swap(&mut self.rows, &mut self.permuted);
        Ok(())
    }

    /// The generator, as it stands after the epochs drawn.
    #[must_use]
    pub fn into_shuffle(self) -> Shuffle {
        self.shuffle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_cover_every_row_in_order() {
        let batches = Batches::new((0..7).collect(), true, 3, Shuffle::None).unwrap();
        let seen: Vec<Vec<usize>> = batches.iter().map(|rows| rows.indices.to_vec()).collect();
        assert_eq!(seen, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        assert!(batches.iter().all(|rows| rows.contiguous));
        assert_eq!(Batches::new(vec![4, 2], false, 9, Shuffle::None).unwrap().batch_size(), 2);
    }

    fn write(order: &mut [usize], permutation: [usize; 3]) -> bool {
        order.copy_from_slice(&permutation);
        true
    }

    #[test]
    fn an_external_order_accumulates() {
        let mut batches = Batches::new(vec![10, 11, 12], false, 2, Shuffle::External).unwrap();
        for expected in [[12, 10, 11], [11, 12, 10]] {
            assert_eq!(batches.next_epoch(|order| write(order, [2, 0, 1])), Ok(true));
            assert_eq!(batches.rows().indices, expected);
        }
        assert_eq!(batches.next_epoch(|_| false), Ok(false));
        for wrong in [[0, 0, 1], [0, 1, 3]] {
            let mut batches = Batches::new(vec![10, 11, 12], false, 2, Shuffle::External).unwrap();
            let error = batches.next_epoch(|order| write(order, wrong)).unwrap_err();
            assert!(error.to_string().starts_with("`permutation` must be each index once, got"));
        }
    }
}
