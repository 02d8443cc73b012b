//! Matrices of any element type and memory order: bytes and where the elements lie in them. Rows are converted as they are
//! gathered, so that nobody has to copy such a matrix as a whole.
//!
//! A number becomes the `f64` nearest to it, and that the element nearest to it in the type asked for: what two conversions
//! of the whole matrix would give, by way of `f64`.

use crate::matrix::{InvalidMatrix, MatMut};
use crate::partition::{for_each_row_block, rows_per_chunk};
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A byte, zero for false.
    Bool,
    /// A signed byte.
    I8,
    /// A byte.
    U8,
    /// A signed integer of two bytes.
    I16,
    /// An integer of two bytes.
    U16,
    /// A signed integer of four bytes.
    I32,
    /// An integer of four bytes.
    U32,
    /// A signed integer of eight bytes.
    I64,
    /// An integer of eight bytes.
    U64,
    /// Half precision.
    F16,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Element {
    /// Bytes of one.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether it may be infinite or NaN.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }
}

/// Some columns of a matrix: element (i, j) begins at byte `start + i * row_stride + j * col_stride`.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    bytes: &'a [u8],
    element: Element,
    /// Whether the bytes of an element stand in the other order than this machine's.
    swapped: bool,
    start: usize,
    row_stride: isize,
    col_stride: isize,
    rows: usize,
    cols: usize,
}

impl<'a> Block<'a> {
    /// Columns of shape (rows, cols) in `bytes`. Strides are in bytes, and may be of either sign.
    ///
    /// # Errors
    /// When an element lies outside `bytes`.
    pub fn new(
        bytes: &'a [u8],
        (element, swapped): (Element, bool),
        start: usize,
        (row_stride, col_stride): (isize, isize),
        (rows, cols): (usize, usize),
    ) -> Result<Self, InvalidMatrix> {
        let block = Self { bytes, element, swapped, start, row_stride, col_stride, rows, cols };
        if rows > 0 && cols > 0 && !block.lies_within() {
            let text = format!("{rows} x {cols} elements do not lie within the {} bytes of their block", bytes.len());
            return Err(InvalidMatrix(text));
        }
        Ok(block)
    }

    /// Whether its first and its last byte lie in the bytes.
    fn lies_within(&self) -> bool {
        // In 128 bits nothing overflows.
        let reach = |count: usize, stride: isize| (count as i128 - 1) * stride as i128;
        let ends = [reach(self.rows, self.row_stride), reach(self.cols, self.col_stride)];
        let start = self.start as i128;
        let least = start + ends.iter().map(|end| (*end).min(0)).sum::<i128>();
        let most = start + ends.iter().map(|end| (*end).max(0)).sum::<i128>() + self.element.size() as i128;
        least >= 0 && most <= self.bytes.len() as i128
    }

    /// Where element (row, col) begins.
    #[inline(always)]
    fn offset(&self, row: usize, col: usize) -> usize {
        let by =
            (row as isize).wrapping_mul(self.row_stride).wrapping_add((col as isize).wrapping_mul(self.col_stride));
        self.start.wrapping_add_signed(by)
    }
}

/// A matrix of shape (rows, cols): blocks of columns, side by side, each of its own type and order.
#[derive(Clone, Copy, Debug)]
pub struct RawRef<'a> {
    blocks: &'a [Block<'a>],
    rows: usize,
    cols: usize,
}

impl<'a> RawRef<'a> {
    /// The blocks from left to right.
    ///
    /// # Errors
    /// When there is none, or one has another height.
    pub fn new(blocks: &'a [Block<'a>]) -> Result<Self, InvalidMatrix> {
        let Some(first) = blocks.first() else { return Err(InvalidMatrix("there is no block of columns".to_owned())) };
        if let Some(other) = blocks.iter().find(|block| block.rows != first.rows) {
            return Err(InvalidMatrix(format!("blocks of {} and of {} rows", first.rows, other.rows)));
        }
        Ok(Self { blocks, rows: first.rows, cols: blocks.iter().map(|block| block.cols).sum() })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Whether an element may be infinite or NaN.
    #[must_use]
    pub fn may_be_infinite(&self) -> bool {
        self.blocks.iter().any(|block| block.element.is_float())
    }
}

