//! The line search for the strong Wolfe conditions by bracketing and cubic interpolation, of Schmidt's minFunc, as PyTorch
//! has it: the same points are tried in the same order.

use thalweg_kernels::Real;

use super::{Point, Ray};
use crate::optimizers::closure::Answer;
use crate::optimizers::{Of, Step};

/// A bracket shrinks by this share at the least, every second time.
const LEAST_PROGRESS: f64 = 0.1;

/// The search, and when it ends.
#[derive(Clone, Copy, Debug)]
pub struct StrongWolfe {
    /// How much of the slope's promise must be kept.
    pub c1: f64,
    /// How much of the slope may be left.
    pub c2: f64,
    /// A bracket in which no element moves further than this is not searched any more.
    pub tolerance_change: f64,
    /// Evaluations after the first before the search is given up.
    pub max_ls: u64,
    /// Where the gradients are kept; not at all where nobody asks for that of the point found.
    pub gradients: Option<Gradients>,
}

/// Buffers for gradients.
#[derive(Clone, Copy, Debug)]
pub struct Gradients {
    /// That at the start; read only.
    pub start: usize,
    /// Those at the ends of the bracket.
    pub ends: [usize; 2],
}

/// Where a search ended; the parameters are there.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The point.
    pub point: Point,
    /// Where its gradient is, if gradients are kept.
    pub gradient: Of,
    /// Evaluations that it took.
    pub evaluations: u64,
}

/// A point, and where its gradient is.
#[derive(Clone, Copy)]
struct End {
    point: Point,
    gradient: Of,
}

impl StrongWolfe {
    /// Moves the parameters along the ray, to `first` or as far as the conditions ask.
    pub fn search<T: Real>(&self, step: &mut Step<'_, T>, ray: &Ray, first: f64) -> Answer<Found> {
        let mut search = Search { rules: *self, ray: *ray, evaluations: 0 };
        let (bracket, done) = search.bracket(step, first)?;
        let end = if done { bracket[0] } else { search.zoom(step, bracket)? };
        if end.gradient != Of::Gradient {
            // Not the last point that was tried.
            ray.go(step, end.point.at);
        }
        Ok(Found { point: end.point, gradient: end.gradient, evaluations: search.evaluations })
    }
}

struct Search {
    rules: StrongWolfe,
    ray: Ray,
    evaluations: u64,
}

impl Search {
    fn probe<T: Real>(&mut self, step: &mut Step<'_, T>, at: f64) -> Answer<End> {
        self.evaluations += 1;
        Ok(End { point: self.ray.probe(step, at)?, gradient: Of::Gradient })
    }

    fn start(&self) -> End {
        let gradient = self.rules.gradients.map_or(Of::Params, |kept| Of::Buffer(kept.start));
        End { point: self.ray.begin(), gradient }
    }

    /// The same point with its gradient where the next evaluation cannot reach it, nor is that of `other`.
    fn kept<T: Real>(&self, step: &mut Step<'_, T>, end: End, other: Of) -> End {
        let Some(Gradients { ends: [first, second], .. }) = self.rules.gradients else {
            return End { gradient: Of::Params, ..end };
        };
        let gradient = Of::Buffer(if other == Of::Buffer(first) { second } else { first });
        step.copy(end.gradient, gradient);
        End { gradient, ..end }
    }

    fn gains_too_little(&self, point: Point) -> bool {
        point.loss > self.ray.loss + self.rules.c1 * point.at * self.ray.slope
    }

    fn is_flat(&self, point: Point) -> bool {
        point.slope.abs() <= -self.rules.c2 * self.ray.slope
    }

    /// Goes on until a point is found, which comes first with `true`, or is known to lie between two.
    fn bracket<T: Real>(&mut self, step: &mut Step<'_, T>, first: f64) -> Answer<([End; 2], bool)> {
        let mut previous = self.start();
        let mut new = self.probe(step, first)?;
        for iteration in 0..self.rules.max_ls {
            let too_high = self.gains_too_little(new.point);
            if too_high || (iteration > 1 && new.point.loss >= previous.point.loss) {
                return Ok(([previous, self.kept(step, new, previous.gradient)], false));
            }
            if self.is_flat(new.point) {
                return Ok(([new, new], true));
            }
            if new.point.slope >= 0.0 {
                return Ok(([previous, self.kept(step, new, previous.gradient)], false));
            }
            let (from, to) = (previous.point.at, new.point.at);
            let at = cubic(previous.point, new.point, (to + 0.01 * (to - from), 10.0 * to));
            previous = self.kept(step, new, Of::Gradient);
            new = self.probe(step, at)?;
        }
        // Out of evaluations; the lower of both ends is taken.
        Ok(([self.start(), self.kept(step, new, Of::Gradient)], false))
    }

