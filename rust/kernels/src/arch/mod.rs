//! The CPU paths: the same type of token in each file, and the one place that detects the CPU and dispatches.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod cpuid;
pub(crate) mod pairs;
mod portable;
#[cfg(target_arch = "x86_64")]
mod transpose;

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use crate::real::Real;
use crate::simd::{Kernel, Simd};

#[cfg(target_arch = "x86_64")]
use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use avx512::Avx512;
use portable::Portable;

/// A path through the kernels, from the one that runs everywhere to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// Fixed-size lane arrays with `mul_add`: runs on every CPU, and is vectorised by the compiler on aarch64.
    Scalar,
    /// AVX2 and FMA, 256-bit registers.
    Avx2,
    /// AVX-512 F, BW, DQ and VL, 512-bit registers.
    Avx512,
    /// As [`Self::Avx512`], and products of bf16 operands by `vdpbf16ps`.
    Avx512Bf16,
    /// As [`Self::Avx512`], and products of bf16 operands by AMX tiles.
    Amx,
}

impl Isa {
    /// Every path, narrowest first.
    pub const ALL: [Self; 5] = [Self::Scalar, Self::Avx2, Self::Avx512, Self::Avx512Bf16, Self::Amx];

    /// The name that `THALWEG_ISA` takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Avx512Bf16 => "avx512bf16",
            Self::Amx => "amx",
        }
    }

    /// Whether this CPU can run the path.
    #[must_use]
    pub fn is_supported(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_supported()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16 => Self::Avx512.is_supported() && is_x86_feature_detected!("avx512bf16"),
            #[cfg(target_arch = "x86_64")]
            Self::Amx => Self::Avx512Bf16.is_supported() && cpuid::has_amx(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 | Self::Avx512Bf16 | Self::Amx => false,
        }
    }

    /// Whether the path is worth taking unasked: on Intel's CPUs `vdpbf16ps` does half of what AVX-512 does in `f32`.
    fn pays(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Avx512Bf16 {
            return cpuid::is_amd();
        }
        true
    }

    /// The path of everything but products of bf16 operands: one of the first three.
    #[must_use]
    pub fn vectors(self) -> Self {
        self.min(Self::Avx512)
    }

    /// The paths that this CPU can run, narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_supported()).collect()
    }

    /// The path that the environment variable `THALWEG_ISA` names, or the best one below it; read once per process.
    ///
    /// # Errors
    /// The variable's value, where it names no path.
    pub fn from_environment() -> Result<Self, UnknownIsa> {
        static CHOICE: OnceLock<Result<Isa, UnknownIsa>> = OnceLock::new();
        CHOICE
            .get_or_init(|| match std::env::var("THALWEG_ISA") {
                Ok(name) if !name.is_empty() => name.parse().map(Self::widest_within),
                _ => Ok(Self::widest_within(Self::Amx)),
            })
            .clone()
    }

    fn widest_within(limit: Self) -> Self {
        if limit.is_supported() {
            return limit;
        }
        let fits = |isa: &Self| *isa <= limit && isa.is_supported() && isa.pays();
        Self::ALL.into_iter().filter(fits).max().unwrap_or(Self::Scalar)
    }
}

/// `THALWEG_ISA` names no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownIsa(String);

impl fmt::Display for UnknownIsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Isa::ALL.map(Isa::name).join(", ");
        write!(f, "`THALWEG_ISA` must be one of {names}, got {:?}", self.0)
    }
}

impl std::error::Error for UnknownIsa {}

impl FromStr for Isa {
    type Err = UnknownIsa;

    fn from_str(name: &str) -> Result<Self, UnknownIsa> {
        Self::ALL.into_iter().find(|isa| isa.name() == name).ok_or_else(|| UnknownIsa(name.to_owned()))
    }
}

/// Runs `kernel` on the path `isa`.
///
/// # Panics
/// If the CPU does not support `isa`: a token of it must not exist then.
#[cfg(target_arch = "x86_64")]
pub(crate) fn dispatch<T: Real, K: Kernel<T>>(isa: Isa, kernel: K) -> K::Output
where
    Portable: Simd<T>,
    Avx2: Simd<T>,
    Avx512: Simd<T>,
{
    match isa.vectors() {
        Isa::Scalar => kernel.eval(Portable::new()),
        Isa::Avx2 => avx2::run(Avx2::new().expect("this CPU has no AVX2"), kernel),
        Isa::Avx512 | Isa::Avx512Bf16 | Isa::Amx => {
            avx512::run(Avx512::new().expect("this CPU has no AVX-512"), kernel)
        }
    }
}

/// Runs `kernel` on the path `isa`; only the portable one exists on this architecture.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn dispatch<T: Real, K: Kernel<T>>(isa: Isa, kernel: K) -> K::Output
where
    Portable: Simd<T>,
{
    assert_eq!(isa, Isa::Scalar, "this CPU has only the portable path");
    kernel.eval(Portable::new())
}
