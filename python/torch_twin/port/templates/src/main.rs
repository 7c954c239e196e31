//! Trains the network on the example's inputs, or runs it from weights.
#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use torch_twin::Tensors;
use torch_twin::prelude::*;
use @crate_name@::net::{self, {net}};
use @crate_name@::training::{self, Batch};

const HELP: &str = "\
Usage: @name@ [--steps N] [--save FILE]     train on example.safetensors
       @name@ --weights FILE                run from weights: safetensors or torch.save
Options: --inputs FILE   inputs by name, instead of example.safetensors
         --seed N        seed of the initial values [default: 0]";

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/example.safetensors");

/// What the command line asks for.
struct Arguments {
    steps: u64,
    seed: u64,
    inputs: PathBuf,
    weights: Option<PathBuf>,
    save: Option<PathBuf>,
}

impl Arguments {
    fn parse() -> Result<Self, String> {
        let mut arguments = Self {
            steps: 10,
            seed: 0,
            inputs: PathBuf::from(EXAMPLE),
            weights: None,
            save: None,
        };
        let mut words = env::args().skip(1);
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| HELP.to_owned())?;
            let number = || value.parse().map_err(|_| format!("{option} {value}: expected a number"));
            match option.as_str() {
                "--steps" => arguments.steps = number()?,
                "--seed" => arguments.seed = number()?,
                "--inputs" => arguments.inputs = PathBuf::from(value),
                "--weights" => arguments.weights = Some(PathBuf::from(value)),
                "--save" => arguments.save = Some(PathBuf::from(value)),
                _ => return Err(HELP.to_owned()),
            }
        }
        Ok(arguments)
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::parse() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut generator = Generator::manual_seed(arguments.seed);
    let net = net::model(&mut generator)?;
    let batch = Batch::new(&tensors(&arguments.inputs)?, "");
    match &arguments.weights {
        Some(weights) => {
            weights::load_state_dict(&tensors(weights)?, &net.state_dict())?;
            evaluate(&net, &batch, &mut generator)
        }
        None => train(&net, &batch, &mut generator, arguments),
    }
}

/// Prints each output's shape and mean in eval mode.
fn evaluate(net: &@net@, batch: &Batch, generator: &mut Generator) -> Result<(), Box<dyn Error>> {
    let pass = ForwardPass::eval().with_generator(generator);
    let output = no_grad(|| training::forward(net, batch, pass, &mut Recorder::off().step(0)?))?;
    for (index, tensor) in output.tensors().into_iter().enumerate() {
        let mean = tensor.f_to_kind(Kind::Double)?.f_mean(Kind::Double)?.f_double_value(&[])?;
        println!("output {index}: {:?} {:?}, mean {mean}", tensor.f_kind()?, tensor.size());
    }
    Ok(())
}

fn train(
    net: &@net@,
    batch: &Batch,
    generator: &mut Generator,
    arguments: &Arguments,
) -> Result<(), Box<dyn Error>> {
    let mut optimizer = training::optimizer(net)?;
    let mut recorder = Recorder::off();
    for step in 1..=arguments.steps {
        let loss = training::step(net, &mut optimizer, batch, generator, &mut recorder.step(step)?)?;
        println!("step {step}: loss {}", loss.f_double_value(&[])?);
    }
    if let Some(path) = &arguments.save {
        weights::save(path, net.state_dict().iter(), &Default::default())?;
    }
    Ok(())
}

fn tensors(path: &Path) -> Result<Tensors, weights::WeightsError> {
    Ok(weights::load(path, weights::DEFAULT_MAX_BYTES)?.tensors)
}
