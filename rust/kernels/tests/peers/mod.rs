//! Matrix products by other crates, on one thread: what ours are compared with, in value (tests) and in time (benches).

use thalweg_kernels::{MatRef, Real};

/// Element types that the other crates multiply as well.
pub trait Peers: Real {
    /// `c = a b` by `gemmkit`; the rows of C are contiguous.
    fn gemmkit(a: MatRef<'_, Self>, b: MatRef<'_, Self>, c: &mut [Self]);

    /// `c = a b` by `matrixmultiply`; the rows of C are contiguous.
    fn matrixmultiply(a: MatRef<'_, Self>, b: MatRef<'_, Self>, c: &mut [Self]);
}

fn gemmkit_view<T>(x: MatRef<'_, T>) -> gemmkit::MatRef<'_, T>
where
    T: Real + gemmkit::GemmScalar,
{
    gemmkit::MatRef::new(x.data(), x.rows(), x.cols(), x.row_stride() as isize, x.col_stride() as isize)
}

macro_rules! peers {
    ($type:ty, $product:path) => {
        impl Peers for $type {
            fn gemmkit(a: MatRef<'_, Self>, b: MatRef<'_, Self>, c: &mut [Self]) {
                let result = gemmkit::MatMut::from_row_major(c, a.rows(), b.cols());
                gemmkit::gemm(1.0, gemmkit_view(a), gemmkit_view(b), 0.0, result, gemmkit::Parallelism::Serial);
            }

            fn matrixmultiply(a: MatRef<'_, Self>, b: MatRef<'_, Self>, c: &mut [Self]) {
                let (m, k, n) = (a.rows(), a.cols(), b.cols());
                assert!(b.rows() == k && c.len() >= m * n, "shapes that agree");
                let (rsa, csa) = (a.row_stride() as isize, a.col_stride() as isize);
                let (rsb, csb) = (b.row_stride() as isize, b.col_stride() as isize);
                let (x, y, z) = (a.data().as_ptr(), b.data().as_ptr(), c.as_mut_ptr());
                // SAFETY: a view holds every element of its shape and strides, and C is as large as asserted.
                unsafe { $product(m, k, n, 1.0, x, rsa, csa, y, rsb, csb, 0.0, z, n as isize, 1) }
            }
        }
    };
}

peers!(f32, matrixmultiply::sgemm);
peers!(f64, matrixmultiply::dgemm);
