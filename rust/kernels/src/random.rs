//! The Mersenne Twister as NumPy's `RandomState` uses it: the same state, the same draws, the same shuffles.
//!
//! Reference: M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
//! pseudo-random number generator", ACM TOMACS 8(1), 1998.

use std::fmt;

/// Words of the state.
pub const STATE_WORDS: usize = 624;

/// Distance of the word that is mixed in.
const MIDDLE: usize = 397;

/// Numbers of a shuffle that are drawn ahead of the swaps.
const DRAWN: usize = 64;

/// The 32-bit Mersenne Twister, MT19937.
#[derive(Clone, PartialEq, Eq)]
pub struct Mt19937 {
    key: [u32; STATE_WORDS],
    /// Words of `key` already given out.
    position: usize,
}

impl fmt::Debug for Mt19937 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mt19937").field("position", &self.position).finish_non_exhaustive()
    }
}

impl Mt19937 {
    /// The generator of `RandomState(seed)`.
    #[must_use]
    pub fn from_seed(seed: u32) -> Self {
        let mut key = [seed; STATE_WORDS];
        for i in 1..STATE_WORDS {
            let previous = key[i - 1];
            key[i] = 1_812_433_253_u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(i as u32);
        }
        Self { key, position: STATE_WORDS }
    }

    /// The generator with the key and position of `RandomState.get_state()`; `None` unless there are 624 words and the
    /// position is at most 624.
    #[must_use]
    pub fn from_state(key: &[u32], position: usize) -> Option<Self> {
        let key = key.try_into().ok()?;
        (position <= STATE_WORDS).then_some(Self { key, position })
    }

    /// Key and position, as `RandomState.set_state` takes them.
    #[must_use]
    pub fn state(&self) -> ([u32; STATE_WORDS], usize) {
        (self.key, self.position)
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.position == STATE_WORDS {
            self.twist();
        }
        let mut word = self.key[self.position];
        self.position += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// The next 64 random bits: two draws, the first one high.
    pub fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        (high << 32) | u64::from(self.next_u32())
    }

    /// A number from `0..=max`, each as likely: draws are masked to the bits of `max` and thrown away while larger.
    pub fn interval(&mut self, max: u64) -> u64 {
        if max == 0 {
            return 0;
        }
        let mask = u64::MAX >> max.leading_zeros();
        loop {
            let draw = if max <= u64::from(u32::MAX) { u64::from(self.next_u32()) } else { self.next_u64() };
            if draw & mask <= max {
                return draw & mask;
            }
        }
    }

    /// Shuffles `x` as `RandomState.shuffle` does a one-dimensional array.
    pub fn shuffle<E>(&mut self, x: &mut [E]) {
        // Which elements change places does not depend on what they are. Drawn some ahead, the numbers leave a loop without
        // a branch to guess, whose elements are on their way from memory side by side.
        let (mut drawn, mut left) = ([0; DRAWN], x.len());
        while left > 1 {
            let count = DRAWN.min(left - 1);
            self.intervals(left - 1, &mut drawn[..count]);
            for (k, &j) in drawn[..count].iter().enumerate() {
                x.swap(left - 1 - k, j);
            }
            left -= count;
        }
    }

    /// As many draws of [`Self::interval`], for `max`, `max - 1`, `max - 2`, …
    fn intervals(&mut self, max: usize, drawn: &mut [usize]) {
        if u32::try_from(max).is_err() {
            drawn.iter_mut().enumerate().for_each(|(k, j)| *j = self.interval((max - k) as u64) as usize);
            return;
        }
        let mut k = 0;
        while k < drawn.len() {
            let max = (max - k) as u32;
            let draw = self.next_u32() & (u32::MAX >> max.leading_zeros());
            drawn[k] = draw as usize;
            // A third of the draws are thrown away, and no processor guesses which.
            k += usize::from(draw <= max);
        }
    }

    /// Makes 624 new words.
    fn twist(&mut self) {
        const LAST: usize = STATE_WORDS - 1;
        const BEFORE: usize = STATE_WORDS - MIDDLE;
        let next = |word: u32, following: u32, mixed: u32| {
            let joined = (word & 0x8000_0000) | (following & 0x7fff_ffff);
            mixed ^ (joined >> 1) ^ (0x9908_b0df & (joined & 1).wrapping_neg())
        };
        let key = &mut self.key;
        // In three parts, so that no index goes round and whole vectors of words are made at a time.
        for i in 0..BEFORE {
            key[i] = next(key[i], key[i + 1], key[i + MIDDLE]);
        }
        for i in BEFORE..LAST {
            key[i] = next(key[i], key[i + 1], key[i - BEFORE]);
        }
        key[LAST] = next(key[LAST], key[0], key[MIDDLE - 1]);
        self.position = 0;
    }
}
