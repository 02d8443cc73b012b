//! One result: a whole training run has the same bits on every CPU path of this machine and for any number of threads.
//! Every other test runs on the calling thread alone, so that the helper threads are here to be had.

use crate::common::{Problem, config, parameters, uniforms};
use serde_json::{Value, json};
use thalweg_core::activations::Hidden;
use thalweg_core::data::Shuffle;
use thalweg_core::mlp::ObjectiveConfig;
use thalweg_core::objective::Objective;
use thalweg_core::precision::Precision;
use thalweg_core::prediction::{self, Layers, Wanted};
use thalweg_core::training::train;
use thalweg_kernels::random::Mt19937;
use thalweg_kernels::{Isa, MatRef, Real, Team};

/// Wide enough that a step is worth seven threads.
const HIDDEN: [usize; 2] = [224, 128];
/// More parameters than threads take rows through one by one: they share out the products of each layer.
const WIDE: [usize; 2] = [640, 512];
/// So narrow that it is tried whether a step is worth a second thread.
const TRIED: [usize; 1] = [128];
const FEATURES: usize = 64;
const SAMPLES: usize = 700;

/// Everything that a run yields, as bits.
fn learn<T: Real>(team: &Team, problem: &Problem<T>, hidden: &[usize], kind: &Value, sparse: bool) -> Vec<u64> {
    let units = [&[FEATURES][..], hidden, &[problem.outputs]].concat();
    let mut tagged = json!({
        "units": units, "activation": "tanh", "alpha": 0.01, "batch_size": 256, "max_iter": 1, "tol": 0.0,
        "n_iter_no_change": 10, "schedule": {"name": "constant"}, "score": null,
    });
    for (key, value) in kind.as_object().unwrap() {
        tagged[key] = value.clone();
    }
    let config = config(tagged);
    let mut data = problem.training_data(sparse);
    let validation: Vec<i64> = (0..60).collect();
    data.validation_rows = config.score.is_some().then_some(&validation[..]);
    let start: Vec<T> = uniforms(1, parameters(&config.units), -0.2, 0.2);
    let shuffle = Shuffle::Mt19937(Box::new(Mt19937::from_seed(5)));
    let report = train(team, &data, &start, &config, None, shuffle, &mut ()).unwrap();
    let mut bits: Vec<u64> = report.params.iter().map(|p| p.wide().to_bits()).collect();
    bits.extend(report.state.buffers.iter().flatten().map(|value| value.wide().to_bits()));
    bits.extend(report.loss_curve.iter().chain(&report.validation_losses).map(|value| value.to_bits()));
    bits.extend(
        predict(team, problem, &report.params, (&units, config.precision), sparse)
            .iter()
            .map(|value| value.wide().to_bits()),
    );
    bits.extend(evaluate(team, problem, &report.params, &config, sparse).iter().map(|value| value.wide().to_bits()));
    bits
}

fn predict<T: Real>(
    team: &Team,
    problem: &Problem<T>,
    params: &[T],
    (units, precision): (&[usize], Precision),
    sparse: bool,
) -> Vec<T> {
    let (mut coefs, mut intercepts, mut rest) = (Vec::new(), Vec::new(), params);
    for pair in units.windows(2) {
        let (weights, others) = rest.split_at(pair[0] * pair[1]);
        coefs.push(MatRef::new(weights, pair[0], pair[1]));
        rest = others;
    }
    for count in &units[1..] {
        let (bias, others) = rest.split_at(*count);
        intercepts.push(bias);
        rest = others;
    }
    let output = thalweg_core::activations::Output::Softmax;
    let layers = Layers { coefs: &coefs, intercepts: &intercepts, activation: Hidden::Relu, output, precision };
    let mut out = vec![T::zero(); problem.samples * problem.outputs];
    assert_eq!(prediction::predict(team, problem.input(sparse), layers, Wanted::Outputs(&mut out), true), Ok(true));
    out
}

fn evaluate<T: Real>(
    team: &Team,
    problem: &Problem<T>,
    params: &[T],
    config: &thalweg_core::mlp::MlpConfig,
    sparse: bool,
) -> Vec<T> {
    let (units, activation) = (config.units.clone(), config.activation);
    let config = ObjectiveConfig { units, activation, output: config.output, loss: config.loss.clone(), alpha: 0.5 };
    let data = problem.dataset(sparse);
    let mut objective = Objective::new(&config, &data).unwrap();
    let mut gradient = vec![T::zero(); objective.len() + 1];
    let (slopes, value) = gradient.split_at_mut(params.len());
    value[0] = T::of(objective.evaluate(team, &data, params, slopes).unwrap());
    gradient
}

