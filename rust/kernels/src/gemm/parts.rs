//! A range cut into parts of nearly equal length.

use std::ops::Range;

/// Part `index` of a range cut into so many.
#[inline(always)]
pub(crate) fn part(range: &Range<usize>, parts: usize, index: usize) -> Range<usize> {
    let mut from_there_on = Parts::of(range, parts);
    from_there_on.take_first(index);
    from_there_on.first()
}

/// The parts one after the other, as [`part`] numbers them: a division for all of them, and none for each.
#[derive(Clone)]
pub(super) struct Parts {
    start: usize,
    /// How many there are.
    left: usize,
    /// How long each is, and how many of the first ones are longer by one.
    length: usize,
    longer: usize,
}

impl Parts {
    /// A range cut into so many.
    #[inline(always)]
    pub(super) fn of(range: &Range<usize>, parts: usize) -> Self {
        // A single part is the common case of what is small, and takes no division.
        let (length, longer) = if parts == 1 { (range.len(), 0) } else { (range.len() / parts, range.len() % parts) };
        Self { start: range.start, left: parts, length, longer }
    }

    /// Another range cut into as many parts.
    #[inline(always)]
    pub(super) fn split(&self, length: usize) -> Self {
        Self::of(&(0..length), self.left)
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.left == 0
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.left
    }

    /// All of them in one piece.
    #[inline(always)]
    pub(super) fn whole(&self) -> Range<usize> {
        self.start..self.start + self.left * self.length + self.longer
    }

    /// The first one; an empty one where there is none.
    #[inline(always)]
    pub(super) fn first(&self) -> Range<usize> {
        let length = if self.is_empty() { 0 } else { self.length };
        self.start..self.start + length + usize::from(self.longer > 0)
    }

    /// Takes the first `count` of them off, or as many as there are.
    #[inline(always)]
    pub(super) fn take_first(&mut self, count: usize) -> Self {
        let left = count.min(self.left);
        let first = Self { left, longer: left.min(self.longer), ..*self };
        *self = Self { start: first.whole().end, left: self.left - left, longer: self.longer - first.longer, ..*self };
        first
    }

    /// Takes those off that are as long as the first one.
    #[inline(always)]
    pub(super) fn take_equal(&mut self) -> Self {
        self.take_first(if self.longer > 0 { self.longer } else { self.left })
    }
}

impl Iterator for Parts {
    type Item = Range<usize>;

    #[inline(always)]
    fn next(&mut self) -> Option<Range<usize>> {
        (!self.is_empty()).then(|| self.take_first(1).whole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_follow_each_other_and_the_first_ones_are_longer_by_one() {
        let parts: Vec<_> = Parts::of(&(7..21), 4).collect();
        assert_eq!(parts, [7..11, 11..15, 15..18, 18..21]);
    }

    /// Every cut of ranges of up to 30 into up to 12 parts.
    fn each_cut(check: impl Fn(Range<usize>, usize)) {
        for length in 0..30 {
            for parts in 1..12 {
                check(7..7 + length, parts);
            }
        }
    }

    #[test]
    fn one_after_the_other_they_are_the_numbered_ones() {
        each_cut(|range, parts| {
            let numbered = (0..parts).map(|index| part(&range, parts, index));
            assert!(Parts::of(&range, parts).eq(numbered), "{range:?} in {parts}");
        });
    }

    #[test]
    fn what_is_taken_off_and_what_is_left_are_all_there_was() {
        each_cut(|range, parts| {
            for count in 1..14 {
                let mut left = Parts::of(&range, parts);
                let first = left.take_first(count);
                assert_eq!(first.len(), count.min(parts));
                assert_eq!((first.whole().start, first.whole().end), (range.start, left.whole().start));
                assert_eq!(left.whole().end, range.end);
                assert!(first.chain(left).eq(Parts::of(&range, parts)), "{count} of {range:?} in {parts}");
            }
        });
    }

    #[test]
    fn runs_of_equal_length_are_two_at_most() {
        each_cut(|range, parts| {
            let mut left = Parts::of(&range, parts);
            let mut runs = 0;
            while !left.is_empty() {
                let run = left.take_equal();
                let length = run.first().len();
                assert!(run.clone().all(|part| part.len() == length), "{range:?} in {parts}");
                runs += 1;
            }
            assert!(runs <= 2);
        });
    }
}
