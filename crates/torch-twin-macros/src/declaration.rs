//! A declaration as a whole.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, FnArg, Generics, Result, Token, Visibility, braced, bracketed};
use syn::{parenthesized, spanned::Spanned};

use crate::attributes::conditions;
use crate::line::{Line, Role};

/// `[path of torch_twin] pub struct Name(arguments of new) { lines }`.
pub struct Declaration {
    /// The path of `torch_twin`.
    pub torch_twin: TokenStream,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    pub generics: Generics,
    pub arguments: Punctuated<FnArg, Token![,]>,
    pub lines: Vec<Line>,
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let path;
        bracketed!(path in input);
        let torch_twin = path.parse()?;
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![struct]>()?;
        let name = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let arguments;
        parenthesized!(arguments in input);
        let arguments = arguments.parse_terminated(FnArg::parse, Token![,])?;
        if let Some(receiver @ FnArg::Receiver(_)) = arguments.first() {
            return Err(Error::new(
                receiver.span(),
                "`new` makes the module, and takes no `self`",
            ));
        }
        generics.where_clause = input.parse()?;
        let lines;
        braced!(lines in input);
        let lines = lines.parse_terminated(Line::parse, Token![,])?;
        let lines: Vec<Line> = lines.into_iter().collect();
        check_names(&lines)?;
        Ok(Self {
            torch_twin,
            attributes,
            visibility,
            name,
            generics,
            arguments,
            lines,
        })
    }
}

/// A name in Python belongs to one line, except where conditions choose among several.
fn check_names(lines: &[Line]) -> Result<()> {
    let mut names = HashMap::new();
    let named = lines.iter().filter(|line| line.role != Role::Field);
    for line in named.filter(|line| conditions(&line.attributes).is_empty()) {
        if let Some(first) = names.insert(line.name.value(), &line.field) {
            let words = format!("`{}` is the name of `{first}` already", line.name.value());
            return Err(Error::new(line.name.span(), words));
        }
    }
    Ok(())
}
