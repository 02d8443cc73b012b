//! Hyper-parameters: the one definition of a family member's fields, from which its defaults, its parser and the listing
//! that the Python classes are held against all follow.

/// The value of a hyper-parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Float(f64),
    /// A switch.
    Bool(bool),
    /// Two numbers, such as `betas`.
    Pair(f64, f64),
    /// A count.
    Int(u64),
    /// A number that may be left open.
    OptionalFloat(Option<f64>),
    /// A count that may be left open.
    OptionalInt(Option<u64>),
    /// Numbers.
    Floats(Vec<f64>),
    /// Counts.
    Ints(Vec<u64>),
    /// One of several names.
    Text(&'static str),
    /// One of several names, or none.
    OptionalText(Option<&'static str>),
    /// Members of the same family.
    Members(Vec<Member>),
}

macro_rules! values {
    ($($Type:ty => $Kind:ident,)+) => {
        $(impl From<$Type> for Value {
            fn from(value: $Type) -> Self {
                Self::$Kind(value)
            }
        })+
    };
}

values! {
    f64 => Float,
    bool => Bool,
    u64 => Int,
    Option<f64> => OptionalFloat,
    Option<u64> => OptionalInt,
    Vec<f64> => Floats,
    Vec<u64> => Ints,
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
                vec![$((stringify!($field), self.$field.clone().into()),)*]
            }
        }
    };
}

/// Defines a hyper-parameter that is one of several names.
macro_rules! choices {
    (
        $(#[$about:meta])*
        pub enum $Name:ident {
            $($(#[$doc:meta])* $Variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
        pub enum $Name {
            $($(#[$doc])* #[serde(rename = $text)] $Variant,)+
        }

        impl $Name {
            /// The name that a configuration gives.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => $text,)+
                }
            }
        }

        impl From<$Name> for $crate::hyper::Value {
            fn from(choice: $Name) -> Self {
                Self::Text(choice.name())
            }
        }

        impl From<Option<$Name>> for $crate::hyper::Value {
            fn from(choice: Option<$Name>) -> Self {
                Self::OptionalText(choice.map($Name::name))
            }
        }
    };
}

pub(crate) use {choices, hyper_parameters};
