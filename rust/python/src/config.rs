//! Configurations: a Python dict becomes one of core's serde types, or an error that names the key.

use std::fmt::{self, Display};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess};
use serde::de::{SeqAccess, Unexpected, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use thalweg_core::hyper::{Member, Value};

use crate::errors::{type_error, value_error};

/// Reads `value`, the argument `name`, as a `C`.
///
/// # Errors
/// ValueError for unknown, missing and forbidden; TypeError for a value of the wrong kind.
pub fn parse<C: DeserializeOwned>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<C> {
    C::deserialize(Object(value.clone())).map_err(|fault| fault.into_py_err(name))
}

/// A member as the dict that tags it, the inverse of [`parse`].
pub fn tagged(py: Python<'_>, member: Member) -> PyResult<Bound<'_, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("name", member.name)?;
    for (name, value) in member.fields {
        fields.set_item(name, object(py, value)?)?;
    }
    Ok(fields)
}

/// Members by name, each as the dict that tags it.
pub fn registry(py: Python<'_>, members: Vec<Member>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for member in members {
        dict.set_item(member.name, tagged(py, member)?)?;
    }
    Ok(dict)
}

fn object(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    match value {
        Value::None => Ok(py.None().into_bound(py)),
        Value::Float(number) => number.into_bound_py_any(py),
        Value::Int(number) => number.into_bound_py_any(py),
        Value::Bool(flag) => flag.into_bound_py_any(py),
        Value::Text(name) => name.into_bound_py_any(py),
        Value::List(values) => {
            let values = values.into_iter().map(|value| object(py, value)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyTuple::new(py, values)?.into_any())
        }
        Value::Member(member) => Ok(tagged(py, *member)?.into_any()),
    }
}

/// What is wrong with a configuration, and at which key.
#[derive(Debug)]
struct Fault {
    /// Keys from the inside out.
    path: Vec<String>,
    is_type: bool,
    message: String,
}

impl Fault {
    fn new(is_type: bool, message: String) -> Self {
        Self { path: Vec::new(), is_type, message }
    }

    fn of_python(error: &PyErr) -> Self {
        Self::new(true, format!("cannot be read: {error}"))
    }

    fn within(mut self, key: impl Into<String>) -> Self {
        self.path.push(key.into());
        self
    }

