//! Steps of which nobody can say beforehand whether a second thread makes them faster: it is tried.
//!
//! What one core writes the other has to fetch, in 30 ns where both share a cache and in 200 ns and more where they do not,
//! and a virtual machine's cores are moved from the one to the other; or a core has other work as well. So some steps are
//! timed alone, and those that follow are taken by the team for as long as it loses no time against that, until alone is
//! timed again. The bits are the same either way.

use std::time::{Duration, Instant};

use super::Team;

/// Steps that are timed alone: their median passes over one that was held up.
const TIMED: usize = 7;

/// Steps from one trial to the next.
const PERIOD: usize = 256;

/// Steps' worth of time that the team may lose before the steps are taken alone: it takes some to wake helpers.
const PATIENCE: u32 = 3;

/// How the steps of one region are taken.
#[derive(Debug)]
pub struct Trial {
    /// None where nothing is to be found out.
    alone: Option<Team>,
    steps: usize,
    times: [Duration; TIMED],
    /// What a step takes alone.
    usual: Duration,
    /// What the team has lost against that, less what it has won since.
    lost: Duration,
    together: bool,
}

impl Trial {
    /// Every step by the region's team.
    pub(super) fn settled() -> Self {
        let zero = Duration::ZERO;
        Self { alone: None, steps: 0, times: [zero; TIMED], usual: zero, lost: zero, together: true }
    }

    /// Steps by the region's team, or by `alone`.
    pub(super) fn between(alone: Team) -> Self {
        Self { alone: Some(alone), together: false, ..Self::settled() }
    }

    /// Takes a step, by the region's `team` or alone.
    pub fn step<R>(&mut self, team: &Team, step: impl FnOnce(&Team) -> R) -> R {
        if self.alone.is_none() {
            return step(team);
        }
        let at = self.steps % PERIOD;
        self.steps += 1;
        self.together &= at >= TIMED;
        let begun = (self.together || at < TIMED).then(Instant::now);
        let result = step(self.team(team));
        if let Some(begun) = begun {
            self.enter(at, begun.elapsed());
        }
        result
    }

    /// Enters the time of step `at` of the period.
    fn enter(&mut self, at: usize, time: Duration) {
        if self.together {
            self.lost = (self.lost + time).saturating_sub(self.usual);
            self.together = self.lost <= self.usual * PATIENCE;
            return;
        }
        self.times[at] = time;
        if at + 1 == TIMED {
            self.times.sort_unstable();
            (self.usual, self.lost, self.together) = (self.times[TIMED / 2], Duration::ZERO, true);
        }
    }

    /// The team that does better, as far as that is known: for what lies between steps.
    pub fn team<'a>(&'a self, team: &'a Team) -> &'a Team {
        match &self.alone {
            Some(alone) if !self.together => alone,
            _ => team,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::crew::Crew;
    use super::*;
    use crate::arch::Isa;

    /// A team of two without a helper: its steps have no chunks to hand out.
    fn team() -> Team {
        Team { isa: Isa::Scalar, size: 2, crew: Some(Arc::new(Crew::default())) }
    }

    fn micros(time: u64) -> Duration {
        Duration::from_micros(time)
    }

    #[test]
    fn each_period_begins_with_steps_alone_and_goes_on_together() {
        let (team, mut trial) = (team(), Trial::between(Team::serial(Isa::Scalar)));
        for i in 0..3 * PERIOD {
            let together = trial.step(&team, Team::active) == 2;
            match i % PERIOD {
                at if at < TIMED => assert!(!together, "step {i}"),
                TIMED => assert!(together, "step {i}"),
                // As the clock has it.
                _ => {}
            }
        }
    }

    #[test]
    fn a_team_that_wins_time_keeps_the_steps() {
        let mut trial = Trial::between(Team::serial(Isa::Scalar));
        (0..TIMED).for_each(|at| trial.enter(at, micros(100)));
        for _ in 0..PERIOD {
            [350, 70, 70, 70, 70, 70].into_iter().for_each(|time| trial.enter(TIMED, micros(time)));
            assert!(trial.together, "{:?} lost", trial.lost);
            (0..10).for_each(|_| trial.enter(TIMED, micros(70)));
        }
    }

    #[test]
    fn a_team_that_is_no_faster_is_given_up_after_some_steps() {
        let mut trial = Trial::between(Team::serial(Isa::Scalar));
        (0..TIMED).for_each(|at| trial.enter(at, micros(100)));
        for (time, stays) in [(200, true), (190, true), (50, true), (200, true), (165, false)] {
            trial.enter(TIMED, micros(time));
            assert_eq!(trial.together, stays, "{time} us, {:?} lost", trial.lost);
        }
    }

    #[test]
    fn with_nothing_to_find_out_the_team_takes_all() {
        let (team, mut trial) = (team(), Trial::settled());
        assert!((0..3 * TIMED).all(|_| trial.step(&team, Team::active) == 2));
        assert_eq!(trial.team(&team).active(), 2);
    }
}
