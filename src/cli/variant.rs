//! The option for which network to build.

use clap::Args;
use lenet5::variant::Variant;

use super::failure::UsageError;
use super::options::variant_parser;

/// Which network to build.
#[derive(Args)]
pub struct VariantOptions {
    /// The network's variant [default: that of --init, else classic]
    #[arg(long, value_name = "NAME", value_parser = variant_parser())]
    variant: Option<&'static Variant>,
}

impl VariantOptions {
    /// The variant that was named.
    pub fn named(&self) -> Option<&'static Variant> {
        self.variant
    }

    /// The variant, for so many classes: the one named, else `default`.
    pub fn variant(
        &self,
        default: &'static Variant,
        num_classes: usize,
    ) -> Result<&'static Variant, UsageError> {
        let variant = self.variant.unwrap_or(default);
        match variant.fixed_classes {
            Some(fixed) if fixed != num_classes => Err(UsageError(format!(
                "{} tells {fixed} classes apart, not {num_classes}: it has bitmaps of the ten \
                 digits only",
                variant.name
            ))),
            _ => Ok(variant),
        }
    }
}