    fn into_py_err(self, argument: &str) -> PyErr {
        let path: Vec<_> = self.path.into_iter().rev().collect();
        let subject = if path.is_empty() { argument.to_owned() } else { path.join(".") };
        let message = format!("`{subject}` {}", self.message);
        if self.is_type { type_error(message) } else { value_error(message) }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<M: Display>(message: M) -> Self {
        Self::new(false, message.to_string())
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(true, format!("must be {expected}, got {got}"))
    }

    fn invalid_value(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(false, format!("must be {expected}, got {got}"))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(false, format!("must be {expected}, got {length} elements"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(false, format!("must be one of {}, got {variant:?}", expected.join(", ")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(false, format!("has no key {field:?}; its keys are {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(false, format!("lacks the key {field:?}"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(false, format!("has the key {field:?} twice"))
    }
}

/// A Python object as serde reads it: None, bool, int, float, str, list, tuple, dict with str keys, NumPy scalars.
struct Object<'py>(Bound<'py, PyAny>);

impl<'py> Object<'py> {
    fn integer<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        if let Ok(number) = self.0.extract::<i64>() {
            return visitor.visit_i64(number);
        }
        match self.0.extract::<u64>() {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => Err(Fault::new(false, format!("must fit 64 bits, got {}", self.0))),
        }
    }

    fn sequence<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        let mut items = Vec::new();
        for item in self.0.try_iter().map_err(|e| Fault::of_python(&e))? {
            items.push(item.map_err(|e| Fault::of_python(&e))?);
        }
        visitor.visit_seq(Items { items: items.into_iter(), index: 0 })
    }
}

impl<'de> de::Deserializer<'de> for Object<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = &self.0;
        if value.is_none() {
            visitor.visit_unit()
        } else if let Ok(flag) = value.cast::<PyBool>() {
            // Before int, of which bool is a subclass.
            visitor.visit_bool(flag.is_true())
        } else if value.is_instance_of::<PyInt>() {
            self.integer(visitor)
        } else if let Ok(number) = value.cast::<PyFloat>() {
            visitor.visit_f64(number.value())
        } else if value.is_instance_of::<PyString>() {
            visitor.visit_string(value.to_string())
        } else if let Ok(dict) = value.cast::<PyDict>() {
            visitor.visit_map(Entries { entries: dict.iter().collect::<Vec<_>>().into_iter(), value: None })
        } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            self.sequence(visitor)
        } else {
            match plain(value) {
                Some(scalar) => Object(scalar).deserialize_any(visitor),
                None => Err(Fault::new(true, format!("must not be of type {}", value.get_type()))),
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.0.is_instance_of::<PyString>() {
            return visitor.visit_enum(Variant(self.0.to_string()));
        }
        if let Ok(dict) = self.0.cast::<PyDict>() {
            return visitor.visit_enum(Tagged::new(dict)?);
        }
        Err(Fault::new(true, format!("must be a str, got {}", self.0.get_type())))
    }

    /// Nor is it: dicts that hold a member of a family are read by their names, see [`Tagged`].
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The plain Python value of a NumPy scalar (an `alpha` from a parameter grid over an array is one).
fn plain<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let generic = value.py().import("numpy").and_then(|numpy| numpy.getattr("generic")).ok()?;
    let scalar = value.is_instance(&generic).ok()?.then(|| value.call_method0("item").ok())??;
    // A longdouble's item() is itself.
    (!scalar.is_instance(&generic).ok()?).then_some(scalar)
}

struct Items<'py> {
    items: std::vec::IntoIter<Bound<'py, PyAny>>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(item) = self.items.next() else { return Ok(None) };
        self.index += 1;
        seed.deserialize(Object(item)).map(Some).map_err(|fault| fault.within((self.index - 1).to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'py> {
    entries: std::vec::IntoIter<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    value: Option<(String, Bound<'py, PyAny>)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        if !key.is_instance_of::<PyString>() {
            return Err(Fault::new(true, format!("must have keys of type str, got {key}")));
        }
        let key = key.to_string();
        let parsed = seed.deserialize(key.as_str().into_deserializer())?;
        self.value = Some((key, value));
        Ok(Some(parsed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, value) = self.value.take().expect("serde asks for a value after its key");
        seed.deserialize(Object(value)).map_err(|fault| fault.within(key))
    }
}

/// The name of a unit variant.
struct Variant(String);

impl<'de> EnumAccess<'de> for Variant {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StringDeserializer<Fault> = self.0.clone().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Fault> {
        Err(Fault::new(true, format!("must be a dict to hold {:?}", self.0)))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(true, format!("must be a dict to hold {:?}", self.0)))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(true, format!("must be a dict to hold {:?}", self.0)))
    }
}

/// A dict that holds a member of a family, and says by `name` which.
struct Tagged<'py> {
    name: Bound<'py, PyAny>,
    fields: Entries<'py>,
}

impl<'py> Tagged<'py> {
    fn new(dict: &Bound<'py, PyDict>) -> Result<Self, Fault> {
        let is_name = |key: &Bound<'py, PyAny>| key.cast::<PyString>().is_ok_and(|key| key == TAG);
        let (tags, fields): (Vec<_>, Vec<_>) = dict.iter().partition(|(key, _)| is_name(key));
        let (_, name) = tags.into_iter().next().ok_or_else(|| de::Error::missing_field(TAG))?;
        Ok(Self { name, fields: Entries { entries: fields.into_iter(), value: None } })
    }
}

/// The key whose value is a member's name.
const TAG: &str = "name";

impl<'de, 'py> EnumAccess<'de> for Tagged<'py> {
    type Error = Fault;
    type Variant = Fields<'py>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Fields<'py>), Fault> {
        let member = seed.deserialize(Object(self.name)).map_err(|fault| fault.within(TAG))?;
        Ok((member, Fields(self.fields)))
    }
}

/// The fields of the member that a dict holds.
struct Fields<'py>(Entries<'py>);

impl Fields<'_> {
    fn not_a_name() -> Fault {
        Fault::new(true, "must be a str, got a dict".to_owned())
    }
}

impl<'de> VariantAccess<'de> for Fields<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(Self::not_a_name())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(MapAccessDeserializer::new(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(Self::not_a_name())
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self.0)
    }
}
