//! Options for how a network is trained, over a recipe that a name stands for.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use lenet5::variant::{OptimizerName, Recipe, Variant};

use super::failure::UsageError;
use super::options::{batch_size, number};
use super::schedule::ScheduleOptions;

/// How to train; what is not given is as the recipe has it.
#[derive(Args)]
#[command(next_help_heading = "Recipe")]
pub struct RecipeOptions {
    /// What the other options of this list start from [default: tutorial]
    #[arg(long, value_enum)]
    recipe: Option<RecipeName>,

    /// Passes over the training images [default: the recipe's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,

    /// Images a training step [default: the recipe's]
    #[arg(long, value_name = "N", value_parser = batch_size)]
    batch_size: Option<usize>,

    /// What turns gradients into steps, as in torch.optim; another than the recipe's brings a
    /// learning rate and a momentum that suit it [default: the recipe's]
    #[arg(long, value_name = "NAME", value_parser = optimizer_parser())]
    optimizer: Option<OptimizerName>,

    /// Learning rate of the first epoch [default: the recipe's, or the optimiser's]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, value_parser = number)]
    lr: Option<f64>,

    /// Momentum, with --optimizer sgd [default: the recipe's, or 0.9]
    #[arg(long, value_name = "M", allow_negative_numbers = true, value_parser = number)]
    momentum: Option<f64>,

    /// Weight decay [default: the recipe's]
    #[arg(long, value_name = "DECAY", allow_negative_numbers = true, value_parser = number)]
    weight_decay: Option<f64>,

    #[command(flatten)]
    schedule: ScheduleOptions,

    /// Rotate training images at random, by this many degrees either way at most [default: the
    /// recipe's]
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true, value_parser = number)]
    rotation: Option<f64>,

    /// Shift training images at random, by this many pixels each way at most [default: the recipe's]
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true, value_parser = number)]
    shift: Option<f64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum RecipeName {
    /// The tutorial's
    Tutorial,
    /// The best one found for the variant
    Best,
}

impl RecipeOptions {
    /// The recipe for `variant`: what was named in place of what `base` has.
    ///
    /// # Errors
    /// Options of another schedule than the recipe's.
    pub fn over(&self, base: &Recipe, variant: &Variant) -> Result<Recipe, UsageError> {
        let mut recipe = match self.recipe {
            None => base.clone(),
            Some(RecipeName::Tutorial) => variant.tutorial.clone(),
            Some(RecipeName::Best) => variant.best.clone(),
        };
        replace(&mut recipe.epochs, self.epochs);
        replace(&mut recipe.batch_size, self.batch_size);
        let named = self.optimizer.unwrap_or(recipe.optimizer);
        if named != recipe.optimizer {
            (recipe.lr, recipe.momentum) = variant.step_size(named);
            recipe.optimizer = named;
        }
        replace(&mut recipe.lr, self.lr);
        replace(&mut recipe.momentum, self.momentum);
        replace(&mut recipe.weight_decay, self.weight_decay);
        recipe.schedule = self.schedule.over(&recipe.schedule)?;
        replace(&mut recipe.augmentation.rotation, self.rotation);
        replace(&mut recipe.augmentation.shift, self.shift);
        Ok(recipe)
    }
}

fn optimizer_parser() -> impl TypedValueParser<Value = OptimizerName> {
    let names = OptimizerName::ALL.map(OptimizerName::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<OptimizerName>())
}

fn replace<T>(value: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *value = given;
    }
}
