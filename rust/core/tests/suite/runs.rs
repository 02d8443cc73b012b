//! Shared by the tests of optimizers: any member, moved step by step over tensors of any shapes, given whatever it needs.

use crate::common::uniforms;
use serde_json::{Value, json};
use thalweg_core::hyper::Value as Field;
use thalweg_core::optimizers::{
    Closure, Gradient, Groups, Inputs, Optimizer, OptimizerConfig, SparseRows, State, Stopped, registry,
};
use thalweg_core::params::{Layout, Tensor};
use thalweg_kernels::{AlignedVec, Isa, Real, Team};

pub fn optimizer(name: &str, fields: &Value) -> OptimizerConfig {
    try_optimizer(name, fields).unwrap()
}

fn try_optimizer(name: &str, fields: &Value) -> Option<OptimizerConfig> {
    let mut tagged = fields.clone();
    tagged["name"] = json!(name);
    serde_json::from_value(tagged).ok()
}

/// Every member at its defaults, with each switch turned and each number changed where the rules allow it.
pub fn variants() -> Vec<OptimizerConfig> {
    let mut variants = Vec::new();
    for member in registry() {
        variants.push(optimizer(member.name, &json!({})));
        let has_momentum = member.fields.iter().any(|(field, _)| *field == "momentum");
        for (field, default) in &member.fields {
            let Some(other) = another(default) else { continue };
            let alone = json!({*field: other});
            let beside_momentum = json!({"momentum": 0.9, *field: other});
            let candidates = [Some(alone), has_momentum.then_some(beside_momentum)];
            let parsed = candidates.iter().flatten().filter_map(|fields| try_optimizer(member.name, fields));
            variants.extend(parsed.filter(|candidate| candidate.validate().is_ok()));
        }
    }
    variants
}

/// A value of a field other than its default.
fn another(default: &Field) -> Option<Value> {
    match default {
        Field::Bool(on) => Some(json!(!on)),
        Field::Float(number) => Some(json!(number + 0.1)),
        Field::Int(number) => Some(json!(number + 1)),
        Field::None => Some(json!(0.1)),
        Field::List(items) => {
            Some(Value::Array(items.iter().enumerate().map(|(i, _)| json!(0.5 + 0.1 * i as f64)).collect()))
        }
        Field::Text(_) | Field::Member(_) => None,
    }
}

pub fn widest() -> Isa {
    Isa::available().pop().unwrap()
}

/// `sum of c (p - t)^2 / 2`, with some c and t; fails at an evaluation if told to.
pub struct Quadratic<T> {
    layout: Layout,
    steepness: Vec<T>,
    lowest: Vec<T>,
    pub evaluations: usize,
    pub fails_at: Option<usize>,
}

impl<T: Real> Quadratic<T> {
    pub fn new(layout: &Layout) -> Self {
        let len = layout.packed_len();
        let (steepness, lowest) = (uniforms(90, len, 0.5, 2.0), uniforms(91, len, -1.0, 1.0));
        Self { layout: layout.clone(), steepness, lowest, evaluations: 0, fails_at: None }
    }

    pub fn gradient(&self, params: &[T]) -> Vec<T> {
        let slopes = params.iter().zip(&self.lowest).zip(&self.steepness);
        slopes.map(|((p, lowest), steepness)| *steepness * (*p - *lowest)).collect()
    }

    pub fn loss(&self, params: &[T]) -> f64 {
        let terms = self.gradient(params).into_iter().zip(params).zip(&self.lowest);
        terms.map(|((slope, p), lowest)| 0.5 * slope.wide() * (*p - *lowest).wide()).sum()
    }
}

impl<T: Real> Closure<T> for Quadratic<T> {
    fn evaluate(&mut self, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        self.evaluations += 1;
        if self.fails_at == Some(self.evaluations) {
            return Err(Stopped);
        }
        let packed = self.layout.pack(params).unwrap();
        self.layout.unpack(&self.gradient(&packed), gradient, "gradient").unwrap();
        Ok(self.loss(&packed))
    }
}

