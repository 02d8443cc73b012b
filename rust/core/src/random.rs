//! Random numbers by counter: any of them at once, in any order, on any thread, with the same bits everywhere.
//!
//! Sources: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011
//! (Philox4x32-10); M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
//! Statistics 37(3), 1988.

use thalweg_kernels::reference::log;

const ROUNDS: usize = 10;
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// The random numbers of one tensor, or another purpose, at one step.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    key: [u32; 2],
    tensor: u32,
    step: u32,
}

impl Numbers {
    /// Those of a tensor.
    pub fn new(seed: u64, step: u64, tensor: usize) -> Self {
        // Steps beyond 32 bits go to the key.
        let key = [seed as u32, (seed >> 32) as u32 ^ (step >> 32) as u32];
        Self { key, tensor: tensor as u32, step: step as u32 }
    }

    /// Those of the targets that a model draws, which no tensor shares.
    pub fn of_targets(seed: u64, step: u64) -> Self {
        Self::new(seed, step, u32::MAX as usize)
    }

    /// A number in (0, 1) for an index, each as likely.
    pub fn uniform(&self, index: usize) -> f64 {
        let block = index as u64 / 2;
        let words = philox(self.key, [block as u32, (block >> 32) as u32, self.tensor, self.step]);
        let half = index % 2 * 2;
        let bits = u64::from(words[half]) << 32 | u64::from(words[half + 1]);
        // In the middle of one of 2^53 equal parts.
        ((bits >> 11) as f64 + 0.5) * (1.0 / (1_u64 << 53) as f64)
    }

    /// The standard normal number for an index.
    pub fn normal(&self, index: usize) -> f64 {
        normal_of(self.uniform(index))
    }
}

fn philox(mut key: [u32; 2], mut x: [u32; 4]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let products = [u64::from(x[0]) * u64::from(MULTIPLIERS[0]), u64::from(x[2]) * u64::from(MULTIPLIERS[1])];
        let high = products.map(|product| (product >> 32) as u32);
        x = [high[1] ^ x[1] ^ key[0], products[1] as u32, high[0] ^ x[3] ^ key[1], products[0] as u32];
        key = [key[0].wrapping_add(KEY_STEPS[0]), key[1].wrapping_add(KEY_STEPS[1])];
    }
    x
}

/// Coefficients of AS 241, constant term first: numerator and denominator of the middle, the tails, and the far tails.
const MIDDLE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
];
const TAILS: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];
const FAR_TAILS: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

/// The number below which a share `u` in (0, 1) of all normal numbers lies, to about 1e-16 of itself.
fn normal_of(u: f64) -> f64 {
    let q = u - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(&MIDDLE, 0.180_625 - q * q);
    }
    let tail = if q < 0.0 { u } else { 1.0 - u };
    let r = (-log(tail)).sqrt();
    let x = if r <= 5.0 { ratio(&TAILS, r - 1.6) } else { ratio(&FAR_TAILS, r - 5.0) };
    if q < 0.0 { -x } else { x }
}

fn ratio([numerator, denominator]: &[[f64; 8]; 2], x: f64) -> f64 {
    let polynomial = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
    polynomial(numerator) / polynomial(denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_known_answers() {
        assert_eq!(philox([0; 2], [0; 4]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 2], [u32::MAX; 4]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    #[test]
    fn percentage_points_are_those_of_the_tables() {
        let known = [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.025, -1.959_963_984_540_054),
            (0.8, 0.841_621_233_572_914_2),
            (1e-10, -6.361_340_902_404_056),
            (1e-20, -9.262_340_089_798_408),
        ];
        for (u, x) in known {
            assert!((normal_of(u) - x).abs() <= 1e-14 * (1.0 + f64::abs(x)), "{u}: {} and {x}", normal_of(u));
        }
    }

    #[test]
    fn moments_are_those_of_normal_numbers() {
        let numbers = Numbers::new(7, 1, 0);
        let values: Vec<f64> = (0..100_000).map(|i| numbers.normal(i)).collect();
        let moment = |power: i32| values.iter().map(|x| x.powi(power)).sum::<f64>() / values.len() as f64;
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.015 && (moment(4) - 3.0).abs() < 0.1);
        assert_ne!(Numbers::new(7, 2, 0).normal(0), values[0]);
        assert_ne!(Numbers::new(7, 1, 1).normal(0), values[0]);
        assert_ne!(Numbers::new(8, 1, 0).normal(0), values[0]);
        assert_ne!(Numbers::of_targets(7, 1).normal(0), values[0]);
    }
}
