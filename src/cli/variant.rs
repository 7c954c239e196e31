//! Options for which network to build.

use clap::{Args, ValueEnum};
use lenet5::model::{self, Variant, paper};

use super::options::variant_parser;
use super::usage_error;

/// Which network to build.
#[derive(Args)]
pub struct VariantOptions {
    /// The network's variant [default: classic]
    #[arg(long, value_parser = variant_parser())]
    variant: Option<String>,

    /// The output layer of the variant paper; --variant paper-rbf is short for --output rbf
    #[arg(long, value_enum)]
    output: Option<OutputLayer>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum OutputLayer {
    /// Fully connected, as the tutorial has it
    Linear,
    /// Euclidean distances from bitmaps of the ten digits, as the paper has it
    Rbf,
}

impl VariantOptions {
    /// The variant, for so many classes: the one named, else `default`. Ends the program if there
    /// is no such network.
    pub fn variant(&self, default: &'static Variant, num_classes: i64) -> &'static Variant {
        let named = self.variant.as_deref().and_then(model::variant);
        let named = named.unwrap_or(default);
        let is_paper = [paper::VARIANT.name, paper::RBF_VARIANT.name].contains(&named.name);
        let variant = match self.output {
            None => named,
            Some(OutputLayer::Linear) if is_paper => &paper::VARIANT,
            Some(OutputLayer::Rbf) if is_paper => &paper::RBF_VARIANT,
            Some(_) => usage_error(&format!(
                "--output chooses between the output layers of the variant paper; {} has one",
                named.name
            )),
        };
        match variant.fixed_classes {
            Some(fixed) if fixed != num_classes => usage_error(&format!(
                "{} tells {fixed} classes apart, not {num_classes}: it has bitmaps of the ten \
                 digits only",
                variant.name
            )),
            _ => variant,
        }
    }
}
