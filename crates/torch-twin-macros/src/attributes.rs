//! Which attributes go where.

use syn::{Attribute, Error, Expr, ExprLit, Lit, LitStr, Meta, Result};

/// Attributes that decide whether what they stand before exists.
pub fn conditions(attributes: &[Attribute]) -> Vec<&Attribute> {
    of_names(attributes, &["cfg"])
}

/// Those, and the ones that decide what the compiler says of it.
pub fn conditions_and_lints(attributes: &[Attribute]) -> Vec<&Attribute> {
    of_names(attributes, &["cfg", "allow", "warn", "deny", "forbid"])
}

fn of_names<'a>(attributes: &'a [Attribute], names: &[&str]) -> Vec<&'a Attribute> {
    let is_one = |attribute: &&Attribute| names.iter().any(|name| attribute.path().is_ident(name));
    attributes.iter().filter(is_one).collect()
}

/// Takes `#[name = "…"]` out of the attributes of a line.
pub fn take_name(attributes: &mut Vec<Attribute>) -> Result<Option<LitStr>> {
    let is_name = |attribute: &Attribute| attribute.path().is_ident("name");
    let Some(place) = attributes.iter().position(is_name) else {
        return Ok(None);
    };
    let attribute = attributes.remove(place);
    if let Some(second) = attributes.iter().find(|attribute| is_name(attribute)) {
        return Err(Error::new_spanned(second, "a second name"));
    }
    let words = "write the name in Python as `#[name = \"type\"]`";
    let Meta::NameValue(pair) = &attribute.meta else {
        return Err(Error::new_spanned(attribute, words));
    };
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(name),
            ..
        }) => Ok(Some(name.clone())),
        other => Err(Error::new_spanned(other, words)),
    }
}