/// Row `i` of `out` becomes row `rows[i]` of `x`. Shape (rows.len(), columns of x).
///
/// # Panics
/// If the shapes do not agree or a row is not in `x`.
pub fn convert_rows<T: Real>(team: &Team, x: RawRef<'_>, rows: &[usize], out: MatMut<'_, T>) {
    assert_eq!((out.rows(), out.cols()), (rows.len(), x.cols()), "shape of the converted rows");
    assert!(rows.iter().all(|row| *row < x.rows()), "a row of {}", x.rows());
    for_each_row_block(team, rows_per_chunk(x.cols()), out, |first, mut out| {
        let rows = &rows[first..][..out.rows()];
        let mut at = 0;
        for block in x.blocks {
            T::dispatch(team.isa(), Convert { block, rows, at, out: out.reborrow() });
            at += block.cols;
        }
    });
}

/// Rows of a block, which become columns `at..` of `out`.
struct Convert<'a, T> {
    block: &'a Block<'a>,
    rows: &'a [usize],
    at: usize,
    out: MatMut<'a, T>,
}

impl<T: Real> Kernel<T> for Convert<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _: S) {
        match self.block.element {
            Element::Bool => self.run::<bool>(),
            Element::I8 => self.run::<i8>(),
            Element::U8 => self.run::<u8>(),
            Element::I16 => self.run::<i16>(),
            Element::U16 => self.run::<u16>(),
            Element::I32 => self.run::<i32>(),
            Element::U32 => self.run::<u32>(),
            Element::I64 => self.run::<i64>(),
            Element::U64 => self.run::<u64>(),
            Element::F16 => self.run::<Half>(),
            Element::F32 => self.run::<f32>(),
            Element::F64 => self.run::<f64>(),
        }
    }
}

impl<T: Real> Convert<'_, T> {
    #[inline(always)]
    fn run<E: Stored>(mut self) {
        let Block { bytes, swapped, row_stride, col_stride, cols, .. } = *self.block;
        if col_stride == E::SIZE as isize {
            for (i, &row) in self.rows.iter().enumerate() {
                let from = &bytes[self.block.offset(row, 0)..][..cols * E::SIZE];
                E::convert(from, swapped, &mut self.out.row(i)[self.at..][..cols]);
            }
        } else if col_stride.unsigned_abs() < row_stride.unsigned_abs() {
            for (i, &row) in self.rows.iter().enumerate() {
                for (j, out) in self.out.row(i)[self.at..][..cols].iter_mut().enumerate() {
                    *out = E::one(bytes, self.block.offset(row, j), swapped);
                }
            }
        } else {
            // Down the columns, whose elements are the nearer neighbours.
            let (stride, at) = (self.out.row_stride(), self.at);
            let out = self.out.data();
            for j in 0..cols {
                for (i, &row) in self.rows.iter().enumerate() {
                    out[i * stride + at + j] = E::one(bytes, self.block.offset(row, j), swapped);
                }
            }
        }
    }
}

/// An element type as it lies in memory.
trait Stored {
    /// Bytes of one.
    const SIZE: usize;

    /// The element that begins at byte `at`.
    fn one<T: Real>(bytes: &[u8], at: usize, swapped: bool) -> T;

    /// The elements that lie side by side in `from`.
    fn convert<T: Real>(from: &[u8], swapped: bool, to: &mut [T]);
}

/// Half precision: its bits.
struct Half;

/// Implements [`Stored`] for a type that is read as bits `$bits`, which become a `f64` by `$wide`.
macro_rules! stored {
    ($type:ty, $bits:ty, $wide:expr) => {
        impl Stored for $type {
            const SIZE: usize = size_of::<$bits>();

            #[inline(always)]
            fn one<T: Real>(bytes: &[u8], at: usize, swapped: bool) -> T {
                let mut element = [0; size_of::<$bits>()];
                element.copy_from_slice(&bytes[at..][..size_of::<$bits>()]);
                let bits = <$bits>::from_ne_bytes(element);
                T::of($wide(if swapped { bits.swap_bytes() } else { bits }))
            }

            #[inline(always)]
            fn convert<T: Real>(from: &[u8], swapped: bool, to: &mut [T]) {
                let (from, _) = from.as_chunks::<{ size_of::<$bits>() }>();
                // Two loops, for a question within would keep the compiler from vectors.
                if swapped {
                    for (to, from) in to.iter_mut().zip(from) {
                        *to = T::of($wide(<$bits>::from_ne_bytes(*from).swap_bytes()));
                    }
                } else {
                    for (to, from) in to.iter_mut().zip(from) {
                        *to = T::of($wide(<$bits>::from_ne_bytes(*from)));
                    }
                }
            }
        }
    };
}

