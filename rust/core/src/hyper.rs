//! Hyper-parameters: the one definition of a family member's fields, from which its defaults, its parser and the listing
//! that the Python classes are held against all follow.

use std::fmt;

/// The value of a hyper-parameter, shown as Python writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not given.
    None,
    /// A number.
    Float(f64),
    /// A whole number.
    Int(u64),
    /// A switch.
    Bool(bool),
    /// One of several names.
    Text(&'static str),
    /// Several values, such as `betas`.
    List(Vec<Self>),
    /// Another member of the family, with all its fields.
    Member(Box<Member>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Bool(flag) => f.write_str(if *flag { "True" } else { "False" }),
            Self::Text(name) => write!(f, "'{name}'"),
            Self::List(values) => {
                let values: Vec<_> = values.iter().map(Self::to_string).collect();
                write!(f, "({})", values.join(", "))
            }
            Self::Member(member) => f.write_str(member.name),
        }
    }
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
    u64 => Int,
    bool => Bool,
}

impl<V: Into<Self>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<V: Into<Self>, W: Into<Self>> From<(V, W)> for Value {
    fn from((first, second): (V, W)) -> Self {
        Self::List(vec![first.into(), second.into()])
    }
}

impl<V: Into<Self>, const N: usize> From<[V; N]> for Value {
    fn from(values: [V; N]) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Self>> From<Vec<V>> for Value {
    fn from(values: Vec<V>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
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
///
/// Types of fields: `f64`, `u64`, `bool`, a [`choice!`], `Box<OptimizerConfig>`, and pairs, arrays, vectors and options
/// of these.
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

/// Defines a hyper-parameter that is one of several names: `Original = "original"`.
macro_rules! choice {
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
    };
}

/// Defines the registry of a family: an enum with a variant for each member, `"name" => Type`, which a configuration tags by
/// `name`; the macro `any!`, which does the same with whichever member it is; and the listing of all with their defaults.
macro_rules! registry {
    (
        $(#[$about:meta])*
        pub enum $Config:ident {
            $($(#[$doc:meta])* $name:literal => $Member:ident,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
        #[serde(remote = "Self", tag = "name")]
        pub enum $Config {
            $($(#[$doc])* #[serde(rename = $name)] $Member($Member),)+
        }

        impl<'de> serde::Deserialize<'de> for $Config {
            /// Text is read by its tag, for which serde copies all fields first, and a wrong one is not told from the others.
            /// A reader that knows what a tag is hands over the fields themselves.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                enum Fields {
                    $(#[serde(rename = $name)] $Member($Member),)+
                }

                if deserializer.is_human_readable() {
                    return Self::deserialize(deserializer);
                }
                Ok(match Fields::deserialize(deserializer)? {
                    $(Fields::$Member(member) => Self::$Member(member),)+
                })
            }
        }

        /// Does the same with whichever member it is.
        macro_rules! any {
            ($config:expr, $member:ident => $result:expr) => {
                match $config {
                    $($Config::$Member($member) => $result,)+
                }
            };
        }

        impl $Config {
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
            pub fn fields(&self) -> Vec<(&'static str, $crate::hyper::Value)> {
                any!(self, member => member.fields())
            }
        }

        impl From<&$Config> for $crate::hyper::Member {
            fn from(member: &$Config) -> Self {
                Self { name: member.name(), fields: member.fields() }
            }
        }

        /// Every member with its defaults, for whoever must agree with them.
        #[must_use]
        pub fn registry() -> Vec<$crate::hyper::Member> {
            $Config::defaults().iter().map($crate::hyper::Member::from).collect()
        }
    };
}

pub(crate) use {choice, hyper_parameters, registry};

#[cfg(test)]
mod tests {
    use super::Value;

    choice! {
        /// How long.
        pub enum Length {
            /// Not at all.
            Short = "short",
            /// Very.
            Long = "long",
        }
    }

    hyper_parameters! {
        /// Each kind of field.
        pub struct Kinds {
            /// A number.
            pub number: f64 = 0.5,
            /// May be left open.
            pub open: Option<f64> = None,
            /// Whole.
            pub whole: u64 = 3,
            /// One or the other.
            pub length: Length = Length::Long,
            /// Both.
            pub pair: (Option<f64>, f64) = (None, 1.0),
            /// Three.
            pub triple: [f64; 3] = [1.0, 2.0, 3.0],
            /// Any number of them.
            pub list: Vec<f64> = vec![0.0, 0.9],
        }
    }

    #[test]
    fn every_kind_of_field_is_parsed_and_listed() {
        let parsed: Kinds = serde_json::from_str(r#"{"open": 2, "length": "short", "list": [1], "whole": 4}"#).unwrap();
        let expected = Kinds { open: Some(2.0), length: Length::Short, list: vec![1.0], whole: 4, ..Kinds::default() };
        assert_eq!(parsed, expected);
        let fields = parsed.fields();
        assert_eq!(
            fields[1..5],
            [
                ("open", Value::Float(2.0)),
                ("whole", Value::Int(4)),
                ("length", Value::Text("short")),
                ("pair", Value::List(vec![Value::None, Value::Float(1.0)])),
            ]
        );
        let shown: Vec<_> = fields.iter().map(|(_, value)| value.to_string()).collect();
        assert_eq!(shown, ["0.5", "2.0", "4", "'short'", "(None, 1.0)", "(1.0, 2.0, 3.0)", "(1.0)"]);
        assert_eq!([Value::None, Value::Bool(true)].map(|value| value.to_string()), ["None", "True"]);
        let refused = |text: &str| serde_json::from_str::<Kinds>(text).unwrap_err().to_string();
        assert!(refused(r#"{"length": "middling"}"#).contains("expected `short` or `long`"));
        assert!(refused(r#"{"whole": -1}"#).contains("-1"));
        assert!(refused(r#"{"whole": 1.5}"#).contains("1.5"));
    }
}
