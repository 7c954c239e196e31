//! Objects of Python beside the weights, which are left out and named.

use torch_twin_trace::weights::Weights;

use crate::common::{archive, assert_are, names, parsed, refused, taken, tensor, text};

/// Checks that a file has the weights of all small cases.
fn assert_small(file: &str) -> Weights {
    let weights = taken(file);
    assert_eq!(names(&weights.tensors), ["fc.weight", "fc.bias"], "{file}");
    let shapes: Vec<_> = weights
        .tensors
        .iter()
        .map(|(_, array)| array.shape())
        .collect();
    assert_eq!(shapes, [&[2, 3][..], &[2]], "{file}");
    weights
}

#[test]
fn no_object_beside_the_weights_stops_the_reader() {
    for (file, key, note) in [
        (
            "dict_subclass_beside.pt",
            Some("state_dict"),
            Some("left out: hparams (__main__.AttrDict)"),
        ),
        (
            "tuple_keys_beside.pt",
            Some("state_dict"),
            Some("left out: confusion (a dict)"),
        ),
        (
            "bool_key_beside.pt",
            Some("state_dict"),
            Some("left out: by_flag (a dict)"),
        ),
        (
            "sparse_beside.pt",
            Some("state_dict"),
            Some("left out: mask (a sparse tensor)"),
        ),
        (
            "optimizer_object_beside.pt",
            Some("state_dict"),
            Some("left out: optimizer (torch.optim.sgd.SGD)"),
        ),
        ("list_of_pairs.pt", None, None),
    ] {
        let weights = assert_small(file);
        assert_eq!(weights.key.as_deref(), key, "{file}");
        assert_eq!(weights.notes.first().map(String::as_str), note, "{file}");
    }
}

#[test]
fn a_checkpoint_gives_its_model_and_names_the_rest() {
    let weights = taken("made/checkpoint.pt");
    assert_are(&weights.tensors, "made/linear.safetensors");
    assert_eq!(weights.key.as_deref(), Some("model_state_dict"));
    assert_eq!(
        names(&weights.beside),
        [
            "optimizer.state.0.step",
            "optimizer.state.0.exp_avg",
            "optimizer.state.0.exp_avg_sq",
            "optimizer.state.1.step",
            "optimizer.state.1.exp_avg",
            "optimizer.state.1.exp_avg_sq",
            "('loss', 0).0",
            "None.2.5",
        ]
    );
    assert_eq!(
        weights.notes,
        [
            "left out: complex (complex64 values), counts (uint16 values), quantized (a quantized tensor), \
             nested (a nested tensor), meta (a meta tensor, without values), csr (a sparse tensor), \
             settings (__main__.Settings), config (__main__.Config) and 3 more"
        ]
    );
}

#[test]
fn names_are_what_python_makes_of_keys() {
    let weights = taken("made/keys.pt");
    assert_eq!(names(&weights.tensors), ["0.weight", "True"]);
    assert_eq!(names(&taken("made/list.pt").tensors), ["0", "1"]);
}

#[test]
fn a_module_under_a_key_is_its_state_dict() {
    let weights = taken("made/linear_module_under_key.pt");
    assert_are(&weights.tensors, "made/linear.safetensors");
    assert_eq!(names(&weights.beside), ["ema.weight", "ema.bias"]);
}

#[test]
fn under_another_key_names_stay_as_they_are() {
    let weights = taken("made/net.pt");
    let step = "optimizer.state.0.step";
    assert_eq!(names(&weights.tensors), ["net.weight", "net.bias", step]);
    let note = "left out: optimizer.state.0.sparse (a sparse tensor)";
    assert_eq!(weights.notes, [note]);
}

