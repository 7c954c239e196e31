//! A network as a page for the browser: one file with the weights inside, that computes and shows
//! every unit of it.
//!
//! The page's own sources stand in `page/` at the root of the repository. They are put together
//! here: [`html`] gives a file that asks for nothing else.

mod contents;
mod document;
mod modules;
mod script;

pub use contents::{PageError, PageNetwork};
pub use document::html;
