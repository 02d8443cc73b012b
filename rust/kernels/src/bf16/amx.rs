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
        match (blocks.rows > 16, blocks.cols > 16) {
            (true, true) => two_by_two(blocks),
            (true, false) => two_by_one(blocks),
            (false, true) => one_by_two(blocks),
            (false, false) => one_by_one(blocks),
        }
    }
}

/// Bytes of a block of a panel, and of a tile.
const BLOCK_BYTES: usize = PAIRS * 4;
const TILE_BYTES: usize = BLOCK_BYTES / 2;
/// Bytes of a row of C, of half of it, and of 16 rows.
const ROW_BYTES: usize = SIDE * 4;
const HALF_ROW: usize = ROW_BYTES / 2;
const HALF_TILE: usize = 16 * ROW_BYTES;

/// A loop over blocks around loads of C, the products, and stores of C.
macro_rules! tiles {
    ($name:ident, $load:literal, $products:literal, $store:literal) => {
        /// # Safety
        /// As [`multiply`].
        unsafe fn $name(blocks: Blocks) {
            if blocks.count == 0 {
                return;
            }
            // SAFETY: the caller vouches for the memory, and the tiles are configured.
            unsafe {
                asm!(
                    $load,
                    "2:",
                    $products,
                    "add {a}, {block}",
                    "add {b}, {block}",
                    "dec {count}",
                    "jnz 2b",
                    $store,
                    a = inout(reg) blocks.a => _,
                    b = inout(reg) blocks.b => _,
                    c = in(reg) blocks.c,
                    count = inout(reg) blocks.count => _,
                    line = in(reg) 64_usize,
                    row = in(reg) ROW_BYTES,
                    block = const BLOCK_BYTES,
                    tile = const TILE_BYTES,
                    right = const HALF_ROW,
                    low = const HALF_TILE,
                    options(nostack),
                );
            }
        }
    };
}

tiles!(
    two_by_two,
    "tileloadd tmm0, [{c} + {row}]
     tileloadd tmm1, [{c} + {row} + {right}]
     tileloadd tmm2, [{c} + {row} + {low}]
     tileloadd tmm3, [{c} + {row} + {low} + {right}]",
    "tileloadd tmm6, [{b} + {line}]
     tileloadd tmm4, [{a} + {line}]
     tileloadd tmm7, [{b} + {line} + {tile}]
     tdpbf16ps tmm0, tmm4, tmm6
     tileloadd tmm5, [{a} + {line} + {tile}]
     tdpbf16ps tmm1, tmm4, tmm7
     tdpbf16ps tmm2, tmm5, tmm6
     tdpbf16ps tmm3, tmm5, tmm7",
    "tilestored [{c} + {row}], tmm0
     tilestored [{c} + {row} + {right}], tmm1
     tilestored [{c} + {row} + {low}], tmm2
     tilestored [{c} + {row} + {low} + {right}], tmm3"
);
tiles!(
    two_by_one,
    "tileloadd tmm0, [{c} + {row}]
     tileloadd tmm2, [{c} + {row} + {low}]",
    "tileloadd tmm6, [{b} + {line}]
     tileloadd tmm4, [{a} + {line}]
     tileloadd tmm5, [{a} + {line} + {tile}]
     tdpbf16ps tmm0, tmm4, tmm6
     tdpbf16ps tmm2, tmm5, tmm6",
    "tilestored [{c} + {row}], tmm0
     tilestored [{c} + {row} + {low}], tmm2
     /* {right} */"
);
tiles!(
    one_by_two,
    "tileloadd tmm0, [{c} + {row}]
     tileloadd tmm1, [{c} + {row} + {right}]",
    "tileloadd tmm6, [{b} + {line}]
     tileloadd tmm4, [{a} + {line}]
     tileloadd tmm7, [{b} + {line} + {tile}]
     tdpbf16ps tmm0, tmm4, tmm6
     tdpbf16ps tmm1, tmm4, tmm7",
    "tilestored [{c} + {row}], tmm0
     tilestored [{c} + {row} + {right}], tmm1
     /* {low} */"
);
tiles!(
    one_by_one,
    "tileloadd tmm0, [{c} + {row}]",
    "tileloadd tmm6, [{b} + {line}]
     tileloadd tmm4, [{a} + {line}]
     tdpbf16ps tmm0, tmm4, tmm6",
    "tilestored [{c} + {row}], tmm0
     /* {low} {right} {tile} */"
);
