//! The block product: 32 rows by 32 columns of C, and the path's fastest way through blocks of 32 k.

use super::portable;
#[cfg(target_arch = "x86_64")]
use super::{amx, assembly};
use crate::arch::Isa;

/// Rows and columns of C in a tile, and numbers of k in a block.
pub(super) const SIDE: usize = 32;

/// Pairs of bf16 in a block of 32 lines of an operand.
pub(super) const PAIRS: usize = SIDE * SIDE / 2;

/// What multiplies the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// One element at a time.
    Portable,
    /// Fused multiply-adds of 8 widened elements.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Fused multiply-adds of 16 widened elements.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// `vdpbf16ps`.
    #[cfg(target_arch = "x86_64")]
    Dot,
    /// Tiles.
    #[cfg(target_arch = "x86_64")]
    Amx,
}

/// Some blocks to multiply, for `c = a b` or `c += a b`.
#[derive(Clone, Copy)]
pub(super) struct Blocks {
    /// A panel of A: for each block two groups of 16 rows, each row its 16 pairs.
    pub(super) a: *const u32,
    /// A panel of B: for each block two groups of 16 columns, each pair of all 16 columns in turn.
    pub(super) b: *const u32,
    pub(super) count: usize,
    /// Begin at zero and not at C.
    pub(super) begins: bool,
    /// Row-major tile of C, [`SIDE`] by [`SIDE`].
    pub(super) c: *mut f32,
    /// Rows and columns that matter.
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl Engine {
    /// The engine of a path. Where the operating system refuses tiles, it is that of AVX-512.
    pub(super) fn of(isa: Isa) -> Self {
        match isa {
            Isa::Scalar => Self::Portable,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => Self::Avx2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Bf16 => Self::Dot,
            #[cfg(target_arch = "x86_64")]
            Isa::Amx if amx::is_permitted() => Self::Amx,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 | Isa::Amx => Self::Avx512,
            #[cfg(not(target_arch = "x86_64"))]
            _ => Self::Portable,
        }
    }

    /// Prepares this thread to multiply, until the session is dropped.
    ///
    /// # Safety
    /// The CPU has what the engine needs.
    #[inline]
    pub(super) unsafe fn open(self) -> Session {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Amx {
            // SAFETY: the caller's promise; the engine exists only where permission was given.
            unsafe { amx::configure() };
        }
        Session { engine: self }
    }
}

/// A thread that is ready to multiply.
pub(super) struct Session {
    engine: Engine,
}

impl Session {
    /// Multiplies the blocks, one after the other.
    ///
    /// # Safety
    /// `blocks` describes memory that is there; the tile of C is 64-byte aligned and nobody else's.
    #[inline]
    pub(super) unsafe fn multiply(&self, blocks: Blocks) {
        // SAFETY: the caller's promise is passed on; the session's opener has vouched for the CPU.
        unsafe {
            #[cfg(target_arch = "x86_64")]
            if self.engine == Engine::Amx {
                return amx::multiply(blocks);
            }
            if blocks.begins {
                blocks.c.write_bytes(0, SIDE * SIDE);
            }
            match self.engine {
                Engine::Portable => portable::multiply(blocks),
                #[cfg(target_arch = "x86_64")]
                Engine::Avx2 => assembly::multiply_avx2(blocks),
                #[cfg(target_arch = "x86_64")]
                Engine::Avx512 => assembly::multiply_avx512(blocks),
                #[cfg(target_arch = "x86_64")]
                Engine::Dot => assembly::multiply_dot(blocks),
                #[cfg(target_arch = "x86_64")]
                Engine::Amx => unreachable!("it begins by itself"),
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if self.engine == Engine::Amx {
            // SAFETY: the session has configured the tiles.
            unsafe { amx::release() };
        }
    }
}
