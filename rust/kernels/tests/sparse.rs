//! Products with CSR matrices: bits against the reference and against the dense product, and what is refused.

mod common;

use common::{Layout, Matrix, Numbers, assert_same, on_every_team};
use thalweg_kernels::elementwise::Activation;
use thalweg_kernels::gemm::Epilogue;
use thalweg_kernels::sparse::{CsrRef, csr_gemm, csr_t_gemm};
use thalweg_kernels::{MatMut, MatRef, Real, reference};

for_both_types!(products_equal_the_reference, transposed_products_equal_the_reference, empty_shapes_are_fine);

struct Csr<T> {
    data: Vec<T>,
    indices: Vec<u32>,
    indptr: Vec<usize>,
    cols: usize,
}

impl<T: Real> Csr<T> {
    /// About one element in five, some rows empty.
    fn random(numbers: &mut Numbers, rows: usize, cols: usize) -> Self {
        let mut csr = Self { data: vec![], indices: vec![], indptr: vec![0], cols };
        for row in 0..rows {
            for column in 0..cols {
                if row % 7 != 3 && numbers.below(5) == 0 {
                    csr.data.push(numbers.unit());
                    csr.indices.push(column as u32);
                }
            }
            csr.indptr.push(csr.data.len());
        }
        // Room behind the elements would hide what is read there.
        csr.data.shrink_to_fit();
        csr.indices.shrink_to_fit();
        csr.indptr.shrink_to_fit();
        csr
    }

    fn view(&self) -> CsrRef<'_, T> {
        CsrRef::new(&self.data, &self.indices, &self.indptr, self.cols).expect("a well-formed matrix")
    }

    fn dense(&self, rows: &[usize]) -> Vec<T> {
        let mut dense = vec![T::zero(); rows.len() * self.cols];
        for (i, &row) in rows.iter().enumerate() {
            let (columns, values) = self.view().row(row);
            for (&column, &value) in columns.iter().zip(values) {
                dense[i * self.cols + column as usize] = value;
            }
        }
        dense
    }
}

/// Widths of the product around every tile of vectors.
const WIDTHS: [usize; 20] = [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 47, 48, 63, 64, 65, 100, 127, 128, 129, 200];

fn products_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(11);
    let x = Csr::<T>::random(&mut numbers, 60, 90);
    let rows: Vec<usize> = (0..75).map(|_| numbers.below(60)).collect();
    for (index, n) in WIDTHS.into_iter().enumerate() {
        let w = Matrix::random(&mut numbers, 90, n, Layout::PaddedRows);
        let output = Matrix::random(&mut numbers, rows.len(), n, Layout::PaddedRows);
        let bias = numbers.units::<T>(n);
        let activation = Activation::ALL[index % 4];
        for epilogue in [
            Epilogue::None,
            Epilogue::BiasActivation { bias: &bias, activation },
            Epilogue::ActivationGradient { activation, output: output.view() },
        ] {
            let blank = Matrix::random(&mut numbers, rows.len(), n, Layout::PaddedRows);
            let mut expected = blank.clone();
            reference::csr_gemm(x.view(), &rows, w.view(), expected.view_mut(), epilogue);
            let dense = x.dense(&rows);
            let mut product = blank.clone();
            reference::gemm(MatRef::new(&dense, rows.len(), 90), w.view(), product.view_mut(), false, epilogue);
            on_every_team(|team| {
                let mut got = blank.clone();
                csr_gemm(team, x.view(), &rows, w.view(), got.view_mut(), epilogue);
                assert_same(&got.data, &expected.data, &format!("product of width {n}"), team);
                assert_same(&got.data, &product.data, &format!("dense product of width {n}"), team);
            });
        }
    }
}

fn transposed_products_equal_the_reference<T: Real>() {
    let mut numbers = Numbers(12);
    let x = Csr::<T>::random(&mut numbers, 60, 90);
    let rows: Vec<usize> = (0..75).map(|_| numbers.below(60)).collect();
    let dense = x.dense(&rows);
    for n in WIDTHS {
        let delta = Matrix::random(&mut numbers, rows.len(), n, Layout::PaddedRows);
        let blank = Matrix::random(&mut numbers, 90, n, Layout::PaddedRows);
        let mut expected = blank.clone();
        reference::csr_t_gemm(x.view(), &rows, delta.view(), expected.view_mut());
        let mut product = blank.clone();
        let transposed = MatRef::new(&dense, rows.len(), 90).t();
        reference::gemm(transposed, delta.view(), product.view_mut(), false, Epilogue::None);
        on_every_team(|team| {
            let mut got = blank.clone();
            csr_t_gemm(team, x.view(), &rows, delta.view(), got.view_mut());
            assert_same(&got.data, &expected.data, &format!("transposed product of width {n}"), team);
            assert_same(&got.data, &product.data, &format!("dense transposed product of width {n}"), team);
        });
    }
}

fn empty_shapes_are_fine<T: Real>() {
    let x = CsrRef::<T>::new(&[], &[], &[0, 0, 0], 3).expect("two empty rows");
    assert_eq!((x.rows(), x.cols()), (2, 3));
    on_every_team(|team| {
        let mut c = [T::one(); 2];
        csr_gemm(team, x, &[1, 0], MatRef::new(&[T::one(); 3], 3, 1), MatMut::new(&mut c, 2, 1), Epilogue::None);
        assert_eq!(c, [T::zero(); 2]);
        let mut out = [T::one(); 3];
        csr_t_gemm(team, x, &[], MatRef::new(&[], 0, 1), MatMut::new(&mut out, 3, 1));
        assert_eq!(out, [T::zero(); 3]);
        csr_gemm(team, x, &[], MatRef::new(&[T::one(); 3], 3, 1), MatMut::new(&mut [], 0, 1), Epilogue::None);
    });
}

#[test]
fn malformed_matrices_are_refused() {
    let refusal = |data: &[f32], indices: &[u32], indptr: &[usize]| {
        CsrRef::new(data, indices, indptr, 4).expect_err("a malformed matrix").to_string()
    };
    assert_eq!(refusal(&[], &[], &[]), "`indptr` must have one element more than there are rows, got none");
    assert_eq!(refusal(&[1.0], &[], &[0, 1]), "`data` has 1 elements and `indices` 0");
    assert_eq!(refusal(&[1.0], &[0], &[0, 2]), "`indptr` must run from 0 to 1, got 0 to 2");
    assert_eq!(refusal(&[1.0], &[0], &[1, 1]), "`indptr` must run from 0 to 1, got 1 to 1");
    assert_eq!(refusal(&[1.0], &[0], &[0, 5, 1]), "`indptr` must not exceed 1, got 5");
    assert_eq!(refusal(&[1.0; 2], &[0, 1], &[0, 2, 1, 2]), "`indptr` must not descend, got 1 after 2");
    for columns in [[0, 4], [2, 1], [1, 1]] {
        let text = refusal(&[1.0; 2], &columns, &[0, 0, 2]);
        assert_eq!(text, "`indices` of row 1 must ascend strictly within 0..4");
    }
}