/// The part of each tensor in what is packed one after the other.
fn pieces_of<'a, T>(layout: &Layout, packed: &'a [T]) -> Vec<&'a [T]> {
    let cut = |rest: &mut &'a [T], tensor: &Tensor| {
        let (piece, others) = rest.split_at(tensor.len());
        *rest = others;
        Some(piece)
    };
    layout.tensors().iter().scan(packed, cut).collect()
}

/// Some tensors, moved by an optimizer.
pub struct Run<T: Real> {
    pub groups: Groups,
    pub state: State<T>,
    pub arena: AlignedVec<T>,
    pub team: Team,
    pub closure: Quadratic<T>,
}

impl<T: Real> Run<T> {
    pub fn new(optimizer: &OptimizerConfig, shapes: &[Vec<usize>], start: &[T], team: Team) -> Self {
        let layout = Layout::of_shapes(shapes.iter().map(|shape| ("tensor", shape.clone()))).unwrap();
        let arena = layout.arena_of(start, "start").unwrap();
        let closure = Quadratic::new(&layout);
        let groups = Groups::single(optimizer.clone(), layout, |_| true).unwrap();
        let state = State::fresh(&groups, &arena).unwrap();
        Self { groups, state, arena, team, closure }
    }

    /// A vector, on the widest path and one thread.
    pub fn of_vector(optimizer: &OptimizerConfig, start: &[T]) -> Self {
        Self::new(optimizer, &[vec![start.len()]], start, Team::serial(widest()))
    }

    pub fn step(&mut self, gradient: &[T]) -> Vec<T> {
        self.penalised_step(gradient, 0.0)
    }

    /// A step with this gradient, or with the closure where the member needs one.
    pub fn penalised_step(&mut self, gradient: &[T], penalty: f64) -> Vec<T> {
        self.try_step(gradient, penalty).unwrap();
        self.params()
    }

    pub fn try_step(&mut self, gradient: &[T], penalty: f64) -> Result<Option<f64>, Stopped> {
        let needs = self.groups.base().needs();
        let layout = self.groups.layout();
        let pieces = pieces_of(layout, gradient);
        // Of the penalty, and of anything else that shapes the gradient, this one knows nothing.
        let second: Vec<T> = uniforms(80, gradient.len(), -1.0, 1.0);
        let second = pieces_of(layout, &second);
        let numbers: Vec<usize> = (0..gradient.len()).collect();
        let rows = |(piece, tensor): (&&'_ [T], &Tensor)| {
            (&numbers[..tensor.shape.first().copied().unwrap_or(1)], piece.to_vec())
        };
        let rows: Vec<_> = pieces.iter().zip(layout.tensors()).map(rows).collect();
        let rows: Vec<_> = rows.iter().map(|(rows, values)| SparseRows { rows, values }).collect();
        let dense = Gradient::Pieces(&pieces);
        let loss = self.closure.loss(&self.params());
        let inputs = if needs.closure {
            Inputs::closure(&mut self.closure)
        } else {
            let gradient = if needs.rows { Gradient::Rows(&rows) } else { dense };
            let curvature = needs.curvature.then_some(Gradient::Pieces(&second));
            Inputs { penalty, loss: Some(loss), curvature, ..Inputs::gradient(gradient) }
        };
        let work = if self.team.active() > 1 { 0 } else { usize::MAX };
        let (groups, state, arena) = (&self.groups, &mut self.state, &mut self.arena);
        self.team.region(work, |team| state.take_step(team, groups, arena, inputs))
    }

    pub fn params(&self) -> Vec<T> {
        self.groups.layout().pack(&self.arena).unwrap()
    }

    /// The same point of the same run, from what was written down.
    pub fn resumed(&self, optimizer: &OptimizerConfig, shapes: &[Vec<usize>]) -> Self {
        let mut other = Self::new(optimizer, shapes, &vec![T::zero(); self.params().len()], self.team.clone());
        let (buffers, numbers) = (self.state.pack().unwrap(), self.state.numbers());
        let progress = (self.state.step, self.state.learning_rate);
        other.arena.copy_from_slice(&self.arena);
        other.state = State::unpack(&other.groups, &other.arena, progress, &buffers, &numbers).unwrap();
        other
    }
}
