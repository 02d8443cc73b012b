//! Blocks of bf16 pairs by AMX: eight tiles of 16 rows of 64 bytes, of which four hold C.
//!
//! The intrinsics are not stable yet, so this is assembly. The compiler does not use tiles, so they are no clobbers.

use std::arch::asm;
use std::sync::OnceLock;

use super::engine::{Blocks, PAIRS, SIDE};

/// Whether the kernel lets this process use tiles; asked once, at the first product, since threads need larger signal stacks
/// from then on. A forked child has what its parent had.
pub(super) fn is_permitted() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(ask)
}

#[cfg(target_os = "linux")]
fn ask() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const XFEATURE_XTILEDATA: u64 = 18;
    let answer: i64;
    // SAFETY: the call changes what this process may use, and no memory.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

#[cfg(not(target_os = "linux"))]
fn ask() -> bool {
    false
}

/// What `ldtilecfg` reads: palette 1, and for each tile the bytes of a row and the rows.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Eight full tiles.
static SHAPES: Shapes = Shapes {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// # Safety
/// The CPU has AMX, and the kernel has given permission.
pub(super) unsafe fn configure() {
    // SAFETY: the shapes are as the instruction wants them.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, readonly, preserves_flags)) };
}

/// # Safety
/// The tiles are configured.
pub(super) unsafe fn release() {
    // SAFETY: nothing is held in tiles between two calls of `multiply`.
    unsafe { asm!("tilerelease", options(nostack, nomem, preserves_flags)) };
}

/// # Safety
/// As [`super::engine::Session::multiply`]; the tiles are configured.
pub(super) unsafe fn multiply(blocks: Blocks) {
    // SAFETY: the caller's promise is passed on.
    unsafe {
        if blocks.begins {
            asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack));
        } else {
            load(blocks.c);
        }
        if blocks.count > 0 {
            match (blocks.rows > 16, blocks.cols > 16) {
                (true, true) => two_by_two(blocks),
                (true, false) => two_by_one(blocks),
                (false, true) => one_by_two(blocks),
                (false, false) => one_by_one(blocks),
            }
        }
        store(blocks.c);
    }
}

/// Bytes of a block of a panel: two tiles of 1024.
const BLOCK_BYTES: usize = PAIRS * 4;
/// Bytes of a row of C, of half of it, and of 16 rows.
const ROW_BYTES: usize = SIDE * 4;
const HALF_ROW: usize = ROW_BYTES / 2;
const HALF_TILE: usize = 16 * ROW_BYTES;

/// # Safety
/// The tiles are configured, and the square at `c` is readable.
unsafe fn load(c: *const f32) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tileloadd tmm0, [{c} + {row}]",
            "tileloadd tmm1, [{c} + {row} + {right}]",
            "tileloadd tmm2, [{c} + {row} + {low}]",
            "tileloadd tmm3, [{c} + {row} + {low} + {right}]",
            c = in(reg) c,
            row = in(reg) ROW_BYTES,
            right = const HALF_ROW,
            low = const HALF_TILE,
            options(nostack, readonly, preserves_flags),
        );
    }
}

/// # Safety
/// The tiles are configured, and the square at `c` is writable.
unsafe fn store(c: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tilestored [{c} + {row}], tmm0",
            "tilestored [{c} + {row} + {right}], tmm1",
            "tilestored [{c} + {row} + {low}], tmm2",
            "tilestored [{c} + {row} + {low} + {right}], tmm3",
            c = in(reg) c,
            row = in(reg) ROW_BYTES,
            right = const HALF_ROW,
            low = const HALF_TILE,
            options(nostack, preserves_flags),
        );
    }
}

/// Bytes of A, two blocks, that are asked for in advance: it streams from the second level of cache.
const AHEAD: usize = 2 * BLOCK_BYTES;

/// A loop over blocks around the products of one of them.
macro_rules! products {
    ($name:ident, $($product:literal)*) => {
        /// # Safety
        /// As [`multiply`], with at least one block.
        unsafe fn $name(blocks: Blocks) {
            // SAFETY: the caller vouches for the memory, and the tiles are configured. What lies ahead is only asked for.
            unsafe {
                asm!(
                    "2:",
                    $($product,)*
                    // The upper tile, and the lower one.
                    ".irp at, 0, 128, 256, 384, 512, 640, 768, 896, 1024, 1152, 1280, 1408, 1536, 1664, 1792, 1920",
                    "prefetcht0 [{a} + {ahead} + \\at]",
                    "prefetcht0 [{a} + {ahead} + \\at + 64]",
                    ".endr",
                    "add {a}, {block}",
                    "add {b}, {block}",
                    "dec {count}",
                    "jnz 2b",
                    a = inout(reg) blocks.a => _,
                    b = inout(reg) blocks.b => _,
                    count = inout(reg) blocks.count => _,
                    line = in(reg) 64_usize,
                    block = const BLOCK_BYTES,
                    ahead = const AHEAD,
                    options(nostack, readonly),
                );
            }
        }
    };
}

products!(
    two_by_two,
    "tileloadd tmm6, [{b} + {line}]"
    "tileloadd tmm4, [{a} + {line}]"
    "tdpbf16ps tmm0, tmm4, tmm6"
    "tileloadd tmm7, [{b} + {line} + 1024]"
    "tdpbf16ps tmm1, tmm4, tmm7"
    "tileloadd tmm5, [{a} + {line} + 1024]"
    "tdpbf16ps tmm2, tmm5, tmm6"
    "tdpbf16ps tmm3, tmm5, tmm7"
);
products!(
    two_by_one,
    "tileloadd tmm6, [{b} + {line}]"
    "tileloadd tmm4, [{a} + {line}]"
    "tdpbf16ps tmm0, tmm4, tmm6"
    "tileloadd tmm5, [{a} + {line} + 1024]"
    "tdpbf16ps tmm2, tmm5, tmm6"
);
products!(
    one_by_two,
    "tileloadd tmm6, [{b} + {line}]"
    "tileloadd tmm4, [{a} + {line}]"
    "tdpbf16ps tmm0, tmm4, tmm6"
    "tileloadd tmm7, [{b} + {line} + 1024]"
    "tdpbf16ps tmm1, tmm4, tmm7"
);
products!(
    one_by_one,
    "tileloadd tmm6, [{b} + {line}]"
    "tileloadd tmm4, [{a} + {line}]"
    "tdpbf16ps tmm0, tmm4, tmm6"
);
