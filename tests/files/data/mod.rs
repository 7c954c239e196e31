//! Data sets from disk: what is accepted, and what is refused with which words.

mod files;
mod folders;
mod idx_files;
mod other_sets;
