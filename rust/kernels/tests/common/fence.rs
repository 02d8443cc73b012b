//! Fences: with `THALWEG_FENCE=after` every buffer of the tests ends where an inaccessible page begins, with `before` it
//! begins where one ends. A kernel that reads or writes beyond a buffer, which no comparison of results shows, then ends
//! the test by a segmentation fault; so does one that uses a buffer that is gone. A buffer takes three mappings, of which
//! the system allows some 65 000: `RUST_BACKTRACE=0`, for a backtrace takes more.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::CStr;
use std::ptr::null_mut;

/// The variable that puts up the fences.
pub const VARIABLE: &CStr = c"THALWEG_FENCE";

#[global_allocator]
static FENCE: Fence = Fence;

struct Fence;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Nowhere,
    Before,
    After,
}

impl Side {
    /// Asked for at every call, since an allocator may not allocate, and the environment does not change.
    fn chosen() -> Self {
        // SAFETY: no test sets variables of its own process.
        let value = unsafe { libc::getenv(VARIABLE.as_ptr()) };
        if value.is_null() {
            return Self::Nowhere;
        }
        // SAFETY: the value of a variable is a string.
        match unsafe { CStr::from_ptr(value) }.to_bytes() {
            b"" => Self::Nowhere,
            b"before" => Self::Before,
            b"after" => Self::After,
            // A panic would allocate.
            _ => std::process::abort(),
        }
    }
}

fn page() -> usize {
    // SAFETY: no more than a question.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).expect("the size of a page")
}

/// Bytes of the pages that hold a block, and of the block with what its alignment asks for behind it.
fn sizes(layout: Layout, page: usize) -> Option<(usize, usize)> {
    let block = layout.size().checked_next_multiple_of(layout.align())?;
    Some((block.checked_next_multiple_of(page)?, block))
}

// SAFETY: a block lies in pages of its own, mapped for it and no other, aligned as asked: they begin at a multiple of the
// page, and the alignment divides both the page and the size of the block. Larger alignments are left to the system.
unsafe impl GlobalAlloc for Fence {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (side, page) = (Side::chosen(), page());
        if side == Side::Nowhere || layout.align() > page {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        }
        let Some((held, block)) = sizes(layout, page) else { return null_mut() };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, wherever the system likes, overlaps nothing.
        let start = unsafe { libc::mmap(null_mut(), held + 2 * page, libc::PROT_NONE, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return null_mut();
        }
        // SAFETY: the pages between the first and the last of the mapping.
        let first = unsafe { start.cast::<u8>().add(page) };
        // SAFETY: as above; nobody has them yet.
        if unsafe { libc::mprotect(first.cast(), held, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
            return null_mut();
        }
        let offset = if side == Side::After { held - block } else { 0 };
        // SAFETY: the block fits behind the offset.
        unsafe { first.add(offset) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if Side::chosen() == Side::Nowhere {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: the caller's promise.
        let block = unsafe { self.alloc(layout) };
        if layout.align() > page() && !block.is_null() {
            // SAFETY: the block was just allocated with this size. New pages are zero by themselves.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let page = page();
        if Side::chosen() == Side::Nowhere || layout.align() > page {
            // SAFETY: `alloc` left this layout to the system.
            return unsafe { System.dealloc(block, layout) };
        }
        let (held, _) = sizes(layout, page).expect("as when it was allocated");
        // SAFETY: a block begins in the second page of its mapping, and the caller is done with it.
        unsafe { libc::munmap(block.sub(block.addr() % page + page).cast(), held + 2 * page) };
    }
}
