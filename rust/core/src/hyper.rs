//! Hyper-parameters: the one definition of a family member's fields, from which its defaults, its parser and the listing
//! that the Python classes are held against all follow.

/// The value of a hyper-parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Float(f64),
    /// A switch.
    Bool(bool),
    /// Two numbers, such as `betas`.
    Pair(f64, f64),
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<(f64, f64)> for Value {
    fn from((first, second): (f64, f64)) -> Self {
        Self::Pair(first, second)
    }
}

/// A member of a family, with its hyper-parameters at their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The name that a configuration gives.
    pub name: &'static str,
    /// Every field with its default, in the order of the definition.
    pub fields: Vec<(&'static str, Value)>,
}

/// Defines a struct of hyper-parameters with the default beside each field: `pub lr: f64 = 1e-3`. A configuration may
/// leave fields out and may not name others.
macro_rules! hyper_parameters {
    (
        $(#[$about:meta])*
        pub struct $Name:ident {
            $($(#[$doc:meta])* pub $field:ident: $Type:ty = $default:expr,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Name {
            $($(#[$doc])* pub $field: $Type,)*
        }

        impl Default for $Name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $Name {
            /// Every field with its value, in the order of the definition.
            #[must_use]
            pub fn fields(&self) -> Vec<(&'static str, $crate::hyper::Value)> {
                vec![$((stringify!($field), self.$field.into()),)*]
            }
        }
    };
}

pub(crate) use hyper_parameters;
