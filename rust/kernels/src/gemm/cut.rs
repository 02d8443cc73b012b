//! A product cut into chunks, for whoever shares them out.

use super::chunk::{Chunk, Compiled, Product};
use super::narrow::is_narrow;
use super::plan::Plan;
use crate::matrix::MatRef;
use crate::real::Real;
use crate::team::{Role, Team};

/// How C = A B is cut, and whether as C^T = B^T A^T.
#[derive(Debug)]
pub(crate) struct Cut {
    plan: Plan,
    is_turned: bool,
}

impl Cut {
    /// For a C that is not empty, whose rows are `c_row` elements apart. Only a product without an epilogue may be turned.
    pub(crate) fn of<T: Real>(team: &Team, a: MatRef<'_, T>, b: MatRef<'_, T>, c_row: usize, may_turn: bool) -> Self {
        let is_turned = may_turn && is_better_turned(&a, &b, c_row);
        let (a, b) = if is_turned { (b.t(), a.t()) } else { (a, b) };
        Self { plan: Plan::of::<T>(team, &a, &b), is_turned }
    }

    /// How many chunks there are.
    pub(crate) fn chunks(&self) -> usize {
        self.plan.chunks()
    }

    /// Computes chunk `index` of the product that was cut, or what others have left of it.
    pub(crate) fn run<T: Real>(&self, team: &Team, product: &Product<'_, T>, index: usize, role: Role<'_>) {
        let (rows, cols) = self.plan.chunk(index);
        let turned = self.is_turned.then(|| product.transposed());
        let product = turned.as_ref().unwrap_or(product);
        Compiled::run(team.isa(), Chunk { product, plan: &self.plan, rows, cols, role });
    }
}

/// Whether C^T = B^T A^T takes less time: a few rows are a few columns then, and a column of C a row as wide as can be.
fn is_better_turned<T: Real>(a: &MatRef<'_, T>, b: &MatRef<'_, T>, c_row: usize) -> bool {
    let few_rows = b.row_stride() == 1 && is_narrow(&b.t(), &a.t());
    let column = b.cols() == 1 && c_row == 1 && a.rows() > 1 && a.row_stride() == 1;
    few_rows || column
}