fn same_bits<T: Real>() {
    let sgd = json!({"name": "SGD", "lr": 0.1, "momentum": 0.9, "nesterov": true, "rate_in_velocity": true});
    let adam = json!({"name": "Adam", "epsilon_hat": true});
    let kinds = [
        (10, &HIDDEN[..], json!({"output": "softmax", "loss": "log_loss", "solver": adam, "score": "accuracy"})),
        (3, &WIDE, json!({"output": "softmax", "loss": "log_loss", "solver": adam})),
        (1, &HIDDEN, json!({"output": "logistic", "loss": "log_loss", "solver": {"name": "AdamW"}})),
        (2, &HIDDEN, json!({"output": "identity", "loss": "squared_error", "solver": sgd, "activation": "relu"})),
        (1, &HIDDEN, json!({"output": "exp", "loss": "poisson", "solver": sgd, "activation": "logistic"})),
        (3, &TRIED, json!({"output": "softmax", "loss": "log_loss", "solver": adam, "max_iter": 8})),
    ];
    for (i, (outputs, hidden, kind)) in kinds.iter().enumerate() {
        let (weighted, sparse) = (i % 2 == 0, i >= 3);
        let loss = kind["loss"].as_str().unwrap();
        let problem = Problem::<T>::random(40, SAMPLES, FEATURES, loss, *outputs, weighted);
        let widest = Isa::available().pop().unwrap();
        let expected = learn(&Team::serial(widest), &problem, hidden, kind, sparse);
        for isa in Isa::available().into_iter().filter(|isa| *isa == isa.vectors()) {
            // The portable path is slow where the CPU path is a library call: the extremes will do.
            let threads = if isa == Isa::Scalar { &[1, 7][..] } else { &[1, 2, 3, 7] };
            for &threads in threads {
                let bits = learn(&Team::new(isa, threads), &problem, hidden, kind, sparse);
                assert!(bits == expected, "{} {hidden:?} {kind}: {} with {threads} threads", T::NAME, isa.name());
            }
        }
    }
}

#[test]
fn every_path_and_number_of_threads_gives_the_same_bits() {
    same_bits::<f32>();
    same_bits::<f64>();
}

#[test]
fn every_path_and_number_of_threads_gives_the_same_bits_in_bf16() {
    let kind = json!({
        "output": "softmax", "loss": "log_loss", "solver": {"name": "Adam"}, "precision": "bfloat16", "score": "accuracy",
    });
    let problem = Problem::<f32>::random(41, 300, FEATURES, "log_loss", 3, true);
    let single = json!({
        "output": "logistic", "loss": "log_loss", "solver": {"name": "Adam"}, "precision": "bfloat16", "activation": "relu",
    });
    let one = Problem::<f32>::random(42, 300, FEATURES, "log_loss", 1, true);
    for (problem, hidden, kind) in [(&problem, &WIDE[..], &kind), (&problem, &HIDDEN, &kind), (&one, &[], &single)] {
        let expected = learn(&Team::serial(Isa::available().pop().unwrap()), problem, hidden, kind, false);
        for isa in Isa::available() {
            for threads in [1, 3] {
                let bits = learn(&Team::new(isa, threads), problem, hidden, kind, false);
                assert!(bits == expected, "{hidden:?}: {} with {threads} threads", isa.name());
            }
        }
    }
}

#[test]
fn bf16_is_refused_where_there_is_none() {
    let kind = json!({
        "output": "softmax", "loss": "log_loss", "solver": {"name": "Adam"}, "precision": "bfloat16", "max_iter": 1,
        "units": [FEATURES, 3], "activation": "tanh", "alpha": 0.0, "batch_size": 10, "tol": 0.0, "n_iter_no_change": 10,
        "schedule": {"name": "constant"}, "score": null,
    });
    fn refusal<T: Real>(kind: &Value, sparse: bool) -> String {
        let problem = Problem::<T>::random(43, 30, FEATURES, "log_loss", 3, false);
        let config = config(kind.clone());
        let start = vec![T::zero(); parameters(&config.units)];
        let (data, team) = (problem.training_data(sparse), Team::serial(Isa::Scalar));
        train(&team, &data, &start, &config, None, Shuffle::None, &mut ()).unwrap_err().to_string()
    }
    assert_eq!(refusal::<f64>(&kind, false), "`precision` must be 'native' for data of float64, got \"bfloat16\"");
    assert_eq!(refusal::<f32>(&kind, true), "`precision` must be 'native' for sparse rows, got \"bfloat16\"");
}
