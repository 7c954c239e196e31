//! `lenet5 info`: what this binary runs on.

/// Show versions, libtorch, threads and devices
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    compute: super::options::ComputeOptions,
}

pub fn run(_args: &Args) -> anyhow::Result<()> {
    Ok(())
}
