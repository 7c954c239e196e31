//! Weights that are converted on the way.

use crate::common::{assert_are, by_name, parsed, taken};

#[test]
fn floats_of_a_byte_become_float32_exactly() {
    for file in [
        "float8_zip.pt",
        "float8_stream.pt",
        "float8_file.safetensors",
    ] {
        let weights = taken(&format!("made/{file}"));
        assert_are(&weights.tensors, "made/float8.safetensors");
        assert_eq!(weights.notes.len(), 5);
        assert_eq!(
            weights.notes[0],
            "converted from float8_e4m3fn to float32: float8_e4m3fn"
        );
    }
    let notes = taken("float8.pt").notes;
    assert_eq!(
        notes,
        ["converted from float8_e4m3fn to float32: fc.weight, fc.bias"]
    );
}

#[test]
fn pruned_weights_are_folded_as_pytorch_folds_them() {
    for kind in ["float64", "float32", "float16", "bfloat16"] {
        let weights = taken(&format!("made/pruned_{kind}.pt"));
        assert_are(&weights.tensors, &format!("made/pruned_{kind}.safetensors"));
        assert_eq!(
            weights.notes,
            ["folded weight_orig · weight_mask, as torch.nn.utils.prune.remove does: weight"]
        );
    }
    let weights = taken("pruned.pt");
    assert!(
        by_name(&weights.tensors)
            .keys()
            .eq(&["fc.bias", "fc.weight"])
    );
}

#[test]
fn of_other_weights_in_parts_the_line_of_python_is_named() {
    let weights = taken("made/parts.pt");
    assert_eq!(
        weights.notes,
        [
            "stored in parts (call torch.nn.utils.remove_weight_norm(MODULE) in Python before you save): old.weight",
            "stored in parts (call torch.nn.utils.remove_spectral_norm(MODULE) in Python before you save): \
             spectral.weight",
            "stored in parts (call torch.nn.utils.parametrize.remove_parametrizations(MODULE, \"weight\") in Python \
             before you save): new.weight, orthogonal.weight",
        ]
    );
}

#[test]
fn a_var_store_of_tch_is_read_by_its_names() {
    let weights = taken("tch_varstore.ot");
    assert!(
        by_name(&weights.tensors)
            .keys()
            .eq(&["fc.bias", "fc.weight"])
    );
}

#[test]
fn values_of_safetensors_that_are_not_read_are_named() {
    let header = br#"{"a.b":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}}"#;
    let file = [&(header.len() as u64).to_le_bytes()[..], header, b"\0\0"].concat();
    let error = parsed(&file).unwrap_err().to_string();
    assert!(
        error.contains("a.b is not read, for it is U16 values"),
        "{error}"
    );
}
