use crate::array::MAX_SIDES;
use crate::weights::element::{Element, Reading};
use crate::weights::pickle::{Id, Value, Values};
use crate::weights::view::View;

/// A tensor as its pickle describes it: which values of a storage it has.
pub struct Tensor<'a> {
    /// The name of the storage.
    pub key: &'a str,
    /// Where a view of a storage begins in it and ends, counted in values; files before version 0.4 have them.
    pub part: Option<(u64, u64)>,
    pub element: &'static Element,
    pub view: View,
    /// Whether the values are those of the storage with the other sign.
    pub is_negative: bool,
}

/// What stands in the place of a tensor.
pub enum Leaf<'a> {
    Tensor(Tensor<'a>),
    /// A tensor that is not read: what it is, in words.
    Unread(String),
}

/// A storage as its pickle describes it.
pub struct Storage<'a> {
    pub key: &'a str,
    /// The type of its values; of an untyped one, none.
    pub element: Option<&'static Element>,
    pub part: Option<(u64, u64)>,
}

/// Parameters in one another, of a file that is not made to mislead.
const MAX_WRAPPERS: usize = 8;

/// The tensor that a value is; none where it is something else.
pub fn leaf<'a>(values: &Values<'a>, id: Id) -> Option<Result<Leaf<'a>, &'static str>> {
    let object = values.object(id)?;
    let (mut class, mut arguments) = (object.class, object.arguments);
    for _ in 0..MAX_WRAPPERS {
        let (module, name) = values.class(class);
        if !module.starts_with("torch") {
            return None;
        }
        let parts = values.sequence(arguments).unwrap_or_default();
        match (name, parts) {
            // Functions that rebuild a tensor of a class of its own.
            ("_rebuild_from_type_v2" | "_rebuild_from_type", &[function, _, inner, ..]) => {
                (class, arguments) = (function, inner);
            }
            (
                "_rebuild_parameter" | "_rebuild_parameter_with_state" | "Parameter" | "Variable",
                &[inner, ..],
            ) => {
                let object = values.object(inner)?;
                (class, arguments) = (object.class, object.arguments);
            }
            ("_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3", parts) => {
                return Some(rebuilt(values, name, parts).ok_or("is not described as a tensor"));
            }
            _ => return unread(name).map(|what| Ok(Leaf::Unread(what))),
        }
    }
    Some(Err("is wrapped too often"))
}

/// What a tensor is whose values are not plainly in a storage.
fn unread(function: &str) -> Option<String> {
    let kind = match function {
        "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor" => "a sparse tensor",
        "_rebuild_qtensor" => "a quantized tensor",
        "_rebuild_nested_tensor" => "a nested tensor",
        "_rebuild_meta_tensor_no_storage" => "a meta tensor, without values",
        "_rebuild_wrapper_subclass" => "a tensor of a class of its own",
        "UninitializedParameter" | "UninitializedBuffer" => "not yet initialized",
        _ if function.starts_with("_rebuild_") => return Some(format!("made by {function}")),
        _ => return None,
    };
    Some(kind.to_owned())
}

/// The tensor that one of PyTorch's functions rebuilds from these arguments.
fn rebuilt<'a>(values: &Values<'a>, function: &str, arguments: &[Id]) -> Option<Leaf<'a>> {
    let (&[storage, offset, shape, strides], rest) = arguments.split_first_chunk()?;
    let storage = self::storage(values, storage)?;
    // What follows are requires_grad and hooks, then the type in the third version, then the metadata.
    let (element, metadata) = match function {
        "_rebuild_tensor_v3" => {
            let (_, name) = values.class(*rest.get(2)?);
            let Some(element) = Element::of_torch(name) else {
                return Some(Leaf::Unread(format!("{name} values")));
            };
            (element, rest.get(3))
        }
        _ => (storage.element?, rest.get(2)),
    };
    if element.reading == Reading::Not {
        return Some(Leaf::Unread(format!("{} values", element.torch)));
    }
    let counts = |id| -> Option<Vec<u64>> {
        let counts = values.sequence(id)?;
        let counts = (counts.len() <= MAX_SIDES).then_some(counts)?;
        counts.iter().map(|&count| values.count(count)).collect()
    };
    let (shape, strides) = (counts(shape)?, counts(strides)?);
    // PyTorch knows two flags, conj and neg.
    let mut flags = metadata
        .into_iter()
        .flat_map(|&metadata| values.pairs(metadata).take(2));
    let is_neg = |(name, flag)| {
        values.text(name) == Some("neg") && matches!(values.get(flag), Value::Bool(true))
    };
    (shape.len() == strides.len()).then_some(Leaf::Tensor(Tensor {
        key: storage.key,
        part: storage.part,
        element,
        view: View {
            size: element.bytes(),
            offset: values.count(offset)?,
            shape,
            strides,
        },
        is_negative: flags.any(is_neg),
    }))
}

/// The storage that a value is: `('storage', class, key, device, count)`, and in the older files the part of it.
pub fn storage<'a>(values: &Values<'a>, id: Id) -> Option<Storage<'a>> {
    let Value::Persistent(description) = values.get(id) else {
        return None;
    };
    description_of_storage(values, *description)
}

/// The storage that a description names.
pub fn description_of_storage<'a>(values: &Values<'a>, id: Id) -> Option<Storage<'a>> {
    let (&[kind, class, key], rest) = values.sequence(id)?.split_first_chunk()?;
    if values.text(kind) != Some("storage") {
        return None;
    }
    let part = match rest.get(2).map(|&part| values.sequence(part)) {
        Some(Some(&[_, start, length])) => {
            let start = values.count(start)?;
            Some((start, start.checked_add(values.count(length)?)?))
        }
        _ => None,
    };
    let (_, class) = values.class(class);
    Some(Storage {
        key: values.text(key)?,
        element: Element::of_storage(class),
        part,
    })
}