stored!(bool, u8, |bits: u8| f64::from(u8::from(bits != 0)));
stored!(i8, i8, f64::from);
stored!(u8, u8, f64::from);
stored!(i16, i16, f64::from);
stored!(u16, u16, f64::from);
stored!(i32, i32, f64::from);
stored!(u32, u32, f64::from);
stored!(i64, i64, |number: i64| number as f64);
stored!(u64, u64, |number: u64| number as f64);
stored!(Half, u16, half);
stored!(f32, u32, |bits: u32| f64::from(f32::from_bits(bits)));
stored!(f64, u64, f64::from_bits);

/// The value of a number in half precision: a sign, 5 bits of exponent (biased by 15), 10 of mantissa. Without a branch and
/// without subnormal numbers in between, which a process may have told the CPU to take for zero.
#[inline(always)]
fn half(bits: u16) -> f64 {
    let (magnitude, sign) = (u32::from(bits & 0x7fff), u32::from(bits & 0x8000) << 16);
    // The exponent of single precision is biased by 127; infinity and NaN have the largest of either.
    let rebased = (magnitude << 13) + (112 << 23);
    let special = if magnitude >= 0x7c00 { 112 << 23 } else { 0 };
    let normal = f32::from_bits(rebased + special);
    let subnormal = magnitude as f32 * (1.0 / 16_777_216.0);
    let value = if magnitude < 0x0400 { subnormal } else { normal };
    f64::from(f32::from_bits(value.to_bits() | sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Isa;

    /// By the definition.
    fn half_by_definition(bits: u16) -> f64 {
        let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
        let magnitude = match exponent {
            0 => mantissa * 2.0_f64.powi(-24),
            31 if mantissa == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1.0 + mantissa / 1024.0) * 2.0_f64.powi(exponent - 15),
        };
        if bits >> 15 == 1 { -magnitude } else { magnitude }
    }

    #[test]
    fn every_half_has_its_value() {
        for bits in 0..=u16::MAX {
            let (got, expected) = (half(bits), half_by_definition(bits));
            let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
            assert!(same, "{bits:#x}: {got} for {expected}");
        }
    }

    #[test]
    fn what_reaches_beyond_the_bytes_is_refused() {
        let bytes = [0; 24];
        let new = |start, strides, shape| Block::new(&bytes, (Element::I32, false), start, strides, shape);
        assert!(new(0, (12, 4), (2, 3)).is_ok());
        assert!(new(20, (-12, -4), (2, 3)).is_ok());
        assert!(new(21, (-12, -4), (2, 3)).is_err());
        assert!(new(16, (-12, -4), (2, 3)).is_err());
        assert!(new(0, (isize::MAX, 4), (3, 3)).is_err());
        assert!(new(100, (12, 4), (0, 3)).is_ok());
        let (two, one) = (new(0, (12, 4), (2, 3)).unwrap(), new(0, (12, 4), (1, 3)).unwrap());
        assert!(RawRef::new(&[two, one]).is_err());
        assert!(RawRef::new(&[]).is_err());
        assert_eq!(RawRef::new(&[two, two]).unwrap().cols(), 6);
    }

    #[test]
    fn rows_of_any_order_and_type_side_by_side() {
        let numbers: [i16; 6] = [1, -2, 3, -4, 5, -6];
        let native: Vec<u8> = numbers.iter().flat_map(|x| x.to_ne_bytes()).collect();
        let swapped: Vec<u8> = numbers.iter().flat_map(|x| x.swap_bytes().to_ne_bytes()).collect();
        let block = |bytes, swapped, start, strides, cols| {
            Block::new(bytes, (Element::I16, swapped), start, strides, (2, cols)).unwrap()
        };
        let blocks = [
            block(&native, false, 0, (6, 2), 3),    // rows side by side
            block(&swapped, true, 0, (2, 4), 3),    // columns side by side
            block(&native, false, 10, (-6, -4), 2), // backward, every other column
        ];
        let x = RawRef::new(&blocks).unwrap();
        for isa in Isa::available() {
            let mut out = [0.0_f32; 16];
            convert_rows(&Team::serial(isa), x, &[1, 0], MatMut::new(&mut out, 2, 8));
            assert_eq!(out[..8], [-4.0, 5.0, -6.0, -2.0, -4.0, -6.0, 3.0, 1.0]);
            assert_eq!(out[8..], [1.0, -2.0, 3.0, 1.0, 3.0, 5.0, -6.0, -4.0]);
        }
    }
}
