//! The rules of hyper-parameters that members share.

use crate::error::{Error, Result, require};
use crate::hyper::Value;

pub fn require_decay(name: &str, value: f64) -> Result<()> {
    require((0.0..1.0).contains(&value), name, "in [0, 1)", value)
}

/// The rules of both `betas`.
pub fn require_betas(betas: (f64, f64)) -> Result<()> {
    require_decay("betas[0]", betas.0)?;
    require_decay("betas[1]", betas.1)
}

/// The fields other than these, for [`super::Optimizer::whole_run`].
pub fn all_but(fields: Vec<(&'static str, Value)>, except: &[&str]) -> Vec<(String, Value)> {
    let others = fields.into_iter().filter(|(name, _)| !except.contains(name));
    others.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An error of the optimizer within another, at field `field`.
pub fn within(field: &str, result: Result<()>) -> Result<()> {
    result.map_err(|error| match error {
        Error::Invalid { parameter, rule, value } => {
            Error::Invalid { parameter: format!("{field}.{parameter}"), rule, value }
        }
        other => other,
    })
}
