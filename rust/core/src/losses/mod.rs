//! Losses: takes targets and outputs, yields the value to report and the slope to send back. One file a member; the
//! registry is [`Loss`].
//!
//! A loss sums a *term* over samples and outputs. Its *slope* is the derivative of the term by the last layer's sum z, for
//! the output activation that the loss is made for; there the slope is `output - y` for each of the losses here. The losses
//! of linear models are defined elsewhere, one prediction at a time, and applied to batches by [`linear`].

mod likelihood;
mod linear;
mod log_loss;
mod poisson;
mod squared_error;

use thalweg_kernels::partition::CHUNK;
use thalweg_kernels::reduce::sum;
use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::{Real, Team};

use crate::linear::losses::LossConfig;

pub use likelihood::Likelihood;
pub use log_loss::{BinaryLogLoss, CategoricalLogLoss};
pub use poisson::Poisson;
pub use squared_error::SquaredError;

/// What a member of the family says about one sample and output, in all lanes at once.
pub trait Term: Copy + Sync {
    /// What is summed over samples and outputs.
    fn term<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V;

    /// Derivative of the term by the last layer's sum, up to [`Self::scale`].
    fn slope<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V;

    /// Factor of the sum of terms over `outputs` outputs.
    fn scale(self, outputs: usize) -> f64;

    /// Factor of the slope that makes it the derivative of the reported loss.
    fn slope_scale(self, outputs: usize) -> f64;

    /// How targets scatter about their prediction, where the loss is the logarithm of a probability.
    fn likelihood(self) -> Option<Likelihood> {
        None
    }
}

/// Which function the gradient belongs to. The two differ for a squared error of several outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradientOf {
    /// The loss summed over the outputs: what scikit-learn's sgd and adam follow, whatever they report.
    SumOverOutputs,
    /// The loss as reported: what a line search needs.
    ReportedLoss,
}

/// Targets and outputs of a batch, both of shape (rows, outputs), flat; a weight each row.
#[derive(Clone, Copy, Debug)]
pub struct Prediction<'a, T> {
    /// Targets.
    pub y: &'a [T],
    /// Outputs of the network, after the output activation.
    pub output: &'a [T],
    /// Each row counts 1 where there are none.
    pub weights: Option<&'a [T]>,
    /// Number of outputs.
    pub outputs: usize,
}

