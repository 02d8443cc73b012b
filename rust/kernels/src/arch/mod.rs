//! The CPU paths: the same type of token in each file, and the one place that detects the CPU and dispatches.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
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
}

impl Isa {
    /// Every path, narrowest first.
    pub const ALL: [Self; 3] = [Self::Scalar, Self::Avx2, Self::Avx512];

    /// The name that `THALWEG_ISA` takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
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
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The paths that this CPU can run, narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_supported()).collect()
    }

    /// The widest path within the limit that the environment variable `THALWEG_ISA` sets; read once per process.
    ///
    /// # Errors
    /// The variable's value, where it names no path.
    pub fn from_environment() -> Result<Self, UnknownIsa> {
        static CHOICE: OnceLock<Result<Isa, UnknownIsa>> = OnceLock::new();
        CHOICE
            .get_or_init(|| match std::env::var("THALWEG_ISA") {
                Ok(name) if !name.is_empty() => name.parse().map(Self::widest_within),
                _ => Ok(Self::widest_within(Self::Avx512)),
            })
            .clone()
    }

    fn widest_within(limit: Self) -> Self {
        Self::ALL.into_iter().filter(|isa| *isa <= limit && isa.is_supported()).max().unwrap_or(Self::Scalar)
    }
}

/// `THALWEG_ISA` names no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownIsa(String);

impl fmt::Display for UnknownIsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`THALWEG_ISA` must be one of scalar, avx2, avx512, got {:?}", self.0)
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
    match isa {
        Isa::Scalar => kernel.eval(Portable::new()),
        Isa::Avx2 => avx2::run(Avx2::new().expect("this CPU has no AVX2"), kernel),
        Isa::Avx512 => avx512::run(Avx512::new().expect("this CPU has no AVX-512"), kernel),
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
