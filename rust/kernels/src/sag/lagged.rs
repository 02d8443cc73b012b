//! Weights of a linear model for sparse samples, moved when a sample asks for them ("just in time").
//!
//! What a step does to all weights depends, between two samples that touch a weight, on nothing but sums over the steps: a
//! factor of all weights (`scale`), the sum of rates and the sum of thresholds. A weight keeps how far these sums were
//! when it was last moved. So a step costs as much as its sample has elements.

use super::{Change, Drift, shrink};
use crate::aligned::{AlignedVec, OutOfMemory};
use crate::arch::Isa;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// The scale below which all weights are brought up to date, for 1 / scale is a factor of what is added to them.
const SMALLEST_SCALE: f64 = 1e-9;

/// Weights and sums of gradients, of shape (features, outputs), and what they still have to go through.
#[derive(Debug)]
pub struct LaggedWeights<T: Real> {
    outputs: usize,
    /// For each feature its weights over `scale`, then its sums of gradients: together, for they are used together.
    cells: AlignedVec<T>,
    /// For each feature the sum of rates when it was last moved.
    rates: Vec<f64>,
    /// For each feature the step at which it was last moved, where there are thresholds.
    moved: Vec<u32>,
    /// `[sum of rates, sum of thresholds]` after each step since all weights were up to date; the latest alone where there
    /// are no thresholds.
    history: Vec<[f64; 2]>,
    shrinks: bool,
    scale: f64,
}

impl<T: Real> LaggedWeights<T> {
    /// Begins with `weights` of shape (outputs, features) and sums of zero. `shrinks` says whether there will be
    /// thresholds.
    ///
    /// # Errors
    /// When memory is short.
    ///
    /// # Panics
    /// If there are no outputs, or the number of weights is no multiple of them.
    pub fn new(weights: &[T], outputs: usize, shrinks: bool) -> Result<Self, OutOfMemory> {
        let features = weights.len() / outputs;
        assert_eq!(features * outputs, weights.len(), "weights of {outputs} outputs");
        let mut cells = AlignedVec::zeros(2 * weights.len())?;
        for (f, cell) in cells.chunks_exact_mut(2 * outputs).enumerate() {
            (0..outputs).for_each(|k| cell[k] = weights[k * features + f]);
        }
        let rates = filled(features, 0.0)?;
        let moved = filled(if shrinks { features } else { 0 }, 0)?;
        Ok(Self { outputs, cells, rates, moved, history: vec![[0.0; 2]], shrinks, scale: 1.0 })
    }

    /// The weights as they were at the last flush, to `weights` of shape (outputs, features).
    ///
    /// # Panics
    /// If the length is wrong.
    pub fn copy_to(&self, weights: &mut [T]) {
        let (outputs, features) = (self.outputs, self.rates.len());
        assert_eq!(weights.len(), outputs * features, "number of weights");
        for (f, cell) in self.cells.chunks_exact(2 * outputs).enumerate() {
            (0..outputs).for_each(|k| weights[k * features + f] = cell[k]);
        }
    }

    /// Writes the product of the weights with a sample to `dots`, one for each output; moves the weights that it touches.
    ///
    /// # Panics
    /// If lengths do not agree, or there is no such column.
    pub fn product(&mut self, isa: Isa, columns: &[u32], values: &[T], dots: &mut [T]) {
        assert_eq!(dots.len(), self.outputs, "one product an output");
        assert_eq!(columns.len(), values.len(), "columns and values of a sample");
        T::dispatch(isa, Product { weights: self, columns, values, dots });
    }

    /// Takes a step by the sample of the last product.
    ///
    /// # Panics
    /// If lengths do not agree, or there is no such column.
    pub fn step(&mut self, isa: Isa, columns: &[u32], values: &[T], changes: &[Change<T>], drift: Drift<f64>) {
        assert_eq!(changes.len(), self.outputs, "one change an output");
        self.scale *= drift.decay;
        let over = T::of(1.0 / self.scale);
        T::dispatch(isa, Correct { weights: self, columns, values, changes, over });
        let [rates, thresholds] = self.now();
        let now = [rates + drift.rate / self.scale, thresholds + drift.threshold / self.scale];
        if self.shrinks {
            self.history.push(now);
        } else {
            self.history[0] = now;
        }
        if self.scale < SMALLEST_SCALE {
            self.flush(isa);
        }
    }

    /// Brings all weights up to date.
    pub fn flush(&mut self, isa: Isa) {
        T::dispatch(isa, Flush(self));
        self.rates.fill(0.0);
        self.moved.fill(0);
        self.history.clear();
        self.history.push([0.0; 2]);
        self.scale = 1.0;
    }

