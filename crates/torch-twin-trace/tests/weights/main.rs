//! Files of weights that PyTorch, NumPy and other programs wrote, and files that were made to mislead.

mod common;
mod conversions;
mod foreign;
mod hostile;
mod index;
mod numpy;
mod objects;
mod python;
mod writer;
