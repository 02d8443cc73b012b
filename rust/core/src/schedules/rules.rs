//! What is asked of hyper-parameters that many schedules have.

use super::ScheduleConfig;
use crate::error::{Result, require, require_not_negative};

/// A rate that may be left open.
pub(super) fn require_rate(name: &str, value: Option<f64>) -> Result<()> {
    value.map_or(Ok(()), |value| require_not_negative(name, value))
}

pub(super) fn require_fraction(name: &str, value: f64) -> Result<()> {
    require((0.0..=1.0).contains(&value), name, "in [0, 1]", value)
}

pub(super) fn require_momentum(name: &str, value: f64) -> Result<()> {
    require((0.0..1.0).contains(&value), name, "in [0, 1)", value)
}

/// A number of steps or epochs.
pub(super) fn require_count(name: &str, value: u64) -> Result<()> {
    require(value > 0, name, "at least 1", value)
}

pub(super) fn require_ascending(name: &str, values: &[u64]) -> Result<()> {
    require(values.is_sorted(), name, "in ascending order", values)
}

/// Numbers that are neither negative nor infinite.
pub(super) fn require_all(name: &str, values: &[f64]) -> Result<()> {
    let wrong = values.iter().position(|value| !(*value >= 0.0 && value.is_finite()));
    wrong.map_or(Ok(()), |i| require_not_negative(&format!("{name}[{i}]"), values[i]))
}

/// Schedules that follow time, all with the same clock unless `shared` says which.
pub(super) fn require_members(schedulers: &[ScheduleConfig], shared: bool) -> Result<()> {
    require(!schedulers.is_empty(), "schedulers", "at least one schedule", schedulers.len())?;
    for (i, member) in schedulers.iter().enumerate() {
        member.rule().validate()?;
        let name = format!("schedulers[{i}]");
        require(member.rule().follows_time(), &name, "a function of the step", member.name())?;
        let clocks = [&schedulers[0], member].map(|member| member.rule().per());
        // A constant goes with any clock.
        let agree = shared || clocks.contains(&None) || clocks[0] == clocks[1];
        let rule = "that of the other schedulers, unless `per` is given for all";
        require(agree, format!("{name}.per"), rule, clocks[1].map_or("none", super::Per::name))?;
    }
    Ok(())
}
