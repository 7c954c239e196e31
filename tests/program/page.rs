//! `lenet5 page`: networks as pages for the browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::common::{
    json_object, lenet5, libtorch_logits, python_in, reference, repository, run, train_variant,
    trained_weights, write_network,
};
use assert_cmd::Command;
use image::{DynamicImage, GrayAlphaImage};
use lenet5::data::{self, Source};
use lenet5::picture::{self, Digit, Invert};
use lenet5::variant::{LoadOptions, VARIANTS, load_network};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};
use tch::{Device, Tensor};
use tempfile::TempDir;
use torch_twin::tensor_bytes;

fn page(networks: &[&Path], out: &Path) -> Command {
    let mut command = lenet5(&["page"]);
    command.args(networks).arg("--out").arg(out);
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// What the script of a page works on.
fn contents(page: &Path) -> Value {
    let html = fs::read_to_string(page).expect("the page was written");
    let (_, rest) = html.split_once(r#"id="contents">"#).expect("contents");
    let (json, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(json).expect("JSON")
}

#[test]
fn a_page_holds_the_bits_of_its_weights() {
    use base64::Engine;

    let folder = folder();
    let out = folder.path().join("page.html");
    page(&[trained_weights()], &out).assert().success();
    let contents = contents(&out);
    let network = &contents["networks"][0];
    assert_eq!(
        (&network["variant"], &network["classes"], &network["title"]),
        (&json!("classic"), &json!(10), &json!("classic"))
    );
    let loaded =
        load_network(trained_weights(), &LoadOptions::default(), Device::Cpu).expect("weights");
    for (name, tensor) in loaded.network.state_dict().iter() {
        let text = network["tensors"][name].as_str().expect("base64");
        let bytes = base64::prelude::BASE64_STANDARD.decode(text);
        assert_eq!(
            bytes.expect("base64"),
            tensor_bytes(tensor).expect("bytes"),
            "{name}"
        );
    }
    let labels = contents["samples"]["labels"].as_array().expect("labels");
    let expected = (0..10).flat_map(|label| [label; 3]).map(Value::from);
    assert_eq!(*labels, expected.collect::<Vec<_>>());
}

#[test]
fn a_page_names_no_other_file_and_no_address() {
    let folder = folder();
    let out = folder.path().join("page.html");
    page(&[trained_weights()], &out).assert().success();
    let html = fs::read_to_string(&out).expect("text");
    // An SVG's elements are made with the name of their kind, which is an address that nobody asks.
    let html = html.replace("http://www.w3.org/2000/svg", "");
    for asking in [
        "http:", "https:", "src=", "@import", "url(", "fetch(", "import ",
    ] {
        assert!(!html.contains(asking), "{asking}");
    }
    assert_eq!(
        html.matches("href=").count(),
        html.matches(r#"href="data:,""#).count()
    );
    assert!(html.len() < 520_000, "{} bytes", html.len());
}

#[test]
fn networks_of_one_variant_are_told_apart_by_numbers() {
    let folder = folder();
    let modern = folder.path().join("modern.safetensors");
    write_network(&modern, "modern", 10, |_, _| {});
    let out = folder.path().join("page.html");
    let mut command = page(&[trained_weights(), &modern, trained_weights()], &out);
    command.arg("--json");
    let report = json_object(command, 0);
    assert_eq!(report["bytes"], fs::metadata(&out).expect("written").len());
    assert_eq!(report["networks"][1]["variant"], "modern");
    let titles = contents(&out)["networks"]
        .as_array()
        .expect("a list")
        .clone();
    let titles = titles.iter().map(|network| network["title"].clone());
    let titles: Vec<_> = titles.collect();
    assert_eq!(titles, ["classic 1", "modern", "classic 2"]);
}

#[test]
fn a_page_keeps_what_is_there_unless_forced() {
    let folder = folder();
    let out = folder.path().join("taken.html");
    fs::write(&out, "precious").expect("written");
    let refused = page(&[trained_weights()], &out).assert().code(1);
    refused.stderr(contains(
        "exists; name another file, or overwrite it with --force",
    ));
    assert_eq!(fs::read(&out).expect("it is there"), b"precious");
    let mut forced = page(&[trained_weights()], &out);
    forced.arg("--force").assert().success();
    assert_ne!(fs::read(&out).expect("it is there"), b"precious");
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_that_names_it() {
    let folder = folder();
    let missing = folder.path().join("missing").join("page.html");
    let error = format!(
        "error: {}: cannot be written: No such file",
        missing.display()
    );
    page(&[trained_weights()], &missing)
        .assert()
        .code(1)
        .stderr(contains(error));
    let mut onto_a_folder = page(&[trained_weights()], folder.path());
    let error = format!("error: {}: cannot be written: ", folder.path().display());
    onto_a_folder
        .arg("--force")
        .assert()
        .code(1)
        .stderr(contains(error));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn what_is_no_network_of_ours_is_refused_with_what_to_do() {
    let folder = folder();
    let out = folder.path().join("page.html");
    let module = "from torch import nn
layers = nn.Sequential(nn.Flatten(), nn.Linear(1024, 10))
torch.jit.script(layers).save('foreign.pt')";
    python_in(folder.path(), module);
    let foreign = folder.path().join("foreign.pt");
    let words = contains("foreign.pt: not the weights of ").and(contains(
        "knows classic, paper, paper-rbf, modern. Name the one that these weights are of with \
         --variant, or train one with lenet5 train",
    ));
    page(&[&foreign], &out).assert().code(1).stderr(words);

    let damaged = folder.path().join("damaged.safetensors");
    fs::write(&damaged, "no weights").expect("written");
    let error = format!("error: {}: ", damaged.display());
    page(&[trained_weights(), &damaged], &out)
        .assert()
        .code(1)
        .stderr(contains(error));
    page(&[], &out)
        .assert()
        .code(2)
        .stderr(contains("<WEIGHTS>"));
    assert!(!out.exists());
}

#[test]
fn weights_too_large_for_numbers_are_refused_by_layer() {
    let folder = folder();
    let path = folder.path().join("large.safetensors");
    write_network(&path, "classic", 10, |name, tensor| {
        if name == "conv2.weight" {
            let _ = tensor.shallow_clone().fill_(3e38);
        }
    });
    let words = "conv2 gives values that are infinite or NaN: the weights are too large";
    page(&[&path], &folder.path().join("page.html"))
        .assert()
        .code(1)
        .stderr(contains(words));
}

#[test]
fn kernels_at_places_beyond_table_i_are_refused() {
    let folder = folder();
    let path = folder.path().join("beyond.safetensors");
    write_network(&path, "paper", 10, |name, tensor| {
        if name == "conv2.kernels" {
            let _ = tensor.shallow_clone().fill_(96);
        }
    });
    let out = folder.path().join("page.html");
    page(&[&path], &out)
        .assert()
        .code(1)
        .stderr(contains("index"));
    assert!(!out.exists());
}

#[cfg(unix)]
#[test]
fn the_name_of_a_file_ends_no_element_of_the_page() {
    let folder = folder();
    // Together these two make a browser read on to the end of the next script.
    let name = "<!--<script>\"&.safetensors";
    let path = folder.path().join(name);
    fs::copy(trained_weights(), &path).expect("copied");
    let out = folder.path().join("page.html");
    page(&[&path], &out).assert().success();
    assert_eq!(contents(&out)["networks"][0]["file"], name);
    let html = fs::read_to_string(&out).expect("text");
    assert!(!html.contains("<!--"));
}

#[test]
fn the_weights_come_out_of_a_page_as_they_went_in() {
    let folder = folder();
    let names = VARIANTS.iter().map(|variant| variant.name);
    let files: Vec<_> = names
        .map(|name| folder.path().join(name).with_extension("safetensors"))
        .collect();
    for (variant, file) in VARIANTS.iter().zip(&files) {
        write_network(file, variant.name, 10, |_, _| {});
    }
    let out = folder.path().join("page.html");
    let networks: Vec<_> = files.iter().map(PathBuf::as_path).collect();
    page(&networks, &out).assert().success();
    let script = repository("tools/page_weights.py");
    let taken = folder.path().join("taken");
    run(&reference().python.path, [&script, &out, &taken]);
    for file in &files {
        let sha256 = |path: &Path| {
            let loaded = load_network(path, &LoadOptions::default(), Device::Cpu).expect("weights");
            loaded.network.state_dict().sha256().expect("a digest")
        };
        let name = file.file_name().expect("a name");
        assert_eq!(sha256(file), sha256(&taken.join(name)), "{name:?}");
    }
}

/// What the tests in the browser are held to: pages, libtorch's logits, and digits in MNIST's form.
fn write_what_the_browser_is_held_to(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
    let source = std::env::var_os("LENET5_DATA").map_or(Source::Sample, Source::from);
    let test = data::load(Some(&source), &mut |_| {})
        .expect("a data set")
        .test;
    // JavaScript takes half a minute for all of MNIST's.
    let images = test.images.narrow(0, 0, 2000);
    fs::write(folder.join("images"), tensor_bytes(&images).expect("bytes")).expect("written");
    let networks: Vec<_> = VARIANTS
        .iter()
        .map(|variant| write_network_and_logits(folder, variant.name, &images))
        .collect();
    let networks: Vec<_> = networks.iter().map(PathBuf::as_path).collect();
    page(&networks, &folder.join("all.html")).assert().success();
    let letters = folder.join("letters.safetensors");
    write_network(&letters, "classic", 26, |_, _| {});
    page(&[&letters], &folder.join("letters.html"))
        .assert()
        .success();
    write_pictures(folder);
}

/// A trained network of `variant`, its page, and libtorch's logits of `images`.
fn write_network_and_logits(folder: &Path, variant: &str, images: &Tensor) -> PathBuf {
    let trained = train_variant(folder, variant);
    let out = folder.join(format!("{variant}.html"));
    page(&[&trained], &out).assert().success();
    let logits = libtorch_logits(&trained, images);
    let bytes = tensor_bytes(&logits).expect("bytes");
    fs::write(folder.join(format!("{variant}.logits")), bytes).expect("written");
    trained
}

/// The pictures of the repository as levels of grey with their opacity, and the digits that the
/// program makes of just these.
fn write_pictures(folder: &Path) {
    let mut list = Vec::new();
    let folders =
        ["", "seen", "held_out", "several"].map(|name| repository("tests/pictures").join(name));
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    for entry in entries {
        let path = entry.expect("an entry").path();
        if !picture::is_picture(&path).expect("a file") {
            continue;
        }
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        let pixels = grey(&image::open(&path).expect("a picture"));
        let (width, height) = pixels.dimensions();
        fs::write(folder.join(format!("{name}.pixels")), pixels.as_raw()).expect("written");
        let same = folder.join(format!("{name}.png"));
        pixels.save(&same).expect("written");
        let digits = picture::read(&same, Invert::Auto).expect("digits");
        let digits: Vec<_> = digits.iter().map(Digit::pixels).collect();
        fs::write(folder.join(format!("{name}.digits")), digits.concat()).expect("written");
        list.push(json!({ "name": name, "width": width, "height": height }));
    }
    let list = serde_json::to_vec(&list).expect("JSON");
    fs::write(folder.join("pictures.json"), list).expect("written");
}

/// Levels of grey with their opacity, as the program sees them.
fn grey(picture: &DynamicImage) -> GrayAlphaImage {
    match picture.color().has_alpha() {
        true => picture.to_luma_alpha8(),
        // Colours become grey in eight bits or before, as the picture has it.
        false => DynamicImage::from(picture.to_luma8()).to_luma_alpha8(),
    }
}

#[test]
#[ignore = "needs Chromium and node: make page-test"]
fn a_page_in_chromium_computes_what_libtorch_does_and_shows_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page-in-chromium");
    write_what_the_browser_is_held_to(&folder);
    let tests = Process::new("npm")
        .args(["test", "--silent"])
        .current_dir(repository("page"))
        .env("LENET5_PAGES", &folder)
        .status();
    assert!(tests.expect("npm starts").success());
}
