//! Transforms one after the other, in the order given, with what they keep from gradient to gradient.

use serde::Deserialize;
use thalweg_kernels::{AlignedVec, Real, Team};

use super::pass::{Pass, Verdict};
use super::{GradientConfig, Transform};
use crate::error::{Result, require};
use crate::params::Layout;

/// The number of gradients seen comes first among the numbers of each transform.
const OWN: usize = 1;

/// Transforms with their state.
#[derive(Debug)]
pub struct Chain<T: Real> {
    layout: Layout,
    penalised: Vec<bool>,
    links: Vec<Link<T>>,
}

#[derive(Debug)]
struct Link<T: Real> {
    transform: GradientConfig,
    numbers: Vec<f64>,
    sum: AlignedVec<T>,
}

/// What a chain keeps, one entry for each transform.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainState<T> {
    /// Gradients seen, then the transform's own numbers.
    pub numbers: Vec<Vec<f64>>,
    /// Its sum of gradients, packed; empty where it keeps none.
    pub sums: Vec<Vec<T>>,
}

impl<T: Real> Chain<T> {
    /// The transforms before the first gradient. Penalties apply to the tensors that `penalised` accepts.
    ///
    /// # Errors
    /// When a hyper-parameter breaks its rule, or memory is short.
    pub fn new(transforms: &[GradientConfig], layout: &Layout, penalised: impl Fn(usize) -> bool) -> Result<Self> {
        validate(transforms)?;
        let links = transforms.iter().map(|transform| {
            let sum = if transform.keeps_sum() { layout.zeros()? } else { AlignedVec::zeros(0)? };
            let numbers = vec![0.0; OWN + transform.numbers().len()];
            Ok(Link { transform: transform.clone(), numbers, sum })
        });
        let links = links.collect::<Result<_>>()?;
        let penalised = (0..layout.tensors().len()).map(penalised).collect();
        Ok(Self { layout: layout.clone(), penalised, links })
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Where the tensors lie.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether a transform answers for gradients that are not finite.
    #[must_use]
    pub fn judges_finiteness(&self) -> bool {
        self.links.iter().any(|link| link.transform.judges_finiteness())
    }

    /// The bound on the norm of each example's gradient.
    #[must_use]
    pub fn example_bound(&self) -> Option<f64> {
        self.links.iter().find_map(|link| link.transform.example_bound())
    }

    /// Sends a gradient, an arena, through all transforms; returns the weight behind what comes out, or `None` where there
    /// is no step with it. `params` is an arena, and may be empty where no transform reads it.
    ///
    /// # Errors
    /// When the gradient breaks a rule that a transform keeps; the chain is then as before.
    pub fn apply(&mut self, team: &Team, params: &[T], gradient: &mut [T], weight: f64) -> Result<Option<f64>> {
        if self.links.is_empty() {
            return Ok(Some(weight));
        }
        let before = self.numbers();
        let result = self.run(team, params, gradient, weight);
        if result.is_err() {
            self.links.iter_mut().zip(before).for_each(|(link, numbers)| link.numbers = numbers);
        }
        result
    }

    fn run(&mut self, team: &Team, params: &[T], gradient: &mut [T], mut weight: f64) -> Result<Option<f64>> {
        for Link { transform, numbers, sum } in &mut self.links {
            let (seen, numbers) = numbers.split_at_mut(OWN);
            seen[0] += 1.0;
            let mut pass = Pass {
                team,
                layout: &self.layout,
                number: seen[0] as u64,
                weight,
                params,
                penalised: &self.penalised,
                gradient,
                numbers,
                sum,
            };
            let verdict = transform.apply(&mut pass)?;
            weight = pass.weight;
            if verdict == Verdict::Held {
                return Ok(None);
            }
        }
        Ok(Some(weight))
    }

    /// The numbers of all transforms, without their sums.
    #[must_use]
    pub fn numbers(&self) -> Vec<Vec<f64>> {
        self.links.iter().map(|link| link.numbers.clone()).collect()
    }

    /// Takes the numbers that [`Self::numbers`] wrote down.
    ///
    /// # Errors
    /// When they belong to other transforms; nothing is changed then.
    pub fn set_numbers(&mut self, numbers: &[Vec<f64>]) -> Result<()> {
        self.check_numbers(numbers)?;
        self.links.iter_mut().zip(numbers).for_each(|(link, numbers)| link.numbers.copy_from_slice(numbers));
        Ok(())
    }

    fn check_numbers(&self, numbers: &[Vec<f64>]) -> Result<()> {
        let rule = format_args!("of {} gradient transforms", self.links.len());
        require(numbers.len() == self.links.len(), "state.transforms", rule, numbers.len())?;
        for (i, (link, numbers)) in self.links.iter().zip(numbers).enumerate() {
            let rule = format_args!("{} numbers, as {} keeps", link.numbers.len(), link.transform.name());
            let fits = numbers.len() == link.numbers.len();
            require(fits, format_args!("state.transforms.numbers[{i}]"), rule, numbers.len())?;
        }
        Ok(())
    }

    /// Forgets all gradients.
    pub fn reset(&mut self) {
        self.links.iter_mut().for_each(|link| link.numbers.fill(0.0));
    }

    /// What the transforms keep.
    ///
    /// # Errors
    /// When memory is short.
    pub fn state(&self) -> Result<ChainState<T>> {
        let packed = |link: &Link<T>| if link.sum.is_empty() { Ok(Vec::new()) } else { self.layout.pack(&link.sum) };
        Ok(ChainState {
            numbers: self.links.iter().map(|link| link.numbers.clone()).collect(),
            sums: self.links.iter().map(packed).collect::<Result<_>>()?,
        })
    }

    /// Goes on from what [`Self::state`] wrote down.
    ///
    /// # Errors
    /// When it belongs to other transforms; nothing is changed then.
    pub fn resume(&mut self, state: &ChainState<T>) -> Result<()> {
        self.check_numbers(&state.numbers)?;
        let rule = format_args!("of {} gradient transforms", self.links.len());
        require(state.sums.len() == self.links.len(), "state.transforms.sums", rule, state.sums.len())?;
        for (i, link) in self.links.iter().enumerate() {
            let expected = if link.sum.is_empty() { 0 } else { self.layout.packed_len() };
            let fits = state.sums[i].len() == expected;
            let rule = format_args!("of length {expected}");
            require(fits, format_args!("state.transforms.sums[{i}]"), rule, state.sums[i].len())?;
        }
        for (i, link) in self.links.iter_mut().enumerate() {
            if !link.sum.is_empty() {
                self.layout.unpack(&state.sums[i], &mut link.sum, "state.transforms.sums")?;
            }
        }
        self.set_numbers(&state.numbers)
    }
}

/// Checks every transform, and that what backpropagation does comes first.
fn validate(transforms: &[GradientConfig]) -> Result<()> {
    for (i, transform) in transforms.iter().enumerate() {
        transform.validate()?;
        let first = i == 0 || transform.example_bound().is_none();
        let rule = "another than ClipPerExample, which comes first";
        require(first, format_args!("gradient_transforms[{i}]"), rule, transform.name())?;
    }
    Ok(())
}
