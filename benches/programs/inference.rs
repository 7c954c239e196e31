//! Times a network on test images as a program does that embeds this library.
//!
//! As `inference.py` beside it: each call gets the same images, padded and scaled before, and gives
//! their logits.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use lenet5::data::{self, Source};
use lenet5::model::Classifier;
use lenet5::variant::{LoadOptions, PreprocessingOptions, load_classifier};
use tch::{Device, Tensor};
use torch_twin::{TorchError, sha256};

#[derive(Parser)]
struct Args {
    /// The weights
    #[arg(long)]
    weights: PathBuf,

    /// Folder with the IDX files
    #[arg(long)]
    data: PathBuf,

    /// Images a call
    #[arg(long)]
    images: i64,

    #[arg(long, default_value_t = 2.0)]
    seconds: f64,

    #[arg(long)]
    threads: i32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    tch::set_num_threads(args.threads);
    let _no_grad = tch::no_grad_guard();
    let loaded = load_classifier(
        &args.weights,
        &LoadOptions::default(),
        PreprocessingOptions::default(),
        Device::Cpu,
    )?;
    let data = data::load_test_set(Some(&Source::Folder(args.data)), &mut |_| {})?;
    let bytes = data.test.images.f_narrow(0, 0, args.images)?;
    let images = data::to_input(&bytes, Device::Cpu)?;

    let logits = loaded.classifier.logits(&images)?;
    let times = timed(loaded.classifier.as_ref(), &images, args.seconds)?;
    let report = serde_json::json!({
        "seconds": times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>(),
        "logits_sha256": sha256([&logits])?,
    });
    println!("{report}");
    Ok(())
}

/// What each call took, of as many as `seconds` hold and of five at the least.
fn timed(
    classifier: &dyn Classifier,
    images: &Tensor,
    seconds: f64,
) -> Result<Vec<Duration>, TorchError> {
    let _logits = classifier.logits(images)?;
    let mut times = Vec::new();
    while times.len() < 5 || times.iter().sum::<Duration>().as_secs_f64() < seconds {
        let start = Instant::now();
        let _logits = classifier.logits(images)?;
        times.push(start.elapsed());
    }
    Ok(times)
}
