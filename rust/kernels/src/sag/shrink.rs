//! Soft thresholding, once and many times over.

use crate::real::Real;
use crate::simd::Simd;

/// `sign(v) max(|v| - by, 0)`, where zeros have no sign; NaN stays.
#[inline(always)]
pub fn vector<T: Real, S: Simd<T>>(s: S, v: S::V, by: S::V) -> S::V {
    // The maximum is its second argument where that is NaN.
    let zero = s.splat(T::zero());
    s.sub(s.max(zero, s.sub(v, by)), s.max(zero, s.sub(s.neg(v), by)))
}

/// As [`vector`], of one number.
#[inline(always)]
pub fn scalar(v: f64, by: f64) -> f64 {
    let beyond = v.abs() - by;
    if beyond <= 0.0 { 0.0 } else { beyond.copysign(v) }
}

/// What all steps since the last flush sum up to: `[rates, thresholds]` after each, `[0, 0]` before the first.
pub type History = [[f64; 2]];

/// The steps after `first` up to `last`, the latest one first: `w <- S(w - rate g, threshold)` again and again.
///
/// Each step moves w against the sign of g by its rate, and towards zero by its threshold. So w falls towards zero (taking
/// g > 0), is held there as long as thresholds are above `rate g`, and leaves on the other side, where thresholds hold it
/// back. Rates fall behind thresholds from step to step at most (the average is over ever more samples), hence, latest
/// first, they catch up: once w has left zero it does not come back. Each stage is a difference of sums, and where one
/// ends is found by bisection: no step is taken one by one.
pub fn many(w: f64, g: f64, history: &History, first: usize, last: usize) -> f64 {
    // Mirrored so that g pulls downwards.
    let (w, g, sign) = if g < 0.0 { (-w, -g, -1.0) } else { (w, g, 1.0) };
    let pull = |from: usize, to: usize| g * (history[from][0] - history[to][0]);
    let hold = |from: usize, to: usize| history[from][1] - history[to][1];
    let (mut w, mut at) = (w, last);
    if w > 0.0 {
        // The steps until w would be at zero or below: how many of them leave it above?
        let zero = first + partition(last - first, |i| w - (pull(last, first + i) + hold(last, first + i)) <= 0.0);
        if zero == first {
            return sign * (w - (pull(last, first) + hold(last, first)));
        }
        // Step `zero` is the one that crosses.
        let before = w - (pull(last, zero) + hold(last, zero));
        w = scalar(before - pull(zero, zero - 1), hold(zero, zero - 1));
        at = zero - 1;
    }
    let net = |to: usize| pull(at, to) - hold(at, to);
    // The steps at which the pull is below the hold are the latest: they end where the net way is lowest.
    let turn = first + partition(at - first, |i| pull(first + i + 1, first + i) >= hold(first + i + 1, first + i));
    let held = (-w).max(-net(turn)).max(0.0);
    // Taken from zero, so that zero keeps no sign.
    0.0 - sign * (held + net(first)).max(0.0)
}

/// How many of `0..count` satisfy `holds`, which the first ones do and the others do not.
fn partition(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xorshift, as a number in [0, 1).
    fn unit(state: &mut u64) -> f64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn many_steps_are_the_steps_one_by_one() {
        let mut state = 88_172_645_463_325_252;
        for _ in 0..20_000 {
            let steps = 1 + (unit(&mut state) * 30.0) as usize;
            let (beta, mut scale, mut seen) = (unit(&mut state) / 2.0, 1.0, 1.0);
            let mut history = vec![[0.0, 0.0]];
            for _ in 0..steps {
                scale *= 0.99;
                seen += (unit(&mut state) * 2.0).floor();
                let [rates, thresholds] = history[history.len() - 1];
                history.push([rates + 0.1 / (scale * seen), thresholds + 0.1 * beta / scale]);
            }
            let first = (unit(&mut state) * steps as f64) as usize;
            let (start, g) = (unit(&mut state) - 0.5, 12.0 * unit(&mut state) - 6.0);
            let mut w = start;
            for last in (first + 1..=steps).rev() {
                let (now, before) = (history[last], history[last - 1]);
                w = scalar(w - g * (now[0] - before[0]), now[1] - before[1]);
            }
            let found = many(start, g, &history, first, steps);
            assert!((found - w).abs() < 1e-12, "{found} for {w}");
        }
    }

    #[test]
    fn zero_has_no_sign() {
        assert!(scalar(-0.1, 0.2).is_sign_positive());
        assert!(many(0.0, 0.0, &[[0.0, 0.0], [0.1, 0.1]], 0, 1).is_sign_positive());
    }
}
