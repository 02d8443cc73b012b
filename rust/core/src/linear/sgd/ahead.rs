//! Rows brought nearer by another thread, before their turn comes.
//!
//! Steps follow one another, so a training is the work of one thread, and that thread waits for rows that lie all over
//! the memory. A second one copies the rows of blocks that are still to come, in the order in which they will be used.
//! The first takes a block from its copy where there is one, and from where it lies where there is none: it never waits,
//! and the numbers are the same.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use thalweg_kernels::rows::{RowCopies, Rows};
use thalweg_kernels::{Isa, Real};

use crate::error::Result;

use super::config::SgdConfig;
use super::samples::{Samples, with_rows};

/// Bytes that a copied block has room for; a core's second level of cache holds several of them.
const BLOCK_BYTES: usize = 256 << 10;

/// Blocks that are kept.
const KEPT: usize = 4;

/// Blocks between the one in use and the first one to be copied: those before would not be ready in time.
const LEAD: usize = 2;

/// Features of fewer bytes are near enough.
const SMALLEST: usize = 4 << 20;

/// Rows of more bytes are fetched at full speed from where they lie.
const WIDEST_ROW: usize = 16 << 10;

/// Blocks of an epoch, some of them copied.
#[derive(Debug)]
pub(super) struct Ahead<T> {
    /// Rows of a block.
    block: usize,
    slots: Vec<Mutex<Slot<T>>>,
    /// The block in use.
    at: AtomicUsize,
    over: AtomicBool,
}

#[derive(Debug)]
struct Slot<T> {
    /// Which block is here.
    holds: Option<usize>,
    rows: RowCopies<T>,
}

/// A block's rows, in the order of their use; lent as long as this lives.
pub(super) struct Block<'a, T>(MutexGuard<'a, Slot<T>>);

impl<T> Block<'_, T> {
    pub(super) fn rows(&self) -> &RowCopies<T> {
        &self.0.rows
    }
}

/// Tells the copying thread to end, however the training does.
pub(super) struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl<T: Real> Ahead<T> {
    /// Whether copies are worth their while: rows in their own order are foreseen by the hardware.
    pub(super) fn is_worth_it(samples: &Samples<'_, T>, config: &SgdConfig) -> bool {
        let stored = with_rows!(samples.features(), rows => rows.stored());
        let bytes = stored.saturating_mul(size_of::<T>());
        config.shuffle && bytes >= SMALLEST && bytes / samples.rows() as usize <= WIDEST_ROW
    }

    /// Nothing copied yet.
    pub(super) fn new<R: Rows<T>>(rows: R) -> Result<Self> {
        let elements = BLOCK_BYTES / size_of::<T>();
        let width = rows.stored().div_ceil(rows.rows().max(1)).max(1);
        // Sparse rows differ: a block that is wider than the average shall have room all the same.
        let block = (elements * 3 / 4 / width).max(1);
        let slot = || Ok(Mutex::new(Slot { holds: None, rows: RowCopies::new(block, elements)? }));
        let slots = (0..KEPT).map(|_| slot()).collect::<Result<_>>()?;
        Ok(Self { block, slots, at: AtomicUsize::new(0), over: AtomicBool::new(false) })
    }

    /// Rows of a block.
    pub(super) fn block(&self) -> usize {
        self.block
    }

    /// Forgets all copies: another order begins.
    pub(super) fn forget(&mut self) {
        for slot in &mut self.slots {
            slot.get_mut().unwrap_or_else(PoisonError::into_inner).holds = None;
        }
    }

    /// Says that training goes on, at block `number`.
    pub(super) fn begin(&mut self, number: usize) {
        (*self.at.get_mut(), *self.over.get_mut()) = (number, false);
    }

    /// While this lives, training is at work.
    pub(super) fn training(&self) -> Ending<'_> {
        Ending(&self.over)
    }

    /// The trainer's side: says that block `number` is in use now, and takes its copy if there is one.
    pub(super) fn take(&self, number: usize) -> Option<Block<'_, T>> {
        self.at.store(number, Ordering::Release);
        let slot = self.slots[number % KEPT].try_lock().ok()?;
        (slot.holds == Some(number)).then_some(Block(slot))
    }

    /// The other side: copies the rows of `order` in blocks until training is over.
    pub(super) fn copy<R: Rows<T>>(&self, isa: Isa, rows: R, order: &[u32]) {
        let mut next = 0;
        while !self.over.load(Ordering::Acquire) && next * self.block < order.len() {
            let at = self.at.load(Ordering::Acquire);
            if next <= at {
                next = at + LEAD;
            } else if next >= at + KEPT {
                // A block takes the trainer tens of microseconds; somebody else may have a use for the core.
                std::thread::yield_now();
            } else {
                self.fill(isa, rows, order, next);
                next += 1;
            }
        }
    }

    fn fill<R: Rows<T>>(&self, isa: Isa, rows: R, order: &[u32], number: usize) {
        let mut slot = match self.slots[number % KEPT].try_lock() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(slot)) => slot.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if slot.holds == Some(number) {
            return;
        }
        slot.holds = None;
        let (start, end) = (number * self.block, order.len().min((number + 1) * self.block));
        if slot.rows.copy(isa, rows, &order[start..end], &order[end..]) {
            slot.holds = Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_kernels::MatRef;
    use thalweg_kernels::rows::DenseRows;

    use super::*;

    #[test]
    fn blocks_hold_the_rows_in_the_order_of_their_use_until_they_are_forgotten() {
        let cols = 2048;
        let x: Vec<f32> = (0..100 * cols).map(|i| i as f32).collect();
        let rows = DenseRows::new(MatRef::new(&x, 100, cols));
        let mut ahead = Ahead::new(rows).unwrap();
        let (isa, order): (_, Vec<u32>) = (Isa::Scalar, (0..100).rev().collect());
        assert_eq!(ahead.block(), 24);
        ahead.begin(0);
        ahead.fill(isa, rows, &order, 4);
        assert!(ahead.take(3).is_none());
        {
            let block = ahead.take(4).expect("a copy");
            let copied: Vec<f32> =
                order[96..].iter().flat_map(|row| &x[*row as usize * cols..][..cols]).copied().collect();
            assert_eq!(block.rows().values(), copied);
            // In use: it stays what it is.
            ahead.fill(isa, rows, &order, 0);
        }
        assert!(ahead.take(4).is_some() && ahead.take(0).is_none());
        ahead.forget();
        assert!(ahead.take(4).is_none());
    }

    #[test]
    fn the_copying_ends_with_the_training_whatever_ends_it() {
        let x = vec![0.0_f64; 4096];
        let rows = DenseRows::new(MatRef::new(&x, 64, 64));
        let ahead = Ahead::new(rows).unwrap();
        drop(ahead.training());
        ahead.copy(Isa::Scalar, rows, &[0; 1 << 20]);
        assert!((0..KEPT).all(|number| ahead.take(number).is_none()));
    }
}
