//! What scikit-learn's own MLPs learn from the same start, with the same generator: parameters, histories, counters.
//! The cases are written by tests/data/parity/sklearn_mlp.py.

use crate::common::{Problem, assert_close, config, fit, numbers, rounded};
use serde_json::{Value, json};
use thalweg_core::data::Shuffle;
use thalweg_core::mlp::MlpConfig;
use thalweg_core::training::{Outcome, Report};
use thalweg_kernels::Real;
use thalweg_kernels::random::Mt19937;

const CASES: &str = include_str!("../../../../tests/data/parity/sklearn_mlp.json");

fn problem<T: Real>(data: &Value, case: &Value) -> Problem<T> {
    let target = case["target"].as_str().unwrap();
    let classes = if target == "multiclass" { 3 } else { 1 };
    let mut y = numbers(&data[target]);
    let samples = data["x"].as_array().unwrap().len();
    if classes == 3 {
        y = y.iter().flat_map(|class| (0..3).map(move |k| f64::from(u8::from(*class == f64::from(k))))).collect();
    }
    let outputs = y.len() / samples;
    let x = rounded::<T>(&numbers(&data["x"]));
    let weights = case["weighted"].as_bool().unwrap().then(|| rounded::<T>(&numbers(&data["weights"])));
    Problem::new(&x, x.len() / samples, &rounded::<T>(&y), outputs, weights.as_deref())
}

fn solver(settings: &Value) -> Value {
    let lr = &settings["learning_rate_init"];
    if settings["solver"] == "adam" {
        return json!({"name": "Adam", "lr": lr, "epsilon_hat": true});
    }
    let momentum = settings["momentum"].as_f64().unwrap_or(0.9);
    let nesterov = settings["nesterovs_momentum"].as_bool().unwrap_or(true) && momentum > 0.0;
    json!({"name": "SGD", "lr": lr, "momentum": momentum, "nesterov": nesterov, "rate_in_velocity": true})
}

fn configuration<T>(case: &Value, problem: &Problem<T>) -> MlpConfig {
    let settings = &case["settings"];
    let mut units = vec![problem.features as u64];
    units.extend(settings["hidden_layer_sizes"].as_array().unwrap().iter().map(|units| units.as_u64().unwrap()));
    units.push(problem.outputs as u64);
    let loss = match case["target"].as_str().unwrap() {
        "counts" => "poisson",
        "continuous" | "continuous_2" => "squared_error",
        _ => "log_loss",
    };
    config(json!({
        "units": units,
        "activation": settings["activation"].as_str().unwrap_or("relu"),
        "output": case["output"],
        "loss": loss,
        "alpha": settings["alpha"].as_f64().unwrap_or(1e-4),
        "batch_size": settings["batch_size"],
        "max_iter": settings["max_iter"],
        "tol": settings["tol"].as_f64().unwrap_or(1e-4),
        "n_iter_no_change": settings["n_iter_no_change"].as_u64().unwrap_or(10),
        "solver": solver(settings),
        "schedule": {"name": settings["learning_rate"].as_str().unwrap_or("constant")},
        "score": if loss == "log_loss" { "accuracy" } else { "r2" },
    }))
}

fn generator_after(words: &Value) -> Mt19937 {
    let mut generator = Mt19937::from_seed(3);
    for _ in 0..words.as_u64().unwrap() {
        generator.next_u32();
    }
    generator
}

fn learn<T: Real>(data: &Value, case: &Value, sparse: bool) -> Report<T> {
    let problem = problem::<T>(data, case);
    let mut training = problem.training_data(sparse);
    let rows = |part: usize| -> Vec<i64> {
        case["rows"][part].as_array().into_iter().flatten().map(|row| row.as_i64().unwrap()).collect()
    };
    let (train_rows, validation_rows) = (rows(0), rows(1));
    if !case["rows"].is_null() {
        training.train_rows = Some(&train_rows);
        training.validation_rows = Some(&validation_rows);
    }
    let shuffled = case["settings"]["shuffle"].as_bool().unwrap_or(true);
    let generator = Box::new(generator_after(&case["words_before"]));
    let shuffle = if shuffled { Shuffle::Mt19937(generator) } else { Shuffle::None };
    fit(&training, &rounded(&numbers(&case["start"])), &configuration(case, &problem), shuffle)
}

fn for_each_case(check: impl Fn(&Value, &Value, bool, &str)) {
    let file: Value = serde_json::from_str(CASES).unwrap();
    for case in file["cases"].as_array().unwrap() {
        for sparse in [false, true] {
            let what = format!("{}, sparse: {sparse}", case["id"]);
            check(&file["data"], case, sparse, &what);
        }
    }
}

#[test]
fn the_same_model_in_double_precision() {
    for_each_case(|data, case, sparse, what| {
        let report = learn::<f64>(data, case, sparse);
        if case["params"].is_null() {
            let best = report.best_params.as_ref().unwrap();
            assert_close(best, &numbers(&case["best_params"]), 1e-10, what);
        } else {
            assert_close(&report.params, &numbers(&case["params"]), 1e-10, what);
        }
        assert_close(&report.loss_curve, &numbers(&case["loss_curve"]), 1e-10, what);
        assert_close(&report.validation_scores, &numbers(&case["validation_scores"]), 1e-10, what);
        check_counters(&report, case, what);
    });
}

fn check_counters(report: &Report<f64>, case: &Value, what: &str) {
    assert_eq!(report.epochs as u64, case["epochs"].as_u64().unwrap(), "{what}: epochs");
    assert_eq!(report.outcome == Outcome::MaxIter, report.epochs == 20, "{what}: outcome");
    let progress = report.progress;
    assert_eq!(progress.samples_seen, case["samples_seen"].as_u64().unwrap(), "{what}: samples seen");
    let count = case["no_improvement_count"].as_u64().unwrap();
    assert_eq!(progress.no_improvement_count, count, "{what}: epochs without improvement");
    let best = if case["rows"].is_null() { progress.best_loss } else { progress.best_score };
    assert_close(&[best], &numbers(&case["best"]), 1e-10, what);
    if let Some(rate) = case["learning_rate"].as_f64() {
        assert_close(&[report.state.learning_rate], &[rate], 1e-15, what);
    }
    if let Shuffle::Mt19937(generator) = &report.shuffle {
        let expected = generator_after(&case["words_after"]);
        assert_eq!(generator.clone().next_u64(), expected.clone().next_u64(), "{what}: generator afterwards");
    }
}

#[test]
fn the_same_model_in_single_precision() {
    for_each_case(|data, case, sparse, what| {
        let report = learn::<f32>(data, case, sparse);
        assert_close(&report.loss_curve, &numbers(&case["loss_curve"]), 1e-4, what);
    });
}
