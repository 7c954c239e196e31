//! What a declaration becomes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::attributes::{conditions, conditions_and_lints};
use crate::declaration::Declaration;
use crate::line::{Line, Role};
use crate::parts::Parts;

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
        let body = match Parts::of(lines) {
            Some(parts) => parts.make(torch_twin),
            None => {
                let made = lines.iter().map(|line| line.make(torch_twin));
                let wrapped = lines.iter().map(|line| line.wrap(torch_twin));
                let fields = lines.iter().map(Line::fill);
                quote! {
                    #(#made)*
                    #(#wrapped)*
                    ::std::result::Result::Ok(Self { #(#fields,)* })
                }
            }
        };
        quote! {
            /// A module with the initial values that PyTorch gives it.
            ///
            /// # Errors
            /// What libtorch refuses, a size that is too large above all.
            #visibility fn new(
                #arguments
            ) -> ::std::result::Result<Self, #torch_twin::TorchError> {
                #body
            }
        }
    }

    fn module(&self) -> TokenStream {
        let torch_twin = &self.torch_twin;
        let tensor = quote!(&#torch_twin::__private::Tensor);
        let module = quote!(&dyn #torch_twin::nn::Module);
        let children = self.list(Role::Child, &quote!(children), &module);
        let parameters = self.list(Role::Param, &quote!(own_parameters), &tensor);
        let buffers = self.list(Role::Buffer, &quote!(own_buffers), &tensor);
        let copy = self.deep_copy();
        quote!(#parameters #buffers #children #copy)
    }

    /// The method `method`, which lists the lines of one role; nothing where there is none.
    fn list(&self, role: Role, method: &TokenStream, item: &TokenStream) -> TokenStream {
        let lines: Vec<&Line> = self.lines.iter().filter(|line| line.role == role).collect();
        if lines.is_empty() {
            return TokenStream::new();
        }
        let is_optional = lines.iter().any(|line| line.optional.is_some());
        let items = lines
            .iter()
            .map(|line| line.list(&self.torch_twin, is_optional));
        let list = match is_optional {
            true => quote! {
                let all: ::std::vec::Vec<::std::option::Option<(&str, #item)>> =
                    ::std::vec![#(#items),*];
                all.into_iter().flatten().collect()
            },
            false => quote!(::std::vec![#(#items),*]),
        };
        quote! {
            fn #method(&self) -> ::std::vec::Vec<(&str, #item)> {
                #list
            }
        }
    }

    /// `copy.deepcopy`.
    fn deep_copy(&self) -> TokenStream {
        let Self {
            torch_twin, lines, ..
        } = self;
        let body = match Parts::of(lines) {
            Some(parts) => parts.deep_copy(torch_twin),
            None => {
                let fields = lines.iter().map(|line| {
                    let (field, conditions) = (&line.field, conditions(&line.attributes));
                    let copy = line.deep_copy(torch_twin);
                    quote!(#(#conditions)* #field: #copy?)
                });
                quote!(::std::result::Result::Ok(Self { #(#fields,)* }))
            }
        };
        quote! {
            #[allow(unused_variables)]
            fn deep_copy_with(
                &self,
                memo: &mut #torch_twin::nn::Memo,
            ) -> ::std::result::Result<Self, #torch_twin::TorchError> {
                #[allow(unused_imports)]
                use #torch_twin::__private::{OfAny as _, OfClone as _, OfTensors as _};
                #body
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
    pub fn make(&self, torch_twin: &TokenStream) -> TokenStream {
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
    pub fn wrap(&self, torch_twin: &TokenStream) -> TokenStream {
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

    /// Name and value in a list, in an option if some of the list may be missing.
    fn list(&self, torch_twin: &TokenStream, is_optional: bool) -> TokenStream {
        let torch_twin = &located_at(torch_twin, self.ty.span());
        let Self {
            field, name, ty, ..
        } = self;
        let conditions = conditions(&self.attributes);
        // Where an error points that says that the type is no module.
        let place = Span::call_site().located_at(ty.span());
        let named = quote_spanned!(ty.span()=> #torch_twin::nn::Child::named);
        let item = match (self.role, &self.optional) {
            (Role::Child, None) => quote_spanned!(place=> #named(&self.#field)),
            (Role::Child, Some(_)) => quote!(self.#field.as_ref().map(#named)),
            (_, None) => quote!((#name, &self.#field)),
            (_, Some(_)) => quote!(self.#field.as_ref().map(|tensor| (#name, tensor))),
        };
        match is_optional && self.optional.is_none() {
            true => quote!(#(#conditions)* ::std::option::Option::Some(#item)),
            false => quote!(#(#conditions)* #item),
        }
    }

    /// The copy of the value, or an error.
    pub fn deep_copy(&self, torch_twin: &TokenStream) -> TokenStream {
        let field = &self.field;
        match (self.role, &self.optional) {
            (Role::Child, None) => quote!(self.#field.deep_copy_with(memo)),
            (Role::Child, Some(_)) => quote! {
                ::std::option::Option::transpose(
                    self.#field.as_ref().map(|child| child.deep_copy_with(memo))
                )
            },
            (Role::Param | Role::Buffer, None) => quote!(memo.copy(&self.#field)),
            (Role::Param | Role::Buffer, Some(_)) => {
                quote!(memo.copy_option(self.#field.as_ref()))
            }
            (Role::Field, _) => {
                quote!((&&&#torch_twin::__private::Field(&self.#field)).copy_field(memo))
            }
        }
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
