//! Small dense linear algebra in double precision, for optimizers that look at the shape of the gradient's distribution:
//! the same bits for any number of threads and CPU path.

mod householder;
mod jacobi;

pub use householder::orthonormalise;
pub use jacobi::{Eigen, symmetric_eigen};
