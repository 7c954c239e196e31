//! `lenet5 show`: kernels and maps of a network, in the terminal and as a picture.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lenet5::anatomy::{self, Image, Look, Plate};
use lenet5::figure::Figure;
use lenet5::picture::{self, Invert};
use lenet5::variant::{LoadedNetwork, load_network};
use serde::Serialize;
use tch::Device;
use torch_twin::atomic_file;

use super::drawing::{self, ABOVE_ZERO, BELOW_ZERO};
use super::output::{StandardOutput, shown, wrapped};
use super::weights::{WeightsOptions, print_notes};

/// Columns of a terminal that does not tell how many it has.
const COLUMNS: usize = 80;

/// Images of at most so many columns are drawn twice as large.
const SMALL: usize = 7;

/// More kernels than this are no sight in a terminal.
const MANY: usize = 100;

/// Show the kernels of a network, and the maps that it makes of a picture
#[derive(clap::Args)]
#[command(after_help = "\
Maps are shown as each layer gives them, before its activation function. Orange is above zero, blue
below; each layer has its own scale.

Examples:
  lenet5 show runs/first/model.safetensors
  lenet5 show runs/first photo.jpg --out maps.png
  lenet5 show runs/first photo.jpg | less")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or TorchScript whose tensors have our names
    weights: PathBuf,

    /// A PNG, JPEG, GIF, BMP or WebP picture of a digit; of several, the first is shown
    image: Option<PathBuf>,

    /// Write a PNG picture of all that too, with the kernels of which there are too many for a
    /// terminal
    #[arg(long, value_name = "FILE.png")]
    out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    force: bool,

    /// Whether the ink is darker than the paper: auto, yes or no
    #[arg(long, default_value = "auto", value_name = "WHEN")]
    invert: Invert,

    #[command(flatten)]
    options: WeightsOptions,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    variant: &'static str,
    kernels: Vec<Plate>,
    maps: Vec<Plate>,
    /// The probability of each class, where there is a picture.
    probabilities: Vec<f32>,
    saved: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(out) = &args.out {
        ensure!(
            args.force || !out.exists(),
            "{} exists; name another file, or overwrite it with --force",
            shown(out)
        );
    }
    let loaded = load_network(&args.weights, &args.options.load_options()?, Device::Cpu);
    let loaded = loaded.with_context(|| shown(&args.weights))?;
    print_notes(&args.weights, &loaded.notes);
    let network = loaded.network.as_ref();
    let kernels = anatomy::kernels(loaded.variant, network)?;
    let look = match &args.image {
        Some(image) => Some(look(&loaded, image, args.invert)?),
        None => None,
    };
    let (maps, probabilities) = look.map_or_else(Default::default, |look: Look| {
        (look.maps, look.probabilities)
    });
    let report = Report {
        variant: loaded.variant.name,
        kernels,
        maps,
        probabilities,
        saved: args
            .out
            .as_ref()
            .map(|out| out.to_string_lossy().into_owned()),
    };
    let output = StandardOutput::new(args.json);
    if args.json {
        output.json(&report)?;
    } else {
        output.text(&text(&report, &output))?;
    }
    match &args.out {
        Some(out) => save(out, &report),
        None => Ok(()),
    }
}

fn look(loaded: &LoadedNetwork, image: &Path, invert: Invert) -> anyhow::Result<Look> {
    let digits = picture::read(image, invert).with_context(|| shown(image))?;
    let (digit, others) = digits.split_first().context("no digit")?;
    if !others.is_empty() {
        let count = digits.len();
        say!(
            "note: {}: the first of {count} digits is shown",
            shown(image)
        );
    }
    let look = anatomy::look(loaded.variant, loaded.network.as_ref(), &digit.to_tensor()?);
    look.with_context(|| shown(image))
}

fn save(out: &Path, report: &Report) -> anyhow::Result<()> {
    let plates = report.kernels.iter().chain(&report.maps);
    let png = anatomy::sheet(plates).png()?;
    atomic_file::write(out, &png).with_context(|| format!("{}: cannot be written", shown(out)))?;
    say!("Saved: {}", shown(out));
    Ok(())
}

fn text(report: &Report, output: &StandardOutput) -> String {
    let width = output.width().unwrap_or(COLUMNS);
    let in_colour = output.is_in_colour();
    let mut heading = match report.maps.is_empty() {
        true => format!("{}: kernels", report.variant),
        false => format!("{}: kernels, then maps", report.variant),
    };
    if !in_colour {
        let [above, below] = [ABOVE_ZERO, BELOW_ZERO].map(String::from_iter);
        heading += &format!(" (above zero{above}, below zero{below})");
    }
    let mut paragraphs = vec![wrapped(&heading, Some(width))];
    for plate in report.kernels.iter().chain(&report.maps) {
        let title = wrapped(&plate.title(), Some(width));
        paragraphs.push(match plate.count > MANY {
            true => format!("{title}\n  too many for a terminal; --out FILE.png shows them"),
            false => format!("{title}\n{}", side_by_side(plate, width, in_colour)),
        });
    }
    if let Some(answer) = answer(&report.probabilities) {
        paragraphs.push(answer);
    }
    paragraphs.join("\n\n")
}

/// The classes that are likeliest.
fn answer(probabilities: &[f32]) -> Option<String> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let percent = |&class: &usize| format!("{class} {:.2}%", 100.0 * probabilities[class]);
    let (first, others) = order.split_first()?;
    let others: Vec<_> = others.iter().take(2).map(percent).collect();
    Some(format!(
        "Read as {}, then {}",
        percent(first),
        others.join(", ")
    ))
}

/// The plate's images in rows that are at most so wide.
fn side_by_side(plate: &Plate, width: usize, in_colour: bool) -> String {
    const GAP: usize = 2;
    let zoom = if plate.width <= SMALL { 2 } else { 1 };
    let in_a_row = ((width + GAP) / (zoom * plate.width + GAP)).max(1);
    let drawn = plate
        .images
        .iter()
        .map(|image| lines(plate, image, zoom, in_colour));
    let drawn: Vec<Vec<String>> = drawn.collect();
    let rows = drawn.chunks(in_a_row).map(|row| {
        let lines = (0..row[0].len()).map(|line| {
            let parts: Vec<_> = row.iter().map(|image| image[line].as_str()).collect();
            parts.join(&" ".repeat(GAP)).trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    rows.collect::<Vec<_>>().join("\n\n")
}

fn lines(plate: &Plate, image: &Image, zoom: usize, in_colour: bool) -> Vec<String> {
    let rows = image.values.chunks(image.width);
    let rows = rows.flat_map(|row| std::iter::repeat_n(row, zoom));
    let wide = rows.map(|row| {
        row.iter()
            .flat_map(|&value| std::iter::repeat_n(value, zoom))
    });
    match in_colour {
        true => {
            let rows = wide.map(|row| row.map(|value| plate.colour(value)).collect());
            drawing::half_blocks(&rows.collect::<Vec<_>>())
        }
        false => {
            let rows = wide.map(|row| row.map(|value| plate.share(value)).collect());
            drawing::signed_characters(&rows.collect::<Vec<_>>())
        }
    }
}