#[test]
fn of_the_model_itself_a_tensor_that_is_not_read_is_an_error() {
    for (name, what) in [
        ("complex", "complex64 values"),
        ("uint16", "uint16 values"),
        ("quantized", "a quantized tensor"),
        ("sparse", "a sparse tensor"),
        ("meta", "a meta tensor"),
    ] {
        let error = refused(&format!("made/unread_{name}.pt"));
        let expected = format!("{name} is not read, for it is {what}");
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn objects_without_tensors_are_refused_with_what_to_save() {
    for (file, class) in [
        ("object.pt", "__main__.Settings"),
        ("arrays.pt", "numpy.ndarray"),
    ] {
        let error = refused(&format!("made/{file}"));
        assert!(
            error.contains(class) && error.contains("torch.save(model.state_dict(), FILE)"),
            "{error}"
        );
    }
}

#[test]
fn two_dictionaries_that_may_be_the_model_are_named() {
    let entry = |key| {
        [
            &text(key)[..],
            b"}",
            &text("w"),
            &tensor(0, &[1], &[1]),
            b"ss",
        ]
        .concat()
    };
    let pickle = [
        b"\x80\x02}",
        &entry("state_dict")[..],
        &entry("model"),
        b".",
    ]
    .concat();
    let error = parsed(&archive(&pickle, &[&[0; 4]]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("under more than one key: state_dict, model"),
        "{error}"
    );
}

#[test]
fn every_instruction_of_pickles_is_known() {
    // A float, a long, bytes, a frozen set, an object of three kinds, extensions, a string of Python 2, POP and DUP.
    let beside = b"(G\0\0\0\0\0\0\0\0L5L\nI01\nF1.5\nI7\n\x8a\x09123456789C\x01x(\x91(im\nC\n(cm\nC\nK\x01o\
        cm\nC\n)}\x92\x82\x01\x83\x01\x00\x84\x01\x00\x00\x00U\x01s20\x8f(K\x01\x90\x8c\x01m\x8c\x01C\x93)R\
        K\x02bPid\n\x96\x01\0\0\0\0\0\0\0x\x97\x98((10(0Vu\nS's'\n\x8d\x01\0\0\0\0\0\0\0xB\x01\0\0\0xT\x01\0\0\0x\
        \x8b\x01\0\0\0\x80M\x01\x02)\x85\x86\x94l";
    let pickle = [
        b"\x80\x05\x95\0\0\0\0\0\0\0\0}",
        &text("w")[..],
        &tensor(0, &[1], &[1]),
        b"s",
        &text("x"),
        beside,
        b"s.",
    ]
    .concat();
    let weights = parsed(&archive(&pickle, &[&[0; 4]])).unwrap();
    assert_eq!(names(&weights.tensors), ["w"]);
    assert_eq!(
        weights.notes,
        ["left out: x.8 (m.C), x.9 (m.C), x.10 (m.C), x.16 (m.C)"]
    );
}

#[test]
fn a_dictionary_of_python_2_is_read() {
    let pair = [b"](U\x01w", &tensor(0, &[1], &[1])[..], b"e"].concat();
    let pickle = [
        b"\x80\x02ccollections\nOrderedDict\n](",
        &pair[..],
        b"e\x85R.",
    ]
    .concat();
    let weights = parsed(&archive(&pickle, &[&[0; 4]])).unwrap();
    assert_eq!(names(&weights.tensors), ["w"]);
}

#[test]
fn of_two_entries_of_one_key_the_last_is_taken() {
    let entry = |offset| [&text("w")[..], &tensor(offset, &[1], &[1]), b"s"].concat();
    let pickle = [b"\x80\x02}", &entry(0)[..], &entry(1), b"."].concat();
    let weights = parsed(&archive(&pickle, &[b"\0\0\0\0abcd"])).unwrap();
    assert_eq!(names(&weights.tensors), ["w"]);
    assert_eq!(weights.tensors[0].1.bytes(), b"abcd");
    let weights = [b"}", &entry(0)[..]].concat();
    let pickle = [
        b"\x80\x02}",
        &text("model")[..],
        b"Ns",
        &text("model"),
        &weights,
        b"s.",
    ]
    .concat();
    let weights = parsed(&archive(&pickle, &[&[0; 4]])).unwrap();
    assert_eq!(weights.key.as_deref(), Some("model"));
}

#[test]
fn packed_weights_of_a_quantized_module_are_named() {
    let packed = [b"c__torch__\nP\n)\x81(", &tensor(0, &[1], &[1])[..], b"tb"].concat();
    let entries = [&text("w")[..], &tensor(0, &[1], &[1]), &text("p"), &packed].concat();
    let pickle = [b"c__torch__\nM\n)\x81}(", &entries[..], b"ub."].concat();
    let weights = parsed(&archive(&pickle, &[&[0; 4]])).unwrap();
    assert_eq!(names(&weights.tensors), ["w"]);
    assert_eq!(weights.notes, ["left out: p (__torch__.P)"]);
}

#[test]
fn a_dictionary_without_tensors_is_not_the_model() {
    let name = [&text("model")[..], b"}", &text("name"), b"Nss"].concat();
    let weights = [
        &text("state_dict")[..],
        b"}",
        &text("w"),
        &tensor(0, &[1], &[1]),
        b"ss",
    ];
    let pickle = [b"\x80\x02}", &name[..], &weights.concat(), b"."].concat();
    let weights = parsed(&archive(&pickle, &[&[0; 4]])).unwrap();
    assert_eq!(weights.key.as_deref(), Some("state_dict"));
    assert_eq!(weights.notes, ["left out: model (a dict)"]);
}
