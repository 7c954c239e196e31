//! The steps in Rust.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use torch_twin::Tensors;
use torch_twin::prelude::*;
use torch_twin::threads;
use @crate_name@::net::{self, @net@};
use @crate_name@::training::{self, Batch};

/// Steps that are no training: both are in eval mode.
const IN_EVAL_MODE: u64 = 4;
const WITHOUT_GRADIENTS: u64 = 5;

/// Of tensors of more values a trace keeps a digest.
const DIGEST_ABOVE: usize = 4_096;

/// What `step` of a verdict is.
pub fn describe(step: u64) -> &'static str {
    match step {
        0 => "the initial values",
        1..=3 => "training",
        IN_EVAL_MODE => "eval mode, with gradients",
        WITHOUT_GRADIENTS => "eval mode under no_grad",
        _ => "training on inputs of other sizes",
    }
}

/// The steps from one seed, on this many threads.
#[derive(Clone, Copy)]
pub struct Run {
    seed: u64,
    threads: i32,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, threads } = self;
        write!(f, "seed {seed}, threads {threads}")
    }
}

impl Run {
    pub const fn new(seed: u64, threads: i32) -> Self {
        Self { seed, threads }
    }

    /// The run on the command line of `steps.py`.
    pub fn argument(&self) -> String {
        format!("{}:{}", self.seed, self.threads)
    }

    /// The trace of a side.
    pub fn trace(&self, folder: &Path, side: &str) -> PathBuf {
        folder.join(format!("{side}-{}-{}.trace", self.seed, self.threads))
    }

    /// Takes the steps with the inputs that Python has drawn, and writes the trace.
    pub fn record(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        set_num_threads(self.threads);
        threads::check()?;
        let inputs = self.trace(folder, "python").with_extension("safetensors");
        let inputs = weights::load(&inputs, weights::DEFAULT_MAX_BYTES)?.tensors;
        let mut generator = Generator::manual_seed(self.seed);
        let net = net::model(&mut generator)?;
        let mut optimizer = training::optimizer(&net)?;
        let mut recorder = Recorder::default().digest_above(DIGEST_ABOVE);
        recorder.weights(&net.state_dict())?;
        for step in 1.. {
            let batch = Batch::new(&inputs, &format!("{step}."));
            if batch.is_empty() {
                break;
            }
            let mut recorded = recorder.step(step)?;
            if ![IN_EVAL_MODE, WITHOUT_GRADIENTS].contains(&step) {
                training::step(&net, &mut optimizer, &batch, &mut generator, &mut recorded)?;
                continue;
            }
            optimizer.zero_grad()?;
            let pass = ForwardPass::eval().with_generator(&mut generator);
            let evaluate = || training::loss(&net, &batch, pass, &mut recorded);
            let loss = match step {
                WITHOUT_GRADIENTS => no_grad(evaluate)?,
                _ => evaluate()?,
            };
            if loss.requires_grad() {
                loss.f_backward()?;
            }
            recorded.gradients(&net.state_dict())?;
            recorded.optimizer(&optimizer)?;
            recorded.weights(&net.state_dict())?;
        }
        Ok(recorder.save(&self.trace(folder, "rust"))?)
    }
}
