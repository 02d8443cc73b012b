//! A growable-once buffer whose first element lies on a cache line, so that vector loads never split one.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use crate::real::Real;

/// Bytes of a cache line, and of the widest vector register.
pub const ALIGNMENT: usize = 64;

/// A fixed-length buffer of zeros at first, aligned to [`ALIGNMENT`] bytes.
pub struct AlignedVec<T: Real> {
    start: NonNull<T>,
    len: usize,
    owns: PhantomData<T>,
}

/// The memory for a buffer could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    /// Elements asked for.
    pub elements: usize,
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no memory for a buffer of {} elements", self.elements)
    }
}

impl std::error::Error for OutOfMemory {}

impl<T: Real> AlignedVec<T> {
    /// `len` zeros.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the size overflows or the allocator refuses.
    pub fn zeros(len: usize) -> Result<Self, OutOfMemory> {
        let refused = OutOfMemory { elements: len };
        if len == 0 {
            return Ok(Self { start: NonNull::dangling(), len, owns: PhantomData });
        }
        let layout = Self::layout(len).ok_or(refused)?;
        // SAFETY: the layout has a size above zero. All bits zero are the number zero.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(refused)?;
        Ok(Self { start: start.cast(), len, owns: PhantomData })
    }

    /// A copy of `values`.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the allocator refuses.
    pub fn copy_of(values: &[T]) -> Result<Self, OutOfMemory> {
        let mut copy = Self::zeros(values.len())?;
        copy.copy_from_slice(values);
        Ok(copy)
    }

    fn layout(len: usize) -> Option<Layout> {
        Layout::array::<T>(len).ok()?.align_to(ALIGNMENT).ok()
    }
}

impl<T: Real> Drop for AlignedVec<T> {
    fn drop(&mut self) {
        if let (Some(layout), true) = (Self::layout(self.len), self.len > 0) {
            // SAFETY: `start` was allocated with this very layout and is freed once.
            unsafe { dealloc(self.start.as_ptr().cast(), layout) };
        }
    }
}

impl<T: Real> Deref for AlignedVec<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `start` owns `len` initialised elements (or dangles, aligned, with len 0).
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T: Real> DerefMut for AlignedVec<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and `&mut self` makes the borrow unique.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T: Real> fmt::Debug for AlignedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

// SAFETY: the buffer owns its memory, as a Vec does.
unsafe impl<T: Real> Send for AlignedVec<T> {}
// SAFETY: shared access only reads.
unsafe impl<T: Real> Sync for AlignedVec<T> {}
