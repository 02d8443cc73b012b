//! Groups of parameters: which tensors are moved by which hyper-parameters of one member.

use thalweg_kernels::sweep::Segment;

use super::checks::require_decay;
use super::{Buffer, Optimizer, OptimizerConfig, Scalar};
use crate::error::{Result, require, require_not_negative};
use crate::params::{Layout, Orientation};

/// Tensors with hyper-parameters of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupConfig {
    /// The same member as the optimizer's own.
    pub optimizer: OptimizerConfig,
    /// Numbers of the tensors.
    pub tensors: Vec<usize>,
    /// Whether the group has its own learning rate, which then moves in proportion to the optimizer's.
    pub has_own_rate: bool,
}

/// Every tensor of a layout with the hyper-parameters that move it.
#[derive(Debug)]
pub struct Groups {
    /// The optimizer's own hyper-parameters; whole-run quantities follow these.
    base: OptimizerConfig,
    layout: Layout,
    members: Vec<Member>,
    all: Vec<Segment>,
    /// Those of the groups that a schedule has set; the optimizer's own is that of the first.
    momenta: Vec<f64>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) optimizer: OptimizerConfig,
    pub(super) segments: Vec<Segment>,
    has_own_rate: bool,
    /// The rate that a schedule of its own gives it.
    scheduled: Option<f64>,
}

impl Member {
    fn new(optimizer: OptimizerConfig, segments: Vec<Segment>, has_own_rate: bool) -> Self {
        Self { optimizer, segments, has_own_rate, scheduled: None }
    }
}

impl Groups {
    /// One group of all tensors. The penalty applies to the tensors that `penalised` accepts.
    ///
    /// # Errors
    /// When a hyper-parameter breaks its rule.
    pub fn single(base: OptimizerConfig, layout: Layout, penalised: impl Fn(usize) -> bool) -> Result<Self> {
        base.validate()?;
        let all = layout.segments(penalised);
        let members = vec![Member::new(base.clone(), all.clone(), false)];
        Ok(Self { base, layout, members, all, momenta: Vec::new() })
    }

    /// Groups; tensors that none names follow the optimizer's own hyper-parameters.
    ///
    /// # Errors
    /// When a hyper-parameter breaks its rule, a tensor is in two groups, or a group needs other buffers than the optimizer.
    pub fn new(base: OptimizerConfig, layout: Layout, groups: Vec<GroupConfig>) -> Result<Self> {
        let mut groups_of = Self::single(base, layout, |_| false)?;
        groups_of.check_shapes()?;
        let mut free: Vec<bool> = vec![true; groups_of.all.len()];
        let mut members = Vec::new();
        for (i, group) in groups.into_iter().enumerate() {
            groups_of.check(i, &group)?;
            for &tensor in &group.tensors {
                let rule = format_args!("indices of {} tensors, each in one group", free.len());
                let is_free = free.get(tensor).copied().unwrap_or(false);
                require(is_free, format_args!("groups[{i}][\"params\"]"), rule, tensor)?;
                free[tensor] = false;
            }
            let segments = groups_of.all.iter().filter(|s| group.tensors.contains(&s.tensor)).copied().collect();
            members.push(Member::new(group.optimizer, segments, group.has_own_rate));
        }
        let rest: Vec<_> = groups_of.all.iter().filter(|s| free[s.tensor]).copied().collect();
        if !rest.is_empty() || members.is_empty() {
            members.insert(0, Member::new(groups_of.base.clone(), rest, false));
        }
        let single = members.len() == 1 || !groups_of.base.needs().one_group;
        let rule = format_args!("one group for {}", groups_of.base.name());
        require(single, "groups", rule, format_args!("{} of them", members.len()))?;
        groups_of.members = members;
        Ok(groups_of)
    }

    /// Refuses arrays that the optimizer does not know how to move. A network's biases it moves in some other way.
    fn check_shapes(&self) -> Result<()> {
        if !self.base.needs().matrices || self.layout.orientation() == Orientation::InOut {
            return Ok(());
        }
        let rule = format_args!("a matrix for {}, others go to a run of another optimizer", self.base.name());
        self.layout.tensors().iter().try_for_each(|tensor| {
            let (place, shape) = (format_args!("params{}", tensor.name), format_args!("shape {:?}", tensor.shape));
            require(tensor.shape.len() == 2, place, rule, shape)
        })
    }

    fn check(&self, i: usize, group: &GroupConfig) -> Result<()> {
        group.optimizer.validate()?;
        let same = group.optimizer.name() == self.base.name() && self.keeps_the_buffers_of(&group.optimizer);
        let rule = format_args!("such that {} keeps the same buffers as in the other groups", self.base.name());
        require(same, format_args!("groups[{i}]"), rule, names(&group.optimizer.buffers()))?;
        for ((path, own), (_, value)) in self.base.whole_run().iter().zip(group.optimizer.whole_run()) {
            let rule = format_args!("{own}, as it is for all of {}", self.base.name());
            require(*own == value, format_args!("groups[{i}][\"{path}\"]"), rule, format_args!("{value}"))?;
        }
        Ok(())
    }

