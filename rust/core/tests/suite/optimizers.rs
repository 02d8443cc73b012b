//! Optimizers: step by step against PyTorch and Keras, and against formulas written out plainly.

use crate::common::{numbers, rounded, uniforms};
use crate::runs::{Run, optimizer};
use serde_json::{Value, json};
use thalweg_core::optimizers::{Groups, Optimizer, OptimizerConfig, State};
use thalweg_core::params::Layout;
use thalweg_kernels::Real;

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
        // Other members are held against PyTorch by way of Python.
        if !["SGD", "Adam", "AdamW"].contains(&name) {
            continue;
        }
        let groups = if case["problem"] == "matvec" { 1..3 } else { 0..1 };
        for (tensor, start) in starts[groups].iter().enumerate() {
            let mut fields = case["kwargs"].clone();
            for (key, value) in case["param_groups"][tensor].as_object().into_iter().flatten() {
                fields[key] = value.clone();
            }
            let mut run = Run::<T>::of_vector(&optimizer(name, &fields), &rounded(start));
            for step in 0..case["steps"].as_u64().unwrap() as usize {
                let gradient = numbers(&case["grads_before_step"][step][tensor]);
                let params = run.step(&rounded(&gradient));
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
        let mut w = Run::<f64>::of_vector(&adam, &[0.5, -0.25, 1.0, 0.75, -1.5, 2.0]);
        let mut b = Run::<f64>::of_vector(&adam, &[1.0, -2.0, 0.5]);
        for step in 0..case["steps"].as_u64().unwrap() as usize {
            let (dw, db) = matvec_gradient(&file["meta"]["problem"], &w.params(), &b.params());
            let expected = &case["params_after_step"][step];
            let what = format!("{} step {step}", case["id"]);
            assert_relative(&w.step(&dw), &numbers(&expected[0]), 1e-12, &what);
            assert_relative(&b.step(&db), &numbers(&expected[1]), 1e-12, &what);
        }
    }
}

/// Each number of a random run by itself, in plain double precision.
fn follows(fields: &Value, name: &str, plain: impl Fn(&mut [f64; 4], f64, i32)) {
    let start: Vec<f64> = uniforms(1, 37, -1.0, 1.0);
    let mut run = Run::of_vector(&optimizer(name, fields), &start);
    let mut expected: Vec<[f64; 4]> = start.iter().map(|p| [*p, 0.0, 0.0, 0.0]).collect();
    for step in 1..=12 {
        let gradient: Vec<f64> = uniforms(100 + step as u32, 37, -1.0, 1.0);
        expected.iter_mut().zip(&gradient).for_each(|(state, g)| plain(state, *g, step));
        let params: Vec<f64> = expected.iter().map(|state| state[0]).collect();
        assert_relative(&run.step(&gradient), &params, 1e-13, &format!("{name} {fields}, step {step}"));
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
    assert!(parse(json!({"name": "Adams"})).contains("unknown variant `Adams`, expected one of `SGD`, "));
    assert!(parse(json!({"name": "Adam", "beta": 1.0})).contains("unknown field `beta`, expected one of `lr`"));
}

#[test]
fn a_state_of_another_optimizer_is_refused() {
    let layout = Layout::of_units(&[2, 1]).unwrap();
    let groups = Groups::single(optimizer("Adam", &json!({})), layout, |_| false).unwrap();
    let unpack = |rate: f64, buffers: &[Vec<f64>], numbers: &[f64]| {
        let params = vec![0.0; groups.layout().len()];
        State::unpack(&groups, &params, (1, rate), buffers, numbers).unwrap_err().to_string()
    };
    let right = || [vec![0.0; 3], vec![0.0; 3]];
    let expected = "`state.buffers` must be 2 vectors, as Adam keeps, got 1";
    assert_eq!(unpack(0.1, &[vec![0.0; 3]], &[]), expected);
    assert_eq!(unpack(0.1, &[vec![0.0; 3], vec![0.0]], &[]), "`state.buffers` must be of length 3, got 1");
    assert!(unpack(f64::NAN, &right(), &[]).contains("`state.learning_rate`"));
    assert_eq!(unpack(0.1, &right(), &[1.0]), "`state.scalars` must be 0 numbers, as Adam keeps, got 1");
}
