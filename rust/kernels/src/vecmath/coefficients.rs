//! The constants behind the functions, one table for each element type.
//!
//! The polynomials minimise the largest relative error of the function over their interval (Remez exchange), with
//! coefficients rounded to the type. All numbers are held as `f64` and are exact in the type they belong to.

use std::marker::PhantomData;
use std::{f32, f64};

use crate::real::Real;

/// The constants of one element type. Polynomials are listed from the constant term up.
pub(crate) struct Table {
    /// Below this, exp is nearer to zero than to the smallest subnormal number.
    pub exp_min: f64,
    /// Above this, exp overflows.
    pub exp_max: f64,
    /// log2(e)
    pub log2_e: f64,
    /// ln 2 to so few bits that its product with any exponent is exact.
    pub ln2_hi: f64,
    /// What `ln2_hi` lacks.
    pub ln2_lo: f64,
    /// q in exp(r) = 1 + r + r^2 q(r), |r| <= ln(2) / 2.
    pub exp: &'static [f64],
    /// p in tanh(x) = x + x z p(z), z = x^2, |x| <= `TANH_SPLIT`.
    pub tanh: &'static [f64],
    /// From here on tanh rounds to 1.
    pub tanh_max: f64,
    /// p in log((1 + s) / (1 - s)) = 2 s + s z p(z), z = s^2, |s| <= 3 - 2 sqrt(2).
    pub log: &'static [f64],
    /// The square root of two, rounded.
    pub sqrt2: f64,
}

/// Where tanh goes over from its polynomial to exp: about where the two are equally accurate.
pub(crate) const TANH_SPLIT: f64 = 0.55;

const F32: Table = Table {
    exp_min: -104.0,
    exp_max: 89.0,
    log2_e: f32::consts::LOG2_E as f64,
    ln2_hi: 0.693_145_751_953_125,
    ln2_lo: 1.428_606_765_330_187e-6,
    exp: &[
        0.499_999_940_395_355_2,
        0.166_665_226_221_084_6,
        0.041_668_359_190_225_6,
        0.008_368_577_808_141_708,
        0.001_381_536_712_870_001_8,
    ],
    tanh: &[
        -0.333_333_164_453_506_47,
        0.133_325_859_904_289_25,
        -0.053_852_315_992_116_93,
        0.021_071_698_516_607_285,
        -0.006_274_265_702_813_864,
    ],
    tanh_max: 10.0,
    log: &[0.666_666_626_930_236_8, 0.400_003_343_820_571_9, 0.285_372_972_488_403_3, 0.235_824_123_024_940_5],
    sqrt2: f32::consts::SQRT_2 as f64,
};

const F64: Table = Table {
    exp_min: -746.0,
    exp_max: 710.0,
    log2_e: f64::consts::LOG2_E,
    ln2_hi: 0.693_147_180_560_117_7,
    ln2_lo: -1.723_944_452_561_483_5e-13,
    exp: &[
        0.500_000_000_000_000_9,
        0.166_666_666_666_664_24,
        0.041_666_666_666_540_654,
        0.008_333_333_333_491_668,
        0.001_388_888_894_120_482_7,
        0.000_198_412_695_069_506_56,
        2.480_149_536_305_354_7e-5,
        2.755_758_969_904_800_2e-6,
        2.762_950_859_539_355e-7,
        2.499_813_691_567_919_4e-8,
    ],
    tanh: &[
        -0.333_333_333_333_333,
        0.133_333_333_333_266_22,
        -0.053_968_253_963_760_766,
        0.021_869_488_385_859_39,
        -0.008_863_232_601_489_919,
        0.003_592_092_030_858_577_7,
        -0.001_455_542_848_154_513,
        0.000_588_444_495_134_783_7,
        -0.000_233_381_586_156_798_16,
        8.331_647_524_119_536e-5,
        -1.949_470_361_279_786_4e-5,
    ],
    tanh_max: 20.0,
    log: &[
        0.666_666_666_666_673_4,
        0.399_999_999_994_139_65,
        0.285_714_287_425_631_54,
        0.222_221_985_536_508_93,
        0.181_835_654_146_553_06,
        0.153_140_209_269_068,
        0.147_962_631_017_067_15,
    ],
    sqrt2: f64::consts::SQRT_2,
};

/// Holds the table of an element type, chosen at compile time.
struct Chosen<T>(PhantomData<T>);

impl<T: Real> Chosen<T> {
    const TABLE: Table = if T::MANTISSA_BITS == f32::MANTISSA_DIGITS - 1 { F32 } else { F64 };
}

/// The constants of `T`.
#[inline(always)]
pub(crate) const fn constants<T: Real>() -> Table {
    Chosen::<T>::TABLE
}
