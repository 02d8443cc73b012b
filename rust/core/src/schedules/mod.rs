//! Schedules: takes what an epoch has shown, yields the learning rate of the next. One file a member; the registry is
//! [`ScheduleConfig`], one line a member.

mod adaptive;
mod constant;
mod invscaling;

use serde::Deserialize;

use crate::error::Result;
use crate::hyper::{Member, Value};

pub use adaptive::Adaptive;
pub use constant::Constant;
pub use invscaling::InvScaling;

/// A rule for the learning rate.
pub trait Schedule {
    /// Checks the hyper-parameters.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    fn validate(&self) -> Result<()> {
        Ok(())
    }

    /// The rate after an epoch. `initial`: the optimizer's own rate; `current`: the rate in force; `samples_seen`: by all
    /// epochs so far.
    fn after_epoch(&self, _initial: f64, current: f64, _samples_seen: u64) -> f64 {
        current
    }

    /// What to do when there has been no improvement for too long.
    fn on_plateau(&self, _current: f64) -> Plateau {
        Plateau::Stop
    }
}

/// The answer to a lack of improvement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plateau {
    /// Training has converged.
    Stop,
    /// Go on with this rate.
    Reduce(f64),
    /// The rate cannot be reduced further: stop.
    TooSmall,
}

macro_rules! registry {
    ($($(#[$doc:meta])* $name:literal => $Member:ident,)+) => {
        /// The registry of schedules: a member with its hyper-parameters, as a configuration tags it by `name`.
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(tag = "name")]
        pub enum ScheduleConfig {
            $($(#[$doc])* #[serde(rename = $name)] $Member($Member),)+
        }

        impl ScheduleConfig {
            /// Every member, with its defaults.
            #[must_use]
            pub fn defaults() -> Vec<Self> {
                vec![$(Self::$Member($Member::default()),)+]
            }

            /// The member's name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Member(_) => $name,)+
                }
            }

            /// Every hyper-parameter with its value.
            #[must_use]
            pub fn fields(&self) -> Vec<(&'static str, Value)> {
                match self {
                    $(Self::$Member(member) => member.fields(),)+
                }
            }

            /// The member as a rule.
            #[must_use]
            pub fn rule(&self) -> &dyn Schedule {
                match self {
                    $(Self::$Member(member) => member,)+
                }
            }
        }
    };
}

registry! {
    /// The same rate throughout.
    "constant" => Constant,
    /// A power of the number of samples seen.
    "invscaling" => InvScaling,
    /// A fifth whenever there is no improvement.
    "adaptive" => Adaptive,
}

/// Every schedule with its defaults, for whoever must agree with them.
#[must_use]
pub fn registry() -> Vec<Member> {
    let members = ScheduleConfig::defaults();
    members.iter().map(|member| Member { name: member.name(), fields: member.fields() }).collect()
}
