"""Writes `model(generator)`: the network with the initial values that Python gives it."""

import torch

from torch_twin.port.operator_arguments import kind
from torch_twin.port.replay_plan import Plan
from torch_twin.port.replay_rust import statements as replayed

DOCS = """\
/// The network with the initial values of PyTorch.
///
/// # Errors
/// If libtorch fails, for example when memory runs out.
"""
DOCS_LOADED = """\
/// The network with the weights that Python loads.
///
/// # Errors
/// A file `weights.safetensors` that is missing or damaged. If libtorch fails, for example when memory runs out.
"""
LOAD = """\
fn load_weights(net: &__NET__) -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/weights.safetensors");
    let failed = |error: weights::WeightsError| TorchError::new(&error.to_string());
    let loaded = weights::load(path.as_ref(), weights::DEFAULT_MAX_BYTES).map_err(failed)?;
    weights::load_state_dict(&loaded.tensors, &net.state_dict()).map_err(failed)?;
    Ok(())
}"""


def model_function(root: str, draws: bool, plan: Plan, dtype: torch.dtype | None) -> str:
    """`model`, with what sets the initial values where the layers' own are not all.

    `draws` says that the constructor of the struct `root` draws; `dtype` is the type that Python converts all to.
    """
    statements = [*replayed(plan), *frozen(plan)]
    uses_generator = any("generator" in line for line in statements)
    given = "generator" if plan.is_natural else "&mut Generator::manual_seed(0)"
    made = f"{root}::new({given if draws else ''})"
    after, functions = [], []
    if statements:
        after.append(f"initialise(&net{', generator' if uses_generator else ''})?;")
        functions.append(initialise(root, statements, uses_generator))
    if plan.loaded:
        after.append("load_weights(&net)?;")
        functions.append(LOAD.replace("__NET__", root))
    if dtype:
        after.append(f"net.to_kind({kind(dtype)})?;")
    why = "" if plan.is_natural or not draws else "// What the constructors draw is replaced.\n"
    body = "\n".join([f"{why}let net = {made}?;", *after, "Ok(net)"]) if after else made
    is_used = uses_generator or (draws and plan.is_natural)
    parameter = "generator" if is_used else "_generator"
    docs = DOCS_LOADED if plan.loaded else DOCS
    head = f"{docs}pub fn model({parameter}: &mut Generator) -> Result<{root}> {{"
    return "\n\n".join([f"{head}\n{body}\n}}", *functions])


def initialise(root: str, statements: list[str], uses_generator: bool) -> str:
    parameter = ", generator: &mut Generator" if uses_generator else ""
    body = "\n".join(statements)
    return f"fn initialise(net: &{root}{parameter}) -> Result<()> {{\n{body}\nOk(())\n}}"


def frozen(plan: Plan) -> list[str]:
    names = plan.frozen
    if not names:
        return []
    listed = ", ".join(f'"{name}"' for name in names)
    return [
        f"for name in [{listed}] {{",
        "if let Some((_, tensor)) = net.state_dict().iter().find(|(own, _)| *own == name) {",
        "let _ = tensor.set_requires_grad(false);",
        "}",
        "}",
    ]