    #[inline(always)]
    fn now(&self) -> [f64; 2] {
        self.history[self.history.len() - 1]
    }

    /// Moves the weights of one feature through the steps since they were last moved; returns its cell. `now` is
    /// [`Self::now`], which does not change within a sample.
    #[inline(always)]
    fn catch_up<const ONE: bool>(&mut self, feature: usize, now: [f64; 2]) -> &mut [T] {
        let outputs = if ONE { 1 } else { self.outputs };
        let rate = now[0] - self.rates[feature];
        self.rates[feature] = now[0];
        let cell = &mut self.cells[2 * outputs * feature..][..2 * outputs];
        let (weights, sums) = cell.split_at_mut(outputs);
        if self.shrinks {
            let (first, last) = (self.moved[feature] as usize, self.history.len() - 1);
            self.moved[feature] = last as u32;
            catch_up_shrinking(weights, sums, &self.history, first, last);
        } else {
            let rate = T::of(-rate);
            for (w, g) in weights.iter_mut().zip(sums) {
                *w = rate.mul_add(*g, *w);
            }
        }
        cell
    }
}

fn filled<V: Clone>(len: usize, value: V) -> Result<Vec<V>, OutOfMemory> {
    let mut vector = Vec::new();
    vector.try_reserve_exact(len).map_err(|_| OutOfMemory { elements: len })?;
    vector.resize(len, value);
    Ok(vector)
}

/// The steps after `first` up to `last`, with thresholds.
#[inline(always)]
fn catch_up_shrinking<T: Real>(weights: &mut [T], sums: &[T], history: &shrink::History, first: usize, last: usize) {
    let (before, now) = (history[first], history[last]);
    let (rate, threshold) = (now[0] - before[0], now[1] - before[1]);
    for (w, g) in weights.iter_mut().zip(sums) {
        let (old, g) = (w.wide(), g.wide());
        let way = g * rate;
        *w = T::of(if way.abs() < threshold {
            // All steps at once, as scikit-learn takes them: thresholds win.
            shrink::scalar(old - way, threshold)
        } else {
            shrink::many(old, g, history, first, last)
        });
    }
}

struct Product<'a, T: Real> {
    weights: &'a mut LaggedWeights<T>,
    columns: &'a [u32],
    values: &'a [T],
    dots: &'a mut [T],
}

impl<T: Real> Kernel<T> for Product<'_, T> {
    type Output = ();

    /// Products are chains of multiply-adds in the order of the columns.
    #[inline(always)]
    fn eval<S: Simd<T>>(self, _: S) {
        let Self { weights, columns, values, dots } = self;
        let (now, scale) = (weights.now(), T::of(weights.scale));
        let terms = columns.iter().zip(values);
        if let [dot] = dots {
            // In a register: a sum in memory would wait for itself.
            let mut sum = T::zero();
            for (&column, &value) in terms {
                sum = value.mul_add(weights.catch_up::<true>(column as usize, now)[0], sum);
            }
            *dot = sum * scale;
            return;
        }
        dots.fill(T::zero());
        for (&column, &value) in terms {
            let cell = weights.catch_up::<false>(column as usize, now);
            for (dot, w) in dots.iter_mut().zip(cell) {
                *dot = value.mul_add(*w, *dot);
            }
        }
        dots.iter_mut().for_each(|dot| *dot *= scale);
    }
}

struct Correct<'a, T: Real> {
    weights: &'a mut LaggedWeights<T>,
    columns: &'a [u32],
    values: &'a [T],
    changes: &'a [Change<T>],
    /// 1 / scale
    over: T,
}

impl<T: Real> Kernel<T> for Correct<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _: S) {
        let outputs = self.changes.len();
        let cells = &mut self.weights.cells;
        for (&column, &value) in self.columns.iter().zip(self.values) {
            let (weights, sums) = cells[2 * outputs * column as usize..][..2 * outputs].split_at_mut(outputs);
            for ((w, g), change) in weights.iter_mut().zip(sums).zip(self.changes) {
                *w = (-(change.weights * self.over)).mul_add(value, *w);
                *g = change.sum.mul_add(value, *g);
            }
        }
    }
}

struct Flush<'a, T: Real>(&'a mut LaggedWeights<T>);

impl<T: Real> Kernel<T> for Flush<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _: S) {
        let (outputs, scale, now) = (self.0.outputs, T::of(self.0.scale), self.0.now());
        for feature in 0..self.0.rates.len() {
            let cell = self.0.catch_up::<false>(feature, now);
            cell[..outputs].iter_mut().for_each(|w| *w *= scale);
        }
    }
}
