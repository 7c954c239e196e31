//! Options for how a network is trained, over a recipe that a name stands for.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use lenet5::variant::{
    OptimizerName, Recipe, SCHEDULES, Schedule, ScheduleArguments, ScheduleKind, Variant,
};

use super::failure::UsageError;
use super::options::{batch_size, number};

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

/// The schedule of the learning rate; what is not given is as the recipe has it.
#[derive(Args)]
pub struct ScheduleOptions {
    /// How the learning rate changes, as in torch.optim.lr_scheduler [default: the recipe's]
    #[arg(long, value_name = "NAME", value_parser = kind_parser())]
    schedule: Option<&'static ScheduleKind>,

    /// What the learning rate is multiplied by, with exponential, step, multistep and plateau
    /// [default: 0.1; exponential has none]
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true, value_parser = number)]
    gamma: Option<f64>,

    /// Epochs from one multiplication to the next, with step
    #[arg(long, value_name = "N")]
    step_size: Option<u32>,

    /// Epochs after which to multiply, with multistep, as in 10,20
    #[arg(long, value_name = "EPOCHS", value_delimiter = ',')]
    milestones: Option<Vec<u32>>,

    /// Part of the learning rate that is left at the end, with linear [default: 0]
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true, value_parser = number)]
    end_factor: Option<f64>,

    /// Epochs without a lower loss on the images held out that are borne, with plateau [default: 10]
    #[arg(long, value_name = "N")]
    plateau_patience: Option<u32>,
}

impl ScheduleOptions {
    /// The schedule that was named, or else `base`, with what was given in place of what it has.
    pub fn over(&self, base: &Schedule) -> Result<Schedule, UsageError> {
        let kind = self.schedule.unwrap_or(base.kind());
        let given = ScheduleArguments {
            gamma: self.gamma,
            step_size: self.step_size,
            milestones: self.milestones.clone(),
            end_factor: self.end_factor,
            plateau_patience: self.plateau_patience,
        };
        let arguments = match kind == base.kind() {
            true => given.or(base.arguments()),
            false => given,
        };
        Ok(Schedule::new(kind, arguments)?)
    }
}

fn kind_parser() -> impl TypedValueParser<Value = &'static ScheduleKind> {
    let values = SCHEDULES.into_iter();
    let values = values.map(|kind| PossibleValue::new(kind.name).help(kind.help));
    PossibleValuesParser::new(values).try_map(|name| {
        let kind = SCHEDULES.into_iter().find(|kind| kind.name == name);
        kind.ok_or("no such schedule")
    })
}
