//! Files that hold no weights, or hold them in a form that is not read, told by how they begin.

/// What a file is that is not read, and what to do.
pub fn foreign(contents: &[u8]) -> Option<(&'static str, &'static str)> {
    const BEGINNING: usize = 4096;
    let beginning = &contents[..contents.len().min(BEGINNING)];
    let state_dict = "save the state_dict of the model that it was exported from";
    Some(match beginning {
        b"" => ("an empty file", "copy or download it again"),
        _ if beginning.starts_with(b"version https://git-lfs") => (
            "a Git LFS pointer in place of the weights",
            "get them with git lfs pull",
        ),
        _ if is_web_page(beginning) => (
            "a web page in place of the weights",
            "download the file itself, not the page that shows it",
        ),
        [0x1f, 0x8b, ..] => ("a gzip file", "unpack it, and give the file in it"),
        _ if beginning.get(257..262) == Some(b"ustar") => (
            "a tar file, as PyTorch wrote before 0.1.10",
            "load it in Python and save its state_dict anew",
        ),
        _ if beginning.starts_with(b"\x89HDF") => (
            "an HDF5 file, as Keras writes it",
            "save its arrays with numpy.savez(FILE, **arrays)",
        ),
        _ if beginning.starts_with(b"\x93NUMPY") => (
            "one NumPy array without a name",
            "save arrays by their names with numpy.savez(FILE, **arrays)",
        ),
        _ if beginning.starts_with(b"GGUF") => (
            "a GGUF file of llama.cpp",
            "take the safetensors files that it was made from",
        ),
        _ if is_onnx(beginning) => ("an ONNX model", state_dict),
        [0x80, 2..=5, ..] => (
            "a pickle that torch.save did not write",
            "load it in Python, and save the state_dict with torch.save(state_dict, FILE)",
        ),
        _ => return None,
    })
}

/// Whether a file begins as an ONNX model: with the number of its version, field 1, and then, in the
/// notation of protocol buffers, the tag of its producer's name, domain, text, graph or operators.
fn is_onnx(beginning: &[u8]) -> bool {
    const TAGS: [u8; 6] = [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42];
    matches!(beginning, [0x08, 1..=0x7f, tag, ..] if TAGS.contains(tag))
}

fn is_web_page(beginning: &[u8]) -> bool {
    let beginning = beginning.trim_ascii_start();
    [&b"<!doctype html"[..], b"<html", b"<?xml"]
        .iter()
        .any(|tag| {
            let found = beginning.get(..tag.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(tag))
        })
}
