//! Hands out a buffer's chunks to the threads that claimed them.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Team;

/// A buffer cut into chunks of `chunk` elements, the last one shorter; each may be taken by one thread.
pub(crate) struct Parts<'a, T> {
    start: *mut T,
    len: usize,
    chunk: usize,
    borrows: PhantomData<&'a mut [T]>,
}

// SAFETY: threads take disjoint chunks (the contract of `take`), and T may move between threads.
unsafe impl<T: Send> Sync for Parts<'_, T> {}

impl<'a, T> Parts<'a, T> {
    /// Cuts `buffer` into chunks of `chunk >= 1` elements.
    pub(crate) fn new(buffer: &'a mut [T], chunk: usize) -> Self {
        Self { start: buffer.as_mut_ptr(), len: buffer.len(), chunk: chunk.max(1), borrows: PhantomData }
    }

    /// Number of chunks.
    pub(crate) fn count(&self) -> usize {
        self.len.div_ceil(self.chunk)
    }

    /// Offset of a chunk's first element.
    pub(crate) fn offset(&self, index: usize) -> usize {
        index * self.chunk
    }

    /// Where element `index` lies, or the end. Who writes there keeps to the contract of [`Self::range`].
    pub(crate) fn at(&self, index: usize) -> *mut T {
        assert!(index <= self.len);
        self.start.wrapping_add(index)
    }

    /// The elements of `range`, wherever they lie.
    ///
    /// # Safety
    /// While the range is in use no other call takes an element of it.
    #[allow(clippy::mut_from_ref, reason = "the contract makes the ranges disjoint")]
    pub(crate) unsafe fn range(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: the range lies in the buffer, and by the contract nobody else has an element of it.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }

    /// Chunk `index`.
    ///
    /// # Safety
    /// While the chunk is in use no other call takes the same one.
    #[allow(clippy::mut_from_ref, reason = "the contract makes the chunks disjoint")]
    pub(crate) unsafe fn take(&self, index: usize) -> &mut [T] {
        assert!(index < self.count());
        let offset = self.offset(index);
        // SAFETY: the chunk lies in the buffer, and by the contract nobody else has it.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(offset), self.chunk.min(self.len - offset)) }
    }
}

impl Team {
    /// Cuts `buffer` into chunks of `chunk` elements and calls `body(offset of the chunk, chunk)` for each, on whichever
    /// threads are free.
    pub fn for_each_part<T: Send>(&self, buffer: &mut [T], chunk: usize, body: &(dyn Fn(usize, &mut [T]) + Sync)) {
        let parts = Parts::new(buffer, chunk);
        // SAFETY: `for_each` calls each index once.
        self.for_each(parts.count(), &|i| body(parts.offset(i), unsafe { parts.take(i) }));
    }

    /// As [`Self::for_each_part`], where each call has one of `spaces` to itself: `body(space, offset of the chunk, chunk)`.
    /// No more threads take part than there are spaces.
    pub fn for_each_part_with<T: Send, W: Send>(
        &self,
        buffer: &mut [T],
        chunk: usize,
        spaces: &mut [W],
        body: &(dyn Fn(&mut W, usize, &mut [T]) + Sync),
    ) {
        let (parts, spaces, next) = (Parts::new(buffer, chunk), Parts::new(spaces, 1), AtomicUsize::new(0));
        self.for_each(spaces.count(), &|worker| {
            // SAFETY: `for_each` calls each index once.
            let [space] = (unsafe { spaces.take(worker) }) else { return };
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= parts.count() {
                    return;
                }
                // SAFETY: the counter gives each index once.
                body(space, parts.offset(index), unsafe { parts.take(index) });
            }
        });
    }
}
