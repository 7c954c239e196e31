//! A small GPT that learns the Apache licence byte by byte: tied weights, dropout, AdamW with two
//! groups, warm-up then cosine, clipped gradients.
//!
//! The twin of gpt.py.

mod arguments;

use std::error::Error;

use torch_twin::nn::utils::clip_grad_norm_;
use torch_twin::prelude::*;

use arguments::{Arguments, RECORDED};

const TEXT: &[u8] = include_bytes!("../../../LICENSE-APACHE");
const VOCABULARY: usize = 256;
const BLOCK: usize = 32;
const LAYERS: usize = 2;
const HEADS: usize = 4;
const WIDTH: usize = 64;
const DROPOUT: f64 = 0.1;

module! {
    struct CausalSelfAttention(generator: &mut Generator) {
        c_attn: Linear = Linear::new(WIDTH, 3 * WIDTH, generator)?,
        c_proj: Linear = Linear::new(WIDTH, WIDTH, generator)?,
        resid_dropout: Dropout = Dropout::new(DROPOUT)?,
    }
}

impl Forward for CausalSelfAttention {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let (batch, length, width) = x.size3()?;
        let of_heads = |part: &Tensor| {
            let size = [batch, length, HEADS as i64, (WIDTH / HEADS) as i64];
            part.f_view(size)?.f_transpose(1, 2)
        };
        let parts = self.c_attn.forward(x, pass)?.f_split(width, 2)?;
        let (q, k, v) = (
            of_heads(&parts[0])?,
            of_heads(&parts[1])?,
            of_heads(&parts[2])?,
        );
        let dropout = if pass.training() { DROPOUT } else { 0.0 };
        let no_mask = None::<&Tensor>;
        let y = pass.generator()?.as_default(|| {
            Ok(Tensor::f_scaled_dot_product_attention(
                &q, &k, &v, no_mask, dropout, true, None, false,
            )?)
        })?;
        let y = y.f_transpose(1, 2)?.f_reshape([batch, length, width])?;
        self.resid_dropout
            .forward(&self.c_proj.forward(&y, pass)?, pass)
    }
}

module! {
    struct Mlp(generator: &mut Generator) {
        c_fc: Linear = Linear::new(WIDTH, 4 * WIDTH, generator)?,
        gelu: Gelu = Gelu::new()?,
        c_proj: Linear = Linear::new(4 * WIDTH, WIDTH, generator)?,
        dropout: Dropout = Dropout::new(DROPOUT)?,
    }
}

impl Forward for Mlp {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let x = self.gelu.forward(&self.c_fc.forward(x, pass)?, pass)?;
        self.dropout.forward(&self.c_proj.forward(&x, pass)?, pass)
    }
}

module! {
    struct Block(generator: &mut Generator) {
        ln_1: LayerNorm = LayerNorm::new([WIDTH])?,
        attn: CausalSelfAttention = CausalSelfAttention::new(generator)?,
        ln_2: LayerNorm = LayerNorm::new([WIDTH])?,
        mlp: Mlp = Mlp::new(generator)?,
    }
}

impl Forward for Block {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let x = x.f_add(&self.attn.forward(&self.ln_1.forward(x, pass)?, pass)?)?;
        Ok(x.f_add(&self.mlp.forward(&self.ln_2.forward(&x, pass)?, pass)?)?)
    }
}

module! {
    struct Gpt(generator: &mut Generator) {
        wte: Embedding = Embedding::new(VOCABULARY, WIDTH, generator)?,
        wpe: Embedding = Embedding::new(BLOCK, WIDTH, generator)?,
        drop: Dropout = Dropout::new(DROPOUT)?,
        h: ModuleList<Block> = {
            let blocks = (0..LAYERS).map(|_| Block::new(generator));
            ModuleList::new(blocks.collect::<Result<Vec<_>, _>>()?)
        },
        ln_f: LayerNorm = LayerNorm::new([WIDTH])?,
        lm_head: Linear = {
            // Python draws a weight here as well, before it ties the two.
            Linear::builder(WIDTH, VOCABULARY).bias(false).build(generator)?;
            Linear::from_tensors(wte.weight.shallow_clone(), None)
        },
    }
}

