//! What the standard library does not yet ask the CPU.

use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::sync::OnceLock;

/// Whether CPU and operating system have AMX tiles of bf16. Permission to use them is asked for elsewhere. In a virtual machine
/// the question takes longer than a small product, so it is put once.
pub(super) fn has_amx() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(ask)
}

fn ask() -> bool {
    /// AMX-BF16 and AMX-TILE in EDX of leaf 7.
    const FEATURES: u32 = 1 << 22 | 1 << 24;
    /// OSXSAVE in ECX of leaf 1: XCR0 may be read.
    const XGETBV: u32 = 1 << 27;
    /// Tile configuration and tile data in XCR0.
    const STATES: u32 = 1 << 17 | 1 << 18;
    if !cfg!(target_os = "linux") || __cpuid(0).eax < 7 || __cpuid(1).ecx & XGETBV == 0 {
        return false;
    }
    __cpuid_count(7, 0).edx & FEATURES == FEATURES && xcr0() & STATES == STATES
}

/// Whether the CPU is AMD's.
pub(super) fn is_amd() -> bool {
    let vendor = __cpuid(0);
    [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes).concat() == b"AuthenticAMD"
}

/// The states that the operating system saves, low half.
fn xcr0() -> u32 {
    let low: u32;
    // SAFETY: the caller has seen OSXSAVE; reading the register changes nothing.
    unsafe {
        std::arch::asm!("xgetbv", in("ecx") 0, out("eax") low, out("edx") _, options(nomem, nostack, preserves_flags));
    }
    low
}
