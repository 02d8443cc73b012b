//! Optimizers: step by step against PyTorch and Keras, against formulas written out plainly, and for every member of the
//! registry what any optimizer must hold to.

use crate::common::{numbers, rounded, uniforms};
use proptest::prelude::*;
use serde_json::{Value, json};
use thalweg_core::hyper::Value as Field;
use thalweg_core::optimizers::{Optimizer, OptimizerConfig, State, registry};
use thalweg_core::params::Layout;
use thalweg_kernels::{Isa, Real, Team};

fn optimizer(name: &str, fields: &Value) -> OptimizerConfig {
    let mut tagged = fields.clone();
    tagged["name"] = json!(name);
    serde_json::from_value(tagged).unwrap()
}

/// Parameters of one tensor, moved by given gradients; the padding of the arena is never seen.
struct Run<T: Real> {
    layout: Layout,
    optimizer: OptimizerConfig,
    state: State<T>,
    arena: thalweg_kernels::AlignedVec<T>,
    team: Team,
}

impl<T: Real> Run<T> {
    fn new(optimizer: &OptimizerConfig, start: &[T], isa: Isa) -> Self {
        // A layer with one input holds two tensors of equal length: here the weights are looked at, the biases follow.
        let layout = Layout::of_units(&[1, start.len()]).unwrap();
        let state = State::fresh(optimizer, &layout).unwrap();
        let arena = layout.arena_of(&[start, start].concat(), "start").unwrap();
        Self { layout, optimizer: optimizer.clone(), state, arena, team: Team::serial(isa) }
    }

    fn step(&mut self, gradient: &[T], penalty: f64) -> Vec<T> {
        let gradient = self.layout.arena_of(&[gradient, gradient].concat(), "gradient").unwrap();
        self.state.take_step(&self.team, &self.optimizer, &self.layout, penalty, &mut self.arena, &gradient);
        self.params()
    }

    fn params(&self) -> Vec<T> {
        let packed = self.layout.pack(&self.arena).unwrap();
        packed[..packed.len() / 2].to_vec()
    }
}

fn widest() -> Isa {
    Isa::available().pop().unwrap()
}

fn assert_relative<T: Real>(actual: &[T], expected: &[f64], tolerance: f64, what: &str) {
    for (actual, expected) in actual.iter().zip(expected) {
        let error = (actual.wide() - expected).abs();
        assert!(error <= tolerance * expected.abs().max(1.0), "{what}: {actual}, expected {expected}");
    }
}

/// PyTorch's cases: the gradients are in the file, so that rounding cannot pile up through them.
fn agrees_with_pytorch<T: Real>(tolerance: f64) {
    let file: Value = serde_json::from_str(include_str!("../../../../tests/data/parity/torch.json")).unwrap();
    let starts = [vec![-1.5, 2.0], vec![0.5, -0.25, 1.0, 0.75, -1.5, 2.0], vec![1.0, -2.0, 0.5]];
    for case in file["optimizers"].as_array().unwrap() {
        let name = case["optimizer"].as_str().unwrap();
        let groups = if case["problem"] == "matvec" { 1..3 } else { 0..1 };
        for (tensor, start) in starts[groups].iter().enumerate() {
            let mut fields = case["kwargs"].clone();
            for (key, value) in case["param_groups"][tensor].as_object().into_iter().flatten() {
                fields[key] = value.clone();
            }
            let mut run = Run::<T>::new(&optimizer(name, &fields), &rounded(start), widest());
            for step in 0..case["steps"].as_u64().unwrap() as usize {
                let gradient = numbers(&case["grads_before_step"][step][tensor]);
                let params = run.step(&rounded(&gradient), 0.0);
                let expected = numbers(&case["params_after_step"][step][tensor]);
                assert_relative(&params, &expected, tolerance, &format!("{} step {step}", case["id"]));
            }
        }
    }
}

#[test]
fn every_step_is_pytorchs_in_double_precision() {
    agrees_with_pytorch::<f64>(1e-12);
}

#[test]
fn every_step_is_pytorchs_in_single_precision() {
    agrees_with_pytorch::<f32>(1e-5);
}

