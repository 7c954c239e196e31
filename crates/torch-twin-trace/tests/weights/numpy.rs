//! Arrays of NumPy.

use torch_twin_trace::weights::Format;

use crate::common::{assert_are, names, path, taken};

#[test]
fn arrays_of_every_order_are_read_and_what_holds_no_numbers_is_named() {
    for file in ["stored", "packed"] {
        let name = format!("made/numpy_{file}.npz");
        let weights = taken(&name);
        assert_are(&weights.tensors, "made/numpy.safetensors");
        let [note] = &weights.notes[..] else {
            panic!("{:?}", weights.notes)
        };
        assert!(
            note.starts_with("left out: text (values of type <U1), record (values of type [("),
            "{note}"
        );
        let contents = std::fs::read(path(&name)).unwrap();
        assert_eq!(Format::of(&contents, 1 << 20).unwrap(), Format::Numpy);
    }
    assert_eq!(
        names(&taken("weights.npz").tensors),
        ["fc.weight", "fc.bias"]
    );
}
