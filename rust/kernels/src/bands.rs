//! Buffers that threads share out by rows: what the layers of a network say about some rows concerns no other rows, so a
//! thread takes a *band* of them through all layers before it meets the others again.

use std::ops::Range;

use crate::aligned::{AlignedVec, OutOfMemory};
use crate::matrix::{MatMut, MatRef};
use crate::real::Real;
use crate::team::Team;

/// Bands are a multiple of this many rows high: the heights of a product's register tiles, more or less.
const ROWS_STEP: usize = 8;

/// Row-major buffers of one height, each of its own width.
#[derive(Debug)]
pub struct RowBuffers<T: Real> {
    buffers: Vec<Buffer<T>>,
    rows: usize,
}

#[derive(Debug)]
struct Buffer<T: Real> {
    data: AlignedVec<T>,
    cols: usize,
}

/// The same rows of all buffers, for one thread.
#[derive(Debug)]
pub struct Band<'a, T: Real> {
    buffers: &'a [Buffer<T>],
    rows: Range<usize>,
}

impl<T: Real> RowBuffers<T> {
    /// A buffer of zeros, of shape (rows, cols), for each of `cols`.
    ///
    /// # Errors
    /// [`OutOfMemory`] when a size overflows or the allocator refuses.
    pub fn zeros(rows: usize, cols: &[usize]) -> Result<Self, OutOfMemory> {
        let buffer = |&cols: &usize| {
            let len = rows.checked_mul(cols).ok_or(OutOfMemory { elements: usize::MAX })?;
            Ok(Buffer { data: AlignedVec::zeros(len)?, cols })
        };
        Ok(Self { buffers: cols.iter().map(buffer).collect::<Result<_, _>>()?, rows })
    }

    /// The first `rows` rows of a buffer.
    ///
    /// # Panics
    /// If there are fewer.
    #[must_use]
    pub fn get(&self, buffer: usize, rows: usize) -> MatRef<'_, T> {
        let Buffer { data, cols } = &self.buffers[buffer];
        MatRef::new(data, rows, *cols)
    }

    /// Cuts the first `rows` rows into at most `bands` bands of nearly equal height and calls `body(team, band)` for each,
    /// on whichever threads are free. The team given to it is what the band may use: all of it where there is one band.
    ///
    /// # Panics
    /// If there are fewer rows, or `bands` is 0.
    pub fn for_each_band(
        &mut self,
        team: &Team,
        rows: usize,
        bands: usize,
        body: &(dyn Fn(&Team, &mut Band<'_, T>) + Sync),
    ) {
        assert!(rows <= self.rows, "{rows} rows of {}", self.rows);
        let buffers = &self.buffers[..];
        let height = if bands == 1 { rows } else { rows.div_ceil(bands).next_multiple_of(ROWS_STEP) };
        if height >= rows {
            return body(team, &mut Band { buffers, rows: 0..rows });
        }
        let serial = Team::serial(team.isa());
        // Each index is called once, and `&mut self` keeps others away: the bands are the only way to the rows.
        team.for_each(rows.div_ceil(height), &|i| {
            body(&serial, &mut Band { buffers, rows: i * height..rows.min((i + 1) * height) });
        });
    }
}

impl<T: Real> Band<'_, T> {
    /// Which rows of the buffers these are.
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Its rows of a buffer.
    #[must_use]
    pub fn of(&mut self, buffer: usize) -> MatMut<'_, T> {
        self.split([], buffer).1
    }

    /// Its rows of some buffers to read and of another one to write.
    ///
    /// # Panics
    /// If the one to write is among those to read.
    #[must_use]
    pub fn split<const N: usize>(&mut self, read: [usize; N], write: usize) -> ([MatRef<'_, T>; N], MatMut<'_, T>) {
        assert!(!read.contains(&write), "buffer {write} is read");
        let read = read.map(|buffer| {
            let (start, len, cols) = self.place(buffer);
            // SAFETY: the rows lie in the buffer and belong to this band alone, `&mut self` is borrowed as long as the
            // views live, and the buffer is not the one that is written.
            MatRef::new(unsafe { std::slice::from_raw_parts(start, len) }, self.rows.len(), cols)
        });
        let (start, len, cols) = self.place(write);
        // SAFETY: as above, and nothing else refers to this buffer's rows.
        (read, MatMut::new(unsafe { std::slice::from_raw_parts_mut(start, len) }, self.rows.len(), cols))
    }

    /// Where its rows of a buffer begin, how many elements and columns they have.
    fn place(&self, buffer: usize) -> (*mut T, usize, usize) {
        let Buffer { data, cols } = &self.buffers[buffer];
        let range = self.rows.start * cols..self.rows.end * cols;
        assert!(range.end <= data.len());
        (data.start().wrapping_add(range.start), range.len(), *cols)
    }
}
