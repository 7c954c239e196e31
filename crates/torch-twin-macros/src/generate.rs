//! What a declaration becomes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::attributes::{conditions, conditions_and_lints};
use crate::declaration::Declaration;
use crate::line::{Line, Role};

/// Lines that the compiler takes as one function.
const PART: usize = 50;

impl ToTokens for Declaration {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let lints = conditions_and_lints(&self.attributes);
        let (structure, constructor, module) =
            (self.structure(), self.constructor(), self.module());
        let Self {
            torch_twin, name, ..
        } = self;
        let (generics, arguments, clause) = self.generics.split_for_impl();
        tokens.extend(quote! {
            #structure
            #(#lints)*
            impl #generics #name #arguments #clause {
                #constructor
            }
            #(#lints)*
            impl #generics #torch_twin::nn::Module for #name #arguments #clause {
                #module
            }
        });
    }
}

impl Declaration {
    fn structure(&self) -> TokenStream {
        let Self {
            torch_twin,
            attributes,
            visibility,
            name,
            generics,
            lines,
            ..
        } = self;
        let clause = &generics.where_clause;
        let fields = lines.iter().map(|line| line.declare(torch_twin));
        quote! {
            #(#attributes)*
            #visibility struct #name #generics #clause {
                #(#fields,)*
            }
        }
    }

    fn constructor(&self) -> TokenStream {
        let Self {
            torch_twin,
            visibility,
            arguments,
            lines,
            ..
        } = self;
        let (made, wrapped) = match self.is_large() {
            true => self.in_parts(),
            false => {
                let made = lines.iter().map(|line| line.make(torch_twin));
                let wrapped = lines.iter().map(|line| line.wrap(torch_twin));
                (made.collect(), wrapped.collect())
            }
        };
        let fields = lines.iter().map(Line::fill);
        quote! {
            /// A module with the initial values that PyTorch gives it.
            ///
            /// # Errors
            /// What libtorch refuses, a size that is too large above all.
            #visibility fn new(
                #arguments
            ) -> ::std::result::Result<Self, #torch_twin::TorchError> {
                #made
                #wrapped
                ::std::result::Result::Ok(Self { #(#fields,)* })
            }
        }
    }

    /// Whether the compiler would take long for `new` as one function: its time grows faster than the number
    /// of values that an early return drops. Lines that may be missing cannot be in a tuple.
    fn is_large(&self) -> bool {
        let has_conditions = |line: &Line| !conditions(&line.attributes).is_empty();
        self.lines.len() > PART && !self.lines.iter().any(has_conditions)
    }

    /// What makes the values and what wraps them, in closures of so many lines as the compiler takes easily.
    fn in_parts(&self) -> (TokenStream, TokenStream) {
        let torch_twin = &self.torch_twin;
        let parts = || self.lines.chunks(PART);
        let fields =
            |part: &[Line]| -> Vec<_> { part.iter().map(|line| line.field.clone()).collect() };
        let made = parts().map(|part| {
            let (fields, made) = (fields(part), part.iter().map(|line| line.make(torch_twin)));
            quote! {
                #[allow(clippy::redundant_closure_call)]
                let (#(#fields,)*) = (|| -> ::std::result::Result<_, #torch_twin::TorchError> {
                    #(#made)*
                    ::std::result::Result::Ok((#(#fields,)*))
                })()?;
            }
        });
        let wrapped = parts().map(|part| {
            let (fields, wrapped) = (fields(part), part.iter().map(|line| line.wrap(torch_twin)));
            quote! {
                #[allow(clippy::redundant_closure_call)]
                let (#(#fields,)*) = (move || {
                    #(#wrapped)*
                    (#(#fields,)*)
                })();
            }
        });
        (made.collect(), wrapped.collect())
    }

    fn module(&self) -> TokenStream {
        let torch_twin = &self.torch_twin;
        let tensor = quote!(&#torch_twin::__private::Tensor);
        let module = quote!(&dyn #torch_twin::nn::Module);
        let children = self.list(Role::Child, &quote!(children), &module);
        let parameters = self.list(Role::Param, &quote!(own_parameters), &tensor);
        let buffers = self.list(Role::Buffer, &quote!(own_buffers), &tensor);
        quote!(#parameters #buffers #children)
    }

    /// The method `method`, which lists the lines of one role; nothing where there is none.
    fn list(&self, role: Role, method: &TokenStream, item: &TokenStream) -> TokenStream {
        let mut pushes = self
            .lines
            .iter()
            .filter(|line| line.role == role)
            .peekable();
        if pushes.peek().is_none() {
            return TokenStream::new();
        }
        let pushes = pushes.map(|line| line.list(&self.torch_twin));
        quote! {
            fn #method(&self) -> ::std::vec::Vec<(&str, #item)> {
                let mut all: ::std::vec::Vec<(&str, #item)> = ::std::vec::Vec::new();
                #(#pushes)*
                all
            }
        }
    }
}

impl Line {
    /// The field in the struct.
    fn declare(&self, torch_twin: &TokenStream) -> TokenStream {
        let torch_twin = &located_at(torch_twin, self.ty.span());
        let Self {
            attributes,
            visibility,
            field,
            ty,
            ..
        } = self;
        // The type's place is where it is wrong to be no module.
        let child = |module: &Type| quote_spanned!(ty.span()=> #torch_twin::nn::Child<#module>);
        let ty = match (self.role, &self.optional) {
            (Role::Child, Some(module)) => {
                let child = child(module);
                quote!(::std::option::Option<#child>)
            }
            (Role::Child, None) => child(ty),
            _ => ty.to_token_stream(),
        };
        quote!(#(#attributes)* #visibility #field: #ty)
    }

    /// The line of `new` that makes the value; later lines see it by its name.
    fn make(&self, torch_twin: &TokenStream) -> TokenStream {
        let torch_twin = &located_at(torch_twin, self.make.span());
        let Self {
            attributes,
            field,
            ty,
            make,
            ..
        } = self;
        let attributes = conditions_and_lints(attributes);
        let value = match (self.role, &self.optional) {
            (Role::Param, None) => {
                quote_spanned!(make.span()=> #torch_twin::nn::parameter(#make)?)
            }
            (Role::Param, Some(_)) => {
                let parameter = quote_spanned!(make.span()=> #torch_twin::nn::parameter);
                quote!(::std::option::Option::map(#make, #parameter).transpose()?)
            }
            _ => make.to_token_stream(),
        };
        quote!(#(#attributes)* let #field: #ty = #value;)
    }

    /// Makes a child of the value that is one; later lines of `new` saw the module itself.
    fn wrap(&self, torch_twin: &TokenStream) -> TokenStream {
        let Self { field, name, .. } = self;
        let conditions = conditions(&self.attributes);
        let new = quote!(#torch_twin::nn::Child::new);
        let value = match (self.role, &self.optional) {
            (Role::Child, None) => quote!(#new(#name, #field)),
            (Role::Child, Some(_)) => quote!(#field.map(|module| #new(#name, module))),
            _ => return TokenStream::new(),
        };
        quote!(#(#conditions)* let #field = #value;)
    }

    /// The field in the value of the struct.
    fn fill(&self) -> TokenStream {
        let (field, conditions) = (&self.field, conditions(&self.attributes));
        quote!(#(#conditions)* #field)
    }

    /// Adds name and value to the list `all`.
    fn list(&self, torch_twin: &TokenStream) -> TokenStream {
        let torch_twin = &located_at(torch_twin, self.ty.span());
        let Self {
            field, name, ty, ..
        } = self;
        let conditions = conditions(&self.attributes);
        // Where an error points that says that the type is no module.
        let place = Span::call_site().located_at(ty.span());
        let named = quote_spanned!(ty.span()=> #torch_twin::nn::Child::named);
        let push = match (self.role, &self.optional) {
            (Role::Child, None) => quote_spanned!(place=> all.push(#named(&self.#field));),
            (Role::Child, Some(_)) => quote!(all.extend(self.#field.as_ref().map(#named));),
            (_, None) => quote!(all.push((#name, &self.#field));),
            (_, Some(_)) => {
                quote!(all.extend(self.#field.as_ref().map(|tensor| (#name, tensor)));)
            }
        };
        quote!(#(#conditions)* #push)
    }
}

/// The path of `torch_twin` as if it stood in the user's line, where an error then points.
fn located_at(torch_twin: &TokenStream, place: Span) -> TokenStream {
    let tokens = torch_twin.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    tokens.collect()
}
