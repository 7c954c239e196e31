//! A line of a declaration: `conv1: Conv2d = Conv2d::new(1, 6, 5, generator)?`.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Error, Expr, GenericArgument, LitStr, PathArguments, Result, Token, Type, Visibility,
};

use crate::attributes::take_name;

/// What a line declares, told by its first word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// No word: a module.
    Child,
    /// `param`: a trained tensor, `self.x = nn.Parameter(…)`.
    Param,
    /// `buffer`: another tensor that belongs into a file, `self.register_buffer("x", …)`.
    Buffer,
    /// `field`: any other value.
    Field,
}

/// One line.
pub struct Line {
    /// All but `#[name]`.
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub role: Role,
    /// The field.
    pub field: Ident,
    /// Its name in Python.
    pub name: LitStr,
    pub ty: Type,
    /// What is in the option, if `ty` is one.
    pub optional: Option<Type>,
    pub make: Expr,
}

impl Parse for Line {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let name = take_name(&mut attributes)?;
        let visibility = input.parse()?;
        let role = role(input)?;
        let field = input.call(Ident::parse_any)?;
        check_field(&field)?;
        input.parse::<Token![:]>()?;
        let ty: Type = input.parse()?;
        if !input.peek(Token![=]) {
            let words = format!("expected `=` and what makes `{field}`, as in `fc: Linear = …`");
            return Err(input.error(words));
        }
        input.parse::<Token![=]>()?;
        let make = input.parse()?;
        if let (Role::Field, Some(name)) = (role, &name) {
            let words = "a plain field is not among Python's names: take the name away";
            return Err(Error::new_spanned(name, words));
        }
        let name = name.unwrap_or_else(|| LitStr::new(&field.unraw().to_string(), field.span()));
        check_name(&name)?;
        Ok(Self {
            attributes,
            visibility,
            role,
            field,
            name,
            optional: optional(&ty),
            ty,
            make,
        })
    }
}

/// The word before the field's name, if there is one: `param: Linear` is a child called `param`.
fn role(input: ParseStream<'_>) -> Result<Role> {
    if !input.peek2(Token![:]) {
        let word = input.call(Ident::parse_any)?;
        return match word.to_string().as_str() {
            "param" => Ok(Role::Param),
            "buffer" => Ok(Role::Buffer),
            "field" => Ok(Role::Field),
            _ => Err(Error::new(
                word.span(),
                "a line begins with `param`, `buffer`, `field`, or the name of a child and a colon",
            )),
        };
    }
    Ok(Role::Child)
}

/// A keyword cannot be a field.
fn check_field(field: &Ident) -> Result<()> {
    if syn::parse_str::<Ident>(&field.to_string()).is_ok() {
        return Ok(());
    }
    let words = format!(
        "`{field}` is a keyword: write `#[name = \"{field}\"] {field}_`, which keeps the name in Python"
    );
    Err(Error::new(field.span(), words))
}

/// What Python refuses as the name of a child, a parameter or a buffer.
fn check_name(name: &LitStr) -> Result<()> {
    let value = name.value();
    if value.is_empty() || value.contains('.') {
        let words = "a name in Python has at least one character, and no dot";
        return Err(Error::new_spanned(name, words));
    }
    Ok(())
}

/// `T` of `Option<T>`.
fn optional(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if last.ident == "Option" => Some(inner.clone()),
        _ => None,
    }
}
