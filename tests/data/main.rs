//! Data sets from disk: what is accepted, and what is refused with which words.

#[path = "../common/mod.rs"]
mod common;

mod files;
mod folders;
mod idx_files;
mod other_sets;
