//! Shared by the tests: problems small enough to think about, dense and sparse, in both element types.

use thalweg_core::data::{Dataset, Input, Shuffle};
use thalweg_core::mlp::MlpConfig;
use thalweg_core::training::{Observer, OptimizerState, Report, TrainingData, train};
use thalweg_kernels::random::Mt19937;
use thalweg_kernels::sparse::CsrRef;
use thalweg_kernels::{Isa, MatRef, Real, Team};

use serde_json::Value;

/// The widest path of this machine, one thread.
pub fn team() -> Team {
    Team::serial(Isa::available().pop().unwrap())
}

pub fn uniform(generator: &mut Mt19937, low: f64, high: f64) -> f64 {
    low + (high - low) * (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

pub fn uniforms<T: Real>(seed: u32, count: usize, low: f64, high: f64) -> Vec<T> {
    let mut generator = Mt19937::from_seed(seed);
    (0..count).map(|_| T::of(uniform(&mut generator, low, high))).collect()
}

/// Inputs in both forms, targets and weights.
#[derive(Clone, Debug)]
pub struct Problem<T> {
    pub x: Vec<T>,
    pub samples: usize,
    pub features: usize,
    pub y: Vec<T>,
    pub outputs: usize,
    pub weights: Option<Vec<T>>,
    stored: Vec<T>,
    indices: Vec<u32>,
    indptr: Vec<usize>,
}

impl<T: Real> Problem<T> {
    pub fn new(x: &[T], features: usize, y: &[T], outputs: usize, weights: Option<&[T]>) -> Self {
        let samples = y.len() / outputs;
        let (mut stored, mut indices, mut indptr) = (Vec::new(), Vec::new(), vec![0]);
        for row in x.chunks(features) {
            for (j, value) in row.iter().enumerate().filter(|(_, value)| **value != T::zero()) {
                stored.push(*value);
                indices.push(j as u32);
            }
            indptr.push(stored.len());
        }
        let (x, y, weights) = (x.to_vec(), y.to_vec(), weights.map(<[T]>::to_vec));
        Self { x, samples, features, y, outputs, weights, stored, indices, indptr }
    }

    /// Random inputs, some of them zero, and targets of the kind that `loss` takes.
    pub fn random(seed: u32, samples: usize, features: usize, loss: &str, outputs: usize, weighted: bool) -> Self {
        let mut x = uniforms::<T>(seed, samples * features, -1.5, 1.5);
        x.iter_mut().step_by(3).for_each(|value| *value = T::zero());
        let mut y = uniforms::<T>(seed + 1, samples * outputs, 0.0, 3.0);
        for row in y.chunks_mut(outputs) {
            match (loss, outputs) {
                ("log_loss", 1 | 2) => row.iter_mut().for_each(|y| *y = T::of(f64::from(u8::from(y.wide() > 1.5)))),
                ("log_loss", _) => {
                    let class = (row[0].wide() * outputs as f64 / 3.0) as usize;
                    row.fill(T::zero());
                    row[class] = T::one();
                }
                ("poisson", _) => row.iter_mut().for_each(|y| *y = y.floor()),
                _ => {}
            }
        }
        let weights = weighted.then(|| uniforms::<T>(seed + 2, samples, 0.1, 2.0));
        Self::new(&x, features, &y, outputs, weights.as_deref())
    }

    pub fn csr(&self) -> CsrRef<'_, T> {
        CsrRef::new(&self.stored, &self.indices, &self.indptr, self.features).unwrap()
    }

    pub fn input(&self, sparse: bool) -> Input<'_, T> {
        if sparse {
            return Input::Sparse(self.csr());
        }
        Input::Dense(MatRef::new(&self.x, self.samples, self.features))
    }

    pub fn dataset(&self, sparse: bool) -> Dataset<'_, T> {
        let y = MatRef::new(&self.y, self.samples, self.outputs);
        Dataset::new(self.input(sparse), y, self.weights.as_deref()).unwrap()
    }

    pub fn training_data(&self, sparse: bool) -> TrainingData<'_, T> {
        TrainingData { dataset: self.dataset(sparse), train_rows: None, validation_rows: None, validation: None }
    }
}

/// Number of parameters of a network.
pub fn parameters(units: &[usize]) -> usize {
    units.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
}

pub fn config(value: Value) -> MlpConfig {
    serde_json::from_value(value).unwrap()
}

/// A configuration that a test may change: Adam on a squared error.
pub fn regression(units: &[usize]) -> MlpConfig {
    config(serde_json::json!({
        "units": units, "activation": "tanh", "output": "identity", "loss": "squared_error",
        "alpha": 1e-4, "batch_size": 8, "max_iter": 5, "tol": 0.0, "n_iter_no_change": null,
        "solver": {"name": "Adam", "lr": 0.01}, "schedule": {"name": "constant"}, "score": null,
    }))
}

pub fn fit<T: Real>(data: &TrainingData<'_, T>, params: &[T], config: &MlpConfig, shuffle: Shuffle) -> Report<T> {
    resume(data, params, config, None, shuffle, &mut ())
}

pub fn resume<T: Real>(
    data: &TrainingData<'_, T>,
    params: &[T],
    config: &MlpConfig,
    state: Option<&OptimizerState<T>>,
    shuffle: Shuffle,
    observer: &mut dyn Observer,
) -> Report<T> {
    train(&team(), data, params, config, state, shuffle, observer).unwrap()
}

/// Numbers of a JSON array of any depth, in order.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

pub fn rounded<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|value| T::of(*value)).collect()
}

/// Fails unless every value is within `tolerance` of the largest expected one.
pub fn assert_close<T: Real>(actual: &[T], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}: number of values");
    let scale = expected.iter().fold(1e-300, |scale: f64, value| scale.max(value.abs()));
    for (i, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (actual.wide() - expected).abs();
        assert!(error <= tolerance * scale, "{what}: value {i} is {actual}, expected {expected}: off by {error:e}");
    }
}
