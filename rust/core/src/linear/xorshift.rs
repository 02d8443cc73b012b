//! scikit-learn's generator: the order of samples follows from its numbers.

/// The generator of 32 bits of `sklearn/utils/_random.pxd` (Marsaglia, 2003).
#[derive(Clone, Debug)]
pub struct XorShift(u32);

impl XorShift {
    /// Zero would stay zero for ever, so it stands for 1.
    pub fn new(seed: u32) -> Self {
        Self(seed.max(1))
    }

    /// A number of 31 bits.
    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % (1 << 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_scikit_learns() {
        // From `sklearn.utils._random._our_rand_r_py`.
        let mut random = XorShift::new(0);
        assert_eq!([random.next(), random.next()], [270_369, 67_634_689]);
    }
}
