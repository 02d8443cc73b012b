//! One tensor of a step as slices, for members that do more than sweep.

use thalweg_kernels::sweep::{Arenas, Grads, Rule, Segment, sweep};
use thalweg_kernels::{Real, Team};

/// One tensor: its shape, elements, gradient and what `N` buffers hold for it.
#[derive(Debug)]
pub struct TensorMut<'a, T, const N: usize> {
    /// Elements along each axis.
    pub shape: &'a [usize],
    /// The parameters.
    pub params: &'a mut [T],
    /// The gradient, without the penalty: the rule's gradient is `l2 * params + gradient`.
    pub gradient: &'a [T],
    /// Factor of the penalty, often 0.
    pub l2: T,
    /// The buffers, in the order asked for.
    pub buffers: [&'a mut [T]; N],
}

impl<T: Real, const N: usize> TensorMut<'_, T, N> {
    /// Applies an elementwise rule to this tensor alone, with buffers of whatever extent that are as long.
    ///
    /// # Panics
    /// If a buffer is not.
    pub fn sweep(&mut self, team: &Team, rule: &impl Rule<T, N>) {
        let whole = Segment { tensor: 0, start: 0, len: self.params.len(), penalised: true };
        let arenas = Arenas {
            params: &mut *self.params,
            grads: Grads::Arena(self.gradient),
            penalty: self.l2,
            state: self.buffers.each_mut().map(|buffer| &mut **buffer),
        };
        sweep(team, &[whole], |_| rule, arenas);
    }
}