macro_rules! registry {
    ($($(#[$doc:meta])* $Member:ident,)+) => {
        /// The registry of losses: one line a member.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Loss {
            $($(#[$doc])* $Member,)+
            /// A loss of linear models.
            Linear(LossConfig),
        }

        impl Loss {
            /// Every loss, those of linear models apart.
            pub const ALL: &'static [Self] = &[$(Self::$Member,)+];

            /// How targets scatter about their prediction; `None` where the loss does not say.
            #[must_use]
            pub fn likelihood(&self) -> Option<Likelihood> {
                match self {
                    $(Self::$Member => $Member.likelihood(),)+
                    Self::Linear(_) => None,
                }
            }

            /// The terms of a batch, each times the weight of its row. `terms` is of the targets' length.
            pub fn terms<T: Real>(&self, team: &Team, batch: &Prediction<'_, T>, terms: &mut [T]) {
                match self {
                    $(Self::$Member => map(team, Terms($Member), batch, T::one(), terms),)+
                    Self::Linear(loss) => linear::terms(team, loss, batch, terms),
                }
            }

            /// The loss of a batch, to be divided by the sum of its rows' weights, from all its terms.
            pub fn total<T: Real>(&self, team: &Team, terms: &[T], outputs: usize) -> f64 {
                let scale = match self {
                    $(Self::$Member => $Member.scale(outputs),)+
                    Self::Linear(_) => 1.0,
                };
                sum(team, terms).wide() * scale
            }

            /// The gradient of the last layer's sums: each row's slope times its weight times `factor`. `delta` is of
            /// the targets' length.
            pub fn delta<T: Real>(
                &self,
                team: &Team,
                batch: &Prediction<'_, T>,
                gradient_of: GradientOf,
                factor: f64,
                delta: &mut [T],
            ) {
                match self {
                    $(Self::$Member => {
                        let scale = match gradient_of {
                            GradientOf::SumOverOutputs => 1.0,
                            GradientOf::ReportedLoss => $Member.slope_scale(batch.outputs),
                        };
                        map(team, Slopes($Member), batch, T::of(factor * scale), delta);
                    })+
                    Self::Linear(loss) => linear::delta(team, loss, batch, factor, delta),
                }
            }
        }
    };
}

registry! {
    /// Half the mean square of the error.
    SquaredError,
    /// Half the Poisson deviance.
    Poisson,
    /// Cross entropy of independent labels, or of two classes.
    BinaryLogLoss,
    /// Cross entropy of classes that exclude one another.
    CategoricalLogLoss,
}

/// A function of target and output.
trait Pointwise: Copy + Sync {
    fn apply<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V;
}

#[derive(Clone, Copy)]
struct Terms<L>(L);

impl<L: Term> Pointwise for Terms<L> {
    #[inline(always)]
    fn apply<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        self.0.term(s, y, output)
    }
}

#[derive(Clone, Copy)]
struct Slopes<L>(L);

impl<L: Term> Pointwise for Slopes<L> {
    #[inline(always)]
    fn apply<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        self.0.slope(s, y, output)
    }
}

/// `out = function(y, output) * (weight of the row * factor)`
fn map<T: Real, F: Pointwise>(team: &Team, function: F, batch: &Prediction<'_, T>, factor: T, out: &mut [T]) {
    let outputs = batch.outputs.max(1);
    let rows_per_chunk = (CHUNK / outputs).max(1);
    team.for_each_part(out, rows_per_chunk * outputs, &|offset, out| {
        let (first, len) = (offset / outputs, out.len());
        let weights = batch.weights.map(|weights| &weights[first..first + len / outputs]);
        let (y, output) = (&batch.y[offset..offset + len], &batch.output[offset..offset + len]);
        let prediction = Prediction { y, output, weights, outputs };
        T::dispatch(team.isa(), Map { function, prediction, factor, out });
    });
}

struct Map<'a, T, F> {
    function: F,
    prediction: Prediction<'a, T>,
    factor: T,
    out: &'a mut [T],
}

impl<T: Real, F: Pointwise> Kernel<T> for Map<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let Prediction { y, output, weights, outputs } = self.prediction;
        match weights {
            None => flat(s, self.function, y, output, self.factor, self.out),
            Some(weights) if outputs == 1 => column(s, self.function, y, output, weights, self.factor, self.out),
            Some(weights) => {
                for (row, weight) in weights.iter().enumerate() {
                    let range = row * outputs..(row + 1) * outputs;
                    let (y, output) = (&y[range.clone()], &output[range.clone()]);
                    flat(s, self.function, y, output, *weight * self.factor, &mut self.out[range]);
                }
            }
        }
    }
}

/// All elements have the same factor.
#[inline(always)]
fn flat<T: Real, S: Simd<T>, F: Pointwise>(s: S, function: F, y: &[T], output: &[T], factor: T, out: &mut [T]) {
    let factor = s.splat(factor);
    let vectors = y.chunks(S::LANES).zip(output.chunks(S::LANES));
    for (out, (y, output)) in out.chunks_mut(S::LANES).zip(vectors) {
        let value = function.apply(s, s.load_tail(y), s.load_tail(output));
        s.store_tail(out, s.mul(value, factor));
    }
}

/// One output a row, so that the weights lie beside the elements.
#[inline(always)]
fn column<T: Real, S: Simd<T>, F: Pointwise>(
    s: S,
    function: F,
    y: &[T],
    output: &[T],
    weights: &[T],
    factor: T,
    out: &mut [T],
) {
    let factor = s.splat(factor);
    let vectors = y.chunks(S::LANES).zip(output.chunks(S::LANES)).zip(weights.chunks(S::LANES));
    for (out, ((y, output), weights)) in out.chunks_mut(S::LANES).zip(vectors) {
        let value = function.apply(s, s.load_tail(y), s.load_tail(output));
        s.store_tail(out, s.mul(value, s.mul(s.load_tail(weights), factor)));
    }
}