impl Gpt {
    /// The weights of the paper: all drawn anew.
    fn initialise(&self, generator: &mut Generator) -> Result<()> {
        for entry in self.state_dict().parameters() {
            let mut weight = entry.tensor.shallow_clone();
            if entry.name.ends_with("c_proj.weight") {
                let std = 0.02 / (2.0 * LAYERS as f64).sqrt();
                init::normal_(&mut weight, 0.0, std, generator)?;
            } else if weight.dim() == 2 {
                init::normal_(&mut weight, 0.0, 0.02, generator)?;
            }
        }
        Ok(())
    }
}

impl Forward for Gpt {
    fn forward(&self, tokens: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let places = Tensor::f_arange(tokens.size()[1], (Kind::Int64, Device::Cpu))?;
        let x = self
            .wte
            .forward(tokens, pass)?
            .f_add(&self.wpe.forward(&places, pass)?)?;
        let mut x = self.drop.forward(&x, pass)?; // N×T×WIDTH
        for block in &self.h {
            x = block.forward(&x, pass)?;
        }
        self.lm_head.forward(&self.ln_f.forward(&x, pass)?, pass) // N×T×VOCABULARY
    }
}

/// Eight places of the text, and what comes one byte later.
fn batch(text: &Tensor, generator: &mut Generator) -> Result<(Tensor, Tensor)> {
    let starts = generator
        .randperm(text.numel() - BLOCK - 1)?
        .f_narrow(0, 0, 8)?;
    let within = Tensor::f_arange(BLOCK as i64, (Kind::Int64, Device::Cpu))?;
    let windows = starts.f_unsqueeze(1)?.f_add(&within)?;
    let at = |windows: &Tensor| text.f_take(windows);
    Ok((at(&windows)?, at(&windows.f_add_scalar(1)?)?))
}

/// Matrices shrink from step to step, the rest does not.
fn optimizer(parameters: Vec<Tensor>) -> Result<AdamW, OptimizerError> {
    let (matrices, others) = parameters.into_iter().partition(|p| p.dim() >= 2);
    let options = |weight_decay| AdamWOptions {
        lr: 3e-3,
        betas: (0.9, 0.95),
        weight_decay,
        ..AdamWOptions::default()
    };
    AdamW::with_groups([(matrices, options(0.1)), (others, options(0.0))])
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    set_num_threads(arguments.threads);
    let mut generator = Generator::manual_seed(3);
    let text = Tensor::f_from_slice(TEXT)?.f_to_kind(Kind::Int64)?;
    let model = Gpt::new(&mut generator)?;
    model.initialise(&mut generator)?;
    let state_dict = model.state_dict();
    let parameters = model.parameters();
    let mut optimizer = optimizer(model.parameters())?;
    let warm_up = LinearLr::new(&mut optimizer, 0.1, 1.0, 10)?;
    let cosine = CosineAnnealingLr::new(&mut optimizer, 40, 0.0)?;
    let schedulers = vec![Box::new(warm_up) as _, Box::new(cosine) as _];
    let mut scheduler = SequentialLr::new(&mut optimizer, schedulers, &[10])?;
    let mut recorder = Recorder::default()
        .digest_above(20_000)
        .only_steps(RECORDED);
    recorder.weights(&state_dict)?;
    for step in 1..=arguments.steps {
        let (tokens, targets) = batch(&text, &mut generator)?;
        let mut recorded = recorder.step(step)?;
        optimizer.zero_grad()?;
        let pass = ForwardPass::train().with_generator(&mut generator);
        let logits = recorded.forward(&[&tokens], pass, |pass| model.forward(&tokens, pass))?;
        let logits = logits.f_flatten(0, 1)?;
        let loss = functional::cross_entropy(&logits, &targets.f_flatten(0, -1)?)?;
        recorded.loss(&loss)?;
        loss.f_backward()?;
        let _ = clip_grad_norm_(&parameters, 1.0, 2.0)?;
        recorded.gradients(&state_dict)?;
        optimizer.step()?;
        recorded.optimizer(&optimizer)?;
        recorded.weights(&state_dict)?;
        scheduler.step(&mut optimizer)?;
        if step % 10 == 0 {
            println!("step {step}: loss {:.9}", loss.f_double_value(&[])?);
        }
    }
    if let Some(trace) = &arguments.trace {
        recorder.save(trace)?;
    }
    Ok(())
}