/// The gradient of `|A W - B|^2 / 2` and of `|b - c|^2 / 2`, the problem of Keras's cases.
fn matvec_gradient(problem: &Value, w: &[f64], b: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (a, target, c) = (numbers(&problem["A"]), numbers(&problem["B"]), numbers(&problem["c"]));
    let mut gradient = vec![0.0; 6];
    for i in 0..3 {
        for j in 0..2 {
            let residual: f64 = (0..3).map(|k| a[i * 3 + k] * w[k * 2 + j]).sum::<f64>() - target[i * 2 + j];
            (0..3).for_each(|k| gradient[k * 2 + j] += a[i * 3 + k] * residual);
        }
    }
    (gradient, b.iter().zip(&c).map(|(b, c)| b - c).collect())
}

#[test]
fn every_step_with_epsilon_hat_is_kerass() {
    let file: Value = serde_json::from_str(include_str!("../../../../tests/data/parity/keras.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let adam = optimizer("Adam", &case["kwargs"]);
        let mut w = Run::<f64>::new(&adam, &[0.5, -0.25, 1.0, 0.75, -1.5, 2.0], widest());
        let mut b = Run::<f64>::new(&adam, &[1.0, -2.0, 0.5], widest());
        for step in 0..case["steps"].as_u64().unwrap() as usize {
            let (dw, db) = matvec_gradient(&file["meta"]["problem"], &w.params(), &b.params());
            let expected = &case["params_after_step"][step];
            let what = format!("{} step {step}", case["id"]);
            assert_relative(&w.step(&dw, 0.0), &numbers(&expected[0]), 1e-12, &what);
            assert_relative(&b.step(&db, 0.0), &numbers(&expected[1]), 1e-12, &what);
        }
    }
}

/// Each number of a random run by itself, in plain double precision.
fn follows(fields: &Value, name: &str, plain: impl Fn(&mut [f64; 4], f64, i32)) {
    let start: Vec<f64> = uniforms(1, 37, -1.0, 1.0);
    let mut run = Run::new(&optimizer(name, fields), &start, widest());
    let mut expected: Vec<[f64; 4]> = start.iter().map(|p| [*p, 0.0, 0.0, 0.0]).collect();
    for step in 1..=12 {
        let gradient: Vec<f64> = uniforms(100 + step as u32, 37, -1.0, 1.0);
        expected.iter_mut().zip(&gradient).for_each(|(state, g)| plain(state, *g, step));
        let params: Vec<f64> = expected.iter().map(|state| state[0]).collect();
        assert_relative(&run.step(&gradient, 0.0), &params, 1e-13, &format!("{name} {fields}, step {step}"));
    }
}

#[test]
fn sgd_is_scikit_learns_with_the_rate_in_the_velocity() {
    let fields = |nesterov: bool| json!({"lr": 0.1, "momentum": 0.9, "nesterov": nesterov, "rate_in_velocity": true});
    follows(&fields(false), "SGD", |[p, v, ..], g, _| {
        *v = 0.9 * *v - 0.1 * g;
        *p += *v;
    });
    follows(&fields(true), "SGD", |[p, v, ..], g, _| {
        *v = 0.9 * *v - 0.1 * g;
        *p += 0.9 * *v - 0.1 * g;
    });
}

#[test]
fn sgd_follows_its_formula() {
    let fields = json!({"lr": 0.1, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.05, "maximize": true});
    follows(&fields, "SGD", |[p, b, ..], g, t| {
        let g = -g + 0.05 * *p;
        *b = if t == 1 { g } else { 0.8 * *b + 0.7 * g };
        *p -= 0.1 * *b;
    });
}

#[test]
fn adam_is_scikit_learns_with_epsilon_hat() {
    follows(&json!({"lr": 0.1, "eps": 1e-3, "epsilon_hat": true}), "Adam", |[p, m, v, _], g, t| {
        *m = 0.9 * *m + 0.1 * g;
        *v = 0.999 * *v + 0.001 * g * g;
        let rate = 0.1 * (1.0 - f64::powi(0.999, t)).sqrt() / (1.0 - f64::powi(0.9, t));
        *p -= rate * *m / (v.sqrt() + 1e-3);
    });
}

#[test]
fn adamw_follows_its_formula() {
    let fields = json!({"lr": 0.1, "betas": [0.5, 0.6], "weight_decay": 0.2, "amsgrad": true, "maximize": true});
    follows(&fields, "AdamW", |[p, m, v, x], g, t| {
        *p *= 1.0 - 0.1 * 0.2;
        *m = 0.5 * *m - 0.5 * g;
        *v = 0.6 * *v + 0.4 * g * g;
        *x = x.max(*v);
        let root = x.sqrt() / (1.0 - f64::powi(0.6, t)).sqrt();
        *p -= 0.1 / (1.0 - f64::powi(0.5, t)) * *m / (root + 1e-8);
    });
}

/// Every member at its defaults, with each switch turned and each number raised where the rules allow it.
fn variants() -> Vec<OptimizerConfig> {
    let mut variants = Vec::new();
    for member in registry() {
        variants.push(optimizer(member.name, &json!({})));
        for (field, default) in &member.fields {
            let other = match default {
                Field::Bool(on) => json!({*field: !on, "momentum": 0.9}),
                Field::Float(number) => json!({*field: number + 0.1, "momentum": 0.9}),
                Field::Pair(..) => json!({*field: [0.5, 0.6]}),
                // Kinds that no optimizer has.
                _ => continue,
            };
            let mut other = other;
            if !member.fields.iter().any(|(field, _)| *field == "momentum") {
                other.as_object_mut().unwrap().remove("momentum");
            }
            let candidate = optimizer(member.name, &other);
            if candidate.validate().is_ok() {
                variants.push(candidate);
            }
        }
    }
    variants
}

#[test]
fn a_gradient_of_zero_at_zero_moves_nothing() {
    for optimizer in variants() {
        let mut run = Run::<f32>::new(&optimizer, &[0.0; 19], widest());
        for _ in 0..3 {
            assert_eq!(run.step(&[0.0; 19], 0.5), [0.0; 19], "{optimizer:?}");
        }
        assert!(run.arena.iter().all(|padding| *padding == 0.0), "{optimizer:?}: padding");
    }
}

#[test]
fn nan_stays_where_it_is() {
    for optimizer in variants() {
        let mut gradient = [0.5_f64; 9];
        gradient[4] = f64::NAN;
        let params = Run::new(&optimizer, &[1.0; 9], widest()).step(&gradient, 0.0);
        let expected: Vec<bool> = (0..9).map(|i| i == 4).collect();
        assert_eq!(params.iter().map(|p| p.is_nan()).collect::<Vec<_>>(), expected, "{optimizer:?}");
    }
}

#[test]
fn the_penalty_is_added_to_the_gradient_of_the_weights_alone() {
    for optimizer in variants() {
        let start: Vec<f64> = uniforms(5, 21, -1.0, 1.0);
        let gradient: Vec<f64> = uniforms(6, 21, -1.0, 1.0);
        let with_penalty: Vec<f64> = gradient.iter().zip(&start).map(|(g, p)| f64::mul_add(0.25, *p, *g)).collect();
        let mut penalised = Run::new(&optimizer, &start, widest());
        let expected = Run::new(&optimizer, &start, widest()).step(&with_penalty, 0.0);
        assert_eq!(penalised.step(&gradient, 0.25), expected, "{optimizer:?}");
        let mut plain = Run::new(&optimizer, &start, widest());
        plain.step(&gradient, 0.0);
        let biases = |run: &Run<f64>| run.layout.pack(&run.arena).unwrap()[21..].to_vec();
        assert_eq!(biases(&penalised), biases(&plain), "{optimizer:?}: biases");
    }
}

#[test]
fn a_state_written_down_in_the_middle_goes_on_with_the_same_bits() {
    for optimizer in variants() {
        let start: Vec<f32> = uniforms(7, 23, -1.0, 1.0);
        let gradients: Vec<Vec<f32>> = (0..6).map(|i| uniforms(50 + i, 23, -1.0, 1.0)).collect();
        let mut whole = Run::new(&optimizer, &start, widest());
        let mut first = Run::new(&optimizer, &start, widest());
        gradients.iter().for_each(|gradient| drop(whole.step(gradient, 0.1)));
        gradients[..3].iter().for_each(|gradient| drop(first.step(gradient, 0.1)));
        let buffers = first.state.pack(&first.layout).unwrap();
        let mut second = Run::new(&optimizer, &start, widest());
        let (step, rate) = (first.state.step, first.state.learning_rate);
        second.state = State::unpack(&optimizer, &second.layout, step, rate, &buffers).unwrap();
        second.arena.copy_from_slice(&first.arena);
        gradients[3..].iter().for_each(|gradient| drop(second.step(gradient, 0.1)));
        assert_eq!(second.params(), whole.params(), "{optimizer:?}");
    }
}

fn steps<T: Real>(optimizer: &OptimizerConfig, length: usize, isa: Isa) -> Vec<T> {
    let mut run = Run::new(optimizer, &uniforms::<T>(3, length, -1.0, 1.0), isa);
    (0..3).for_each(|i| drop(run.step(&uniforms::<T>(60 + i, length, -1.0, 1.0), 0.01)));
    run.params()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Tails of vectors, and every path of this CPU.
    #[test]
    fn each_element_is_moved_as_if_alone(length in 1_usize..70, variant in 0_usize..100) {
        let variants = variants();
        let optimizer = &variants[variant % variants.len()];
        let narrow = steps::<f32>(optimizer, length, Isa::Scalar);
        prop_assert_eq!(&narrow[..], &steps::<f32>(optimizer, 70, widest())[..length]);
        for isa in Isa::available() {
            prop_assert_eq!(&narrow, &steps::<f32>(optimizer, length, isa));
            let double = steps::<f64>(optimizer, length, Isa::Scalar);
            prop_assert_eq!(double, steps::<f64>(optimizer, length, isa));
        }
    }
}

#[test]
fn wrong_hyper_parameters_are_refused_by_name() {
    let cases = [
        ("SGD", json!({"momentum": 1.2}), "`momentum` must be in [0, 1), got 1.2"),
        ("SGD", json!({"momentum": 1.0}), "`momentum` must be in [0, 1), got 1.0"),
        ("SGD", json!({"momentum": 1.1, "rate_in_velocity": true}), "`momentum` must be in [0, 1], got 1.1"),
        ("SGD", json!({"lr": 0.0}), "`lr` must be > 0 and finite, got 0.0"),
        ("SGD", json!({"nesterov": true}), "`momentum` must be > 0 with `nesterov`, got 0.0"),
        (
            "SGD",
            json!({"nesterov": true, "momentum": 0.5, "dampening": 0.1}),
            "`dampening` must be 0 with `nesterov`, got 0.1",
        ),
        ("SGD", json!({"dampening": 0.1}), "`momentum` must be > 0 with `dampening`, got 0.0"),
        (
            "SGD",
            json!({"momentum": 0.5, "dampening": 0.1, "rate_in_velocity": true}),
            "`dampening` must be 0 with `rate_in_velocity`, got 0.1",
        ),
        ("SGD", json!({"weight_decay": -1.0}), "`weight_decay` must be >= 0 and finite, got -1.0"),
        ("Adam", json!({"betas": [1.0, 0.9]}), "`betas[0]` must be in [0, 1), got 1.0"),
        ("AdamW", json!({"betas": [0.9, -0.1]}), "`betas[1]` must be in [0, 1), got -0.1"),
        ("Adam", json!({"eps": 0.0}), "`eps` must be > 0 and finite, got 0.0"),
    ];
    for (name, fields, message) in cases {
        assert_eq!(optimizer(name, &fields).validate().unwrap_err().to_string(), message);
    }
    let momentum = json!({"momentum": 1.0, "rate_in_velocity": true, "lr": 1e6});
    optimizer("SGD", &momentum).validate().unwrap();
}

#[test]
fn unknown_names_and_fields_are_refused() {
    let parse = |value: Value| serde_json::from_value::<OptimizerConfig>(value).unwrap_err().to_string();
    assert!(parse(json!({"name": "Adams"})).contains("unknown variant `Adams`, expected one of `SGD`, `Adam`"));
    assert!(parse(json!({"name": "Adam", "beta": 1.0})).contains("unknown field `beta`, expected one of `lr`"));
}

#[test]
fn a_state_of_another_optimizer_is_refused() {
    let layout = Layout::of_units(&[2, 1]).unwrap();
    let adam = optimizer("Adam", &json!({}));
    let unpack =
        |rate: f64, buffers: &[Vec<f64>]| State::unpack(&adam, &layout, 1, rate, buffers).unwrap_err().to_string();
    let expected = "`state.buffers` must be 2 vectors, as Adam keeps, got 1";
    assert_eq!(unpack(0.1, &[vec![0.0; 3]]), expected);
    assert_eq!(unpack(0.1, &[vec![0.0; 3], vec![0.0]]), "`state.buffers` must be of length 3, got 1");
    assert!(unpack(f64::NAN, &[vec![0.0; 3], vec![0.0; 3]]).contains("`state.learning_rate`"));
}