    /// The same tensors under other hyper-parameters, which have the same state.
    ///
    /// # Errors
    /// As [`Self::new`], and when another state would be needed.
    pub fn changed(&self, base: OptimizerConfig, groups: Vec<GroupConfig>) -> Result<Self> {
        let mut changed = Self::new(base, self.layout.clone(), groups)?;
        changed.set_momenta(self.momenta.clone());
        let numbers = |groups: &Self| (groups.base.shared().len(), groups.base.scalars().len());
        let fits = changed.base.name() == self.base.name()
            && self.keeps_the_buffers_of(&changed.base)
            && numbers(self) == numbers(&changed)
            && self.count() == changed.count();
        let rule = format_args!("such that {} keeps the same state", self.base.name());
        require(fits, "optimizer", rule, &changed.base)?;
        Ok(changed)
    }

    /// The same groups, with the penalty on the tensors that `penalised` accepts.
    #[must_use]
    pub fn penalising(mut self, penalised: impl Fn(usize) -> bool) -> Self {
        let segments = self.members.iter_mut().flat_map(|member| &mut member.segments);
        segments.chain(&mut self.all).for_each(|segment| segment.penalised = penalised(segment.tensor));
        self
    }

    /// Gives every group that momentum, where the member has one.
    pub fn set_momentum(&mut self, momentum: f64) {
        let optimizers = self.members.iter_mut().map(|member| &mut member.optimizer);
        for own in optimizers.chain([&mut self.base]).filter_map(Optimizer::momentum_mut) {
            *own = at_work(momentum);
        }
    }

    /// Gives each group a rate, in the place of its share of the optimizer's, and a momentum where there are some.
    ///
    /// # Errors
    /// When there are not as many as groups, or one breaks its rule.
    pub fn set_pace(&mut self, rates: &[f64], momenta: Option<&[f64]>) -> Result<()> {
        let of_groups = |name, values: &[f64]| {
            require(values.len() == self.count(), name, format_args!("of {} groups", self.count()), values.len())
        };
        of_groups("rates", rates)?;
        rates.iter().try_for_each(|rate| require_not_negative("rates", *rate))?;
        if let Some(momenta) = momenta {
            of_groups("momenta", momenta)?;
            momenta.iter().try_for_each(|momentum| require_decay("momenta", *momentum))?;
        }
        for (member, rate) in self.members.iter_mut().zip(rates) {
            member.scheduled = Some(*rate);
        }
        if let Some(momenta) = momenta {
            self.set_momenta(momenta.to_vec());
        }
        Ok(())
    }

    fn set_momenta(&mut self, momenta: Vec<f64>) {
        let base = (&mut self.base, momenta.first());
        let members = self.members.iter_mut().map(|member| &mut member.optimizer).zip(momenta.iter().map(Some));
        for (optimizer, momentum) in members.chain([base]) {
            if let (Some(own), Some(momentum)) = (optimizer.momentum_mut(), momentum) {
                *own = at_work(*momentum);
            }
        }
        self.momenta = momenta;
    }

    fn keeps_the_buffers_of(&self, other: &OptimizerConfig) -> bool {
        let (own, others) = (self.base.buffers(), other.buffers());
        let shapes = |buffer: &Buffer| -> Vec<_> {
            self.layout.tensors().iter().map(|tensor| buffer.extent.shape(&tensor.shape)).collect()
        };
        let same = |(a, b): (&Buffer, &Buffer)| a.name == b.name && a.kept == b.kept && shapes(a) == shapes(b);
        own.len() == others.len() && own.iter().zip(&others).all(same)
    }

    /// Names of the numbers of the run, and of those of each group.
    #[must_use]
    pub fn number_names(&self) -> (Vec<String>, Vec<String>) {
        let names = |scalars: Vec<Scalar>| scalars.into_iter().map(|scalar| scalar.name.into_owned()).collect();
        (names(self.base.shared()), names(self.base.scalars()))
    }

    /// The optimizer's own hyper-parameters.
    #[must_use]
    pub fn base(&self) -> &OptimizerConfig {
        &self.base
    }

    /// Where the tensors lie.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of groups.
    #[must_use]
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// The segments of all tensors.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.all
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The learning rate of a group, when the optimizer's own is `rate` now.
    #[must_use]
    pub fn rate(&self, group: usize, rate: f64) -> f64 {
        let member = &self.members[group];
        if let Some(scheduled) = member.scheduled {
            return scheduled;
        }
        if member.has_own_rate { member.optimizer.lr() * (rate / self.base.lr()) } else { rate }
    }
}

/// A momentum that a schedule gives. At 0 an optimizer would have no velocity, and no place for the one that comes later.
fn at_work(momentum: f64) -> f64 {
    momentum.max(f64::MIN_POSITIVE)
}

fn names(buffers: &[Buffer]) -> Vec<String> {
    buffers.iter().map(|buffer| buffer.name.to_string()).collect()
}