    /// Makes a bracket smaller until a point is found; returns the lower of its ends otherwise.
    fn zoom<T: Real>(&mut self, step: &mut Step<'_, T>, mut bracket: [End; 2]) -> Answer<End> {
        let longest = step.largest_abs(Of::Buffer(self.ray.direction));
        let mut was_close = false;
        let mut low = lower(&bracket);
        while self.evaluations <= self.rules.max_ls {
            let [a, b] = bracket.map(|end| end.point);
            if (b.at - a.at).abs() * longest < self.rules.tolerance_change {
                break;
            }
            let at = self.inside(a, b, &mut was_close);
            let new = self.probe(step, at)?;
            let high = 1 - low;
            if self.gains_too_little(new.point) || new.point.loss >= bracket[low].point.loss {
                bracket[high] = self.kept(step, new, bracket[low].gradient);
                low = lower(&bracket);
                continue;
            }
            if self.is_flat(new.point) {
                return Ok(new);
            }
            if new.point.slope * (bracket[high].point.at - bracket[low].point.at) >= 0.0 {
                bracket[high] = bracket[low];
            }
            bracket[low] = self.kept(step, new, bracket[high].gradient);
        }
        Ok(bracket[low])
    }

    /// The next point to try between two: not close to either end twice in a row.
    fn inside(&self, a: Point, b: Point, was_close: &mut bool) -> f64 {
        let (left, right) = (a.at.min(b.at), a.at.max(b.at));
        let at = cubic(a, b, (left, right));
        let margin = LEAST_PROGRESS * (right - left);
        let is_close = (right - at).min(at - left) < margin;
        if is_close && (*was_close || at >= right || at <= left) {
            *was_close = false;
            return if (at - right).abs() < (at - left).abs() { right - margin } else { left + margin };
        }
        *was_close = is_close;
        at
    }
}

fn lower(bracket: &[End; 2]) -> usize {
    usize::from(bracket[0].point.loss > bracket[1].point.loss)
}

/// The lowest point of the cubic through two points with their slopes, within bounds; the middle where there is none.
fn cubic(a: Point, b: Point, (least, most): (f64, f64)) -> f64 {
    let middle = (least + most) / 2.0;
    let (left, right) = if a.at <= b.at { (a, b) } else { (b, a) };
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.at - b.at);
    let square = d1 * d1 - a.slope * b.slope;
    if square < 0.0 || !square.is_finite() {
        return middle;
    }
    let d2 = square.sqrt();
    let share = (right.slope + d2 - d1) / (right.slope - left.slope + 2.0 * d2);
    let lowest = right.at - (right.at - left.at) * share;
    // Where both slopes and losses are equal there is no number.
    if lowest.is_nan() { middle } else { lowest.max(least).min(most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: f64, loss: f64, slope: f64) -> Point {
        Point { at, loss, slope }
    }

    #[test]
    fn the_cubic_finds_a_parabola_s_lowest_point() {
        // (t - 3)^2 from both sides.
        let (a, b) = (point(0.0, 9.0, -6.0), point(5.0, 4.0, 4.0));
        assert!((cubic(a, b, (0.0, 5.0)) - 3.0).abs() < 1e-14);
        assert!((cubic(b, a, (0.0, 5.0)) - 3.0).abs() < 1e-14);
        assert_eq!(cubic(a, b, (3.5, 5.0)), 3.5);
    }

    #[test]
    fn the_middle_is_tried_where_a_cubic_tells_nothing() {
        let wall = point(1.0, f64::INFINITY, f64::NAN);
        assert_eq!(cubic(point(0.0, 1.0, -1.0), wall, (0.0, 1.0)), 0.5);
        assert_eq!(cubic(point(0.0, 1.0, 0.0), point(1.0, 1.0, 0.0), (0.0, 1.0)), 0.5);
    }
}
