//! Layers: forward beside backward, over borrowed weights. The network strings them together.

pub mod dense;
