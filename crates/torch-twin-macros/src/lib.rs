//! The macro behind `torch_twin::module!`, which documents it.

mod attributes;
mod declaration;
mod generate;
mod line;
mod parts;

use proc_macro::TokenStream;
use quote::ToTokens;

/// `torch_twin::module!`, whose input begins with the crate's path in brackets.
#[proc_macro]
pub fn module(input: TokenStream) -> TokenStream {
    let declaration = syn::parse_macro_input!(input as declaration::Declaration);
    declaration.into_token_stream().into()
}
