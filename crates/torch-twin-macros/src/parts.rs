//! Modules of many lines, in parts that the compiler takes as functions by themselves: its time grows faster than
//! the number of values that a function holds and drops on an early return.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Index, Lit};

use crate::attributes::conditions;
use crate::line::Line;

/// Lines of a part.
const PART: usize = 25;

/// The parts of a large module.
pub struct Parts<'l> {
    parts: Vec<Part<'l>>,
}

/// One part. Its values are in one variable, a tuple, except for those that later parts see by name.
struct Part<'l> {
    variable: Ident,
    lines: &'l [Line],
    /// Words of later parts.
    later: HashSet<String>,
}

impl<'l> Parts<'l> {
    /// None where the lines are few, and where some may be missing, which cannot be in a tuple.
    pub fn of(lines: &'l [Line]) -> Option<Self> {
        let has_conditions = |line: &Line| !conditions(&line.attributes).is_empty();
        if lines.len() <= PART || lines.iter().any(has_conditions) {
            return None;
        }
        let mut parts = Vec::new();
        let mut later = HashSet::new();
        for (index, lines) in lines.chunks(PART).enumerate().rev() {
            parts.push(Part {
                variable: Ident::new(&format!("part_{index}"), Span::mixed_site()),
                lines,
                later: later.clone(),
            });
            for line in lines {
                add_words(line.make.to_token_stream(), &mut later);
            }
        }
        parts.reverse();
        Some(Self { parts })
    }

    /// What makes the module.
    pub fn make(&self, torch_twin: &TokenStream) -> TokenStream {
        let made = self.parts.iter().map(|part| {
            let Part {
                variable, lines, ..
            } = part;
            let seen = || part.seen().map(|line| &line.field);
            let (seen, seen_again) = (seen(), seen());
            let own = || part.own().map(|(_, line)| line);
            let made = lines.iter().map(|line| line.make(torch_twin));
            let wrapped = own().map(|line| line.wrap(torch_twin));
            let own = own().map(|line| &line.field);
            quote! {
                let ((#(#seen,)*), #variable) = #torch_twin::__private::apart(
                    || -> ::std::result::Result<_, #torch_twin::TorchError> {
                        #(#made)*
                        #(#wrapped)*
                        ::std::result::Result::Ok(((#(#seen_again,)*), (#(#own,)*)))
                    },
                )?;
            }
        });
        let seen = self.parts.iter().flat_map(Part::seen);
        let wrapped = seen.clone().map(|line| line.wrap(torch_twin));
        let seen = seen.map(|line| &line.field);
        let own = self.own_fields();
        quote! {
            #(#made)*
            #(#wrapped)*
            ::std::result::Result::Ok(Self { #(#seen,)* #(#own,)* })
        }
    }

    /// What makes a deep copy of the module.
    pub fn deep_copy(&self, torch_twin: &TokenStream) -> TokenStream {
        let parts = self.parts.iter();
        let (copied, fields): (Vec<_>, Vec<_>) = parts
            .map(
                |Part {
                     variable, lines, ..
                 }| {
                    let copies = lines.iter().map(|line| line.deep_copy(torch_twin));
                    let fields = lines.iter().enumerate().map(|(index, line)| {
                        let (field, index) = (&line.field, Index::from(index));
                        quote!(#field: #variable.#index,)
                    });
                    let copied = quote! {
                        let #variable = #torch_twin::__private::apart(
                            || -> ::std::result::Result<_, #torch_twin::TorchError> {
                                ::std::result::Result::Ok((#(#copies?,)*))
                            },
                        )?;
                    };
                    (copied, fields.collect::<TokenStream>())
                },
            )
            .unzip();
        quote! {
            #(#copied)*
            ::std::result::Result::Ok(Self { #(#fields)* })
        }
    }

    /// The fields that stay in the variables of their parts.
    fn own_fields(&self) -> impl Iterator<Item = TokenStream> {
        self.parts.iter().flat_map(|part| {
            part.own().enumerate().map(|(index, (variable, line))| {
                let (field, index) = (&line.field, Index::from(index));
                quote!(#field: #variable.#index)
            })
        })
    }
}

impl Part<'_> {
    /// Lines that later parts see.
    fn seen(&self) -> impl Iterator<Item = &Line> + Clone {
        self.lines.iter().filter(|line| self.is_seen(line))
    }

    /// The others, with the part's variable.
    fn own(&self) -> impl Iterator<Item = (&Ident, &Line)> {
        let own = self.lines.iter().filter(|line| !self.is_seen(line));
        own.map(|line| (&self.variable, line))
    }

    fn is_seen(&self, line: &Line) -> bool {
        self.later.contains(&line.field.to_string())
    }
}

/// Adds the words of the tokens, and those in strings, which may be arguments of `format!`.
fn add_words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => drop(words.insert(word.to_string())),
            TokenTree::Group(group) => add_words(group.stream(), words),
            TokenTree::Literal(literal) => {
                if let Ok(Lit::Str(text)) = syn::parse2(TokenTree::Literal(literal).into()) {
                    let is_part = |c: char| c.is_alphanumeric() || c == '_';
                    let text = text.value();
                    let in_text = text.split(|c| !is_part(c)).map(str::to_owned);
                    words.extend(in_text);
                }
            }
            TokenTree::Punct(_) => {}
        }
    }
}
