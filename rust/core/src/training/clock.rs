//! The clock: asks the observer now and then whether to go on.

use std::time::{Duration, Instant};

use super::{Control, Observer};

/// How often the observer is asked.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Multiply-adds between two looks at the clock, some tens of microseconds: looking costs less than a thousandth of that.
const WORK_BETWEEN_LOOKS: usize = 2_000_000;

/// Asks the observer now and then.
pub(super) struct Clock {
    asked: Instant,
    steps: usize,
    steps_between_looks: usize,
}

impl Clock {
    /// `work`: multiply-adds of a step.
    pub(super) fn new(work: usize) -> Self {
        let steps_between_looks = (WORK_BETWEEN_LOOKS / work.max(1)).max(1);
        Self { asked: Instant::now(), steps: 0, steps_between_looks }
    }

    /// Before a step.
    pub(super) fn step(&mut self, observer: &mut dyn Observer) -> Control {
        self.steps += 1;
        if self.steps < self.steps_between_looks {
            return Control::Continue;
        }
        self.steps = 0;
        self.look(observer)
    }

    pub(super) fn look(&mut self, observer: &mut dyn Observer) -> Control {
        if self.asked.elapsed() < POLL_EVERY {
            return Control::Continue;
        }
        let control = observer.poll();
        self.asked = Instant::now();
        control
    }
}
