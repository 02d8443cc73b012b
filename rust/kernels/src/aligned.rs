//! A growable-once buffer whose first element lies on a cache line, so that vector loads never split one.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use crate::real::Real;

/// Bytes of a cache line, and of the widest vector register.
pub const ALIGNMENT: usize = 64;

/// Bytes from which on a buffer asks for large pages, as NumPy's arrays do.
#[cfg(target_os = "linux")]
const LARGE: usize = 1 << 22;

/// Tells the system that a large block is to be used from end to end, so that who goes through several of them, or jumps
/// about in one, does not look up a page every 4 KB. To be asked before the memory is first touched; a hint.
#[cfg(target_os = "linux")]
pub fn large_pages<T>(block: &mut [MaybeUninit<T>]) {
    use std::ffi::{c_int, c_void};
    /// Largest page of any Linux; the system refuses addresses within a page.
    const PAGE: usize = 1 << 16;
    const MADV_HUGEPAGE: c_int = 14;
    // SAFETY: the C library's, as Linux documents it.
    unsafe extern "C" {
        fn madvise(address: *mut c_void, length: usize, advice: c_int) -> c_int;
    }
    let bytes = size_of_val(block);
    if bytes < LARGE {
        return;
    }
    let block: *mut u8 = block.as_mut_ptr().cast();
    let skip = block.align_offset(PAGE);
    let length = (bytes - skip) / PAGE * PAGE;
    // SAFETY: the range lies in the block, and the advice changes nothing in it. Refused, it changes nothing at all.
    unsafe { madvise(block.add(skip).cast(), length, MADV_HUGEPAGE) };
}

/// Does nothing: pages of other systems are large, or their own affair.
#[cfg(not(target_os = "linux"))]
pub fn large_pages<T>(_block: &mut [MaybeUninit<T>]) {}

/// A fixed-length buffer of zeros at first, aligned to [`ALIGNMENT`] bytes.
pub struct AlignedVec<T: Real> {
    start: NonNull<T>,
    /// What the allocator gave, up to a cache line before `start`.
    block: NonNull<u8>,
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
    /// `len` zeros. The memory of a large buffer is touched where it is used and not before.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the size overflows or the allocator refuses.
    pub fn zeros(len: usize) -> Result<Self, OutOfMemory> {
        let refused = OutOfMemory { elements: len };
        if len == 0 {
            return Ok(Self { start: NonNull::dangling(), block: NonNull::dangling(), len, owns: PhantomData });
        }
        let layout = Self::layout(len).ok_or(refused)?;
        // SAFETY: the layout has a size above zero. All bits zero are the number zero.
        let block = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(refused)?;
        // SAFETY: the block was allocated with this size, and bytes may be anything here.
        large_pages(unsafe { std::slice::from_raw_parts_mut(block.cast::<MaybeUninit<u8>>().as_ptr(), layout.size()) });
        let skip = block.align_offset(ALIGNMENT);
        assert!(skip < ALIGNMENT);
        // SAFETY: the block has ALIGNMENT bytes more than the elements take.
        let start = unsafe { block.add(skip) }.cast();
        Ok(Self { start, block, len, owns: PhantomData })
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

    /// Where the elements begin, for those who share them out among threads.
    pub(crate) fn start(&self) -> *mut T {
        self.start.as_ptr()
    }

    /// With room to begin on a cache line. Asked for that alignment itself, the allocator would write the zeros at once,
    /// where otherwise the system hands out pages that are zero.
    fn layout(len: usize) -> Option<Layout> {
        let elements = Layout::array::<T>(len).ok()?;
        Layout::from_size_align(elements.size().checked_add(ALIGNMENT)?, elements.align()).ok()
    }
}

impl<T: Real> Drop for AlignedVec<T> {
    fn drop(&mut self) {
        if let (Some(layout), true) = (Self::layout(self.len), self.len > 0) {
            // SAFETY: `block` was allocated with this very layout and is freed once.
            unsafe { dealloc(self.block.as_ptr(), layout) };
        }
    }
}

impl<T: Real> Deref for AlignedVec<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `start` is that of `len` initialised elements that are our own (or dangles, aligned, with len 0).
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
