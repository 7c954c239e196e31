"""ATen's operators in Rust: the table against torch's schemas, and what typical calls become."""

import sys
from pathlib import Path

import pytest
import torch
from torch import float16, float32, int64

from torch_twin.port.operator_arguments import float64
from torch_twin.port.operator_call import key, schema_name, table
from torch_twin.port.operators import Size, Tensor, is_identity, write
from torch_twin.port.refusal import Refusal

ROOT = Path(__file__).parents[2]
aten = torch.ops.aten

x = Tensor("x", dtype=float32, dim=3)
y = Tensor("y", is_reference=True, dtype=float32, dim=3)
mask = Tensor("mask", dtype=torch.bool, dim=3)
weight = Tensor("self.weight", dtype=float32, dim=2)
deeper = Tensor("self.fc.forward(x, pass)?", dtype=float32, dim=3)
parts = Tensor("parts", is_list=True)
batch = Size("batch")
END = 2**63 - 1


def written(op, *args, mode=None, **kwargs):
    return write(op, args, kwargs, Tensor("input", is_reference=True), mode)


def test_the_table_is_that_of_the_schemas():
    schemas = {
        f"{schema.name[6:]}.{schema.overload_name or 'default'}": schema
        for schema in torch._C._jit_get_all_schemas()
        if schema.name.startswith("aten::")
    }
    rows = table()
    assert len(rows) > 1500
    for operator, row in rows.items():
        arguments = {a.name: a for a in schemas[operator].arguments}
        call = type("Call", (), {"values": arguments})
        names = [schema_name(call, name) for name in row.names if name != "options"]
        order = [name for name in arguments if name in names]
        assert names == order, operator
        tensors = sum(str(arguments[name].real_type) == "Tensor" for name in names)
        assert tensors == row.types.count("&Tensor"), operator
        receiver = [name for name in ("self", "input") if name in arguments][: bool(row.receiver)]
        left_out = [a for name, a in arguments.items() if name not in [*names, *receiver]]
        options = {"dtype", "layout", "device", "pin_memory"}
        for argument in left_out:
            assert argument.has_default_value() or argument.name in options, operator
        writes = operator.split(".")[0].endswith("_")
        assert writes == (row.receiver == "&mut self") or not row.receiver, operator


def test_the_table_is_that_of_tch():
    sources = sorted(Path.home().glob(".cargo/registry/src/*/tch-0.26*"))
    if not sources:
        pytest.skip("needs the sources of tch: cargo fetch")
    sys.path.insert(0, str(ROOT / "tools"))
    import port_operators

    source = (sources[-1] / port_operators.DECLARATIONS).read_text()
    assert port_operators.TABLE.read_text() == port_operators.text(source)


CALLS = [
    (written(aten.add.Tensor, x, y), "x.f_add(y)?"),
    (written(aten.add.Tensor, x, weight), "x.f_add(&self.weight)?"),
    (written(aten.add.Tensor, x, 2.0), "x.f_add_scalar(2.0)?"),
    (written(aten.add.Tensor, x, batch), "x.f_add_scalar(batch)?"),
    (written(aten.add.Tensor, batch, x), "x.f_add_scalar(batch)?"),
    (written(aten.add.Tensor, x, y, alpha=2), "functional::add(&x, y, 2.0)?"),
    (written(aten.sub.Tensor, 1, x), "x.f_rsub_scalar(1)?"),
    (written(aten.div.Tensor_mode, x, 2, rounding_mode="floor"), 'x.f_div_scalar_mode(2, "floor")?'),
    (written(aten.pow.Tensor_Scalar, x, 2), "x.f_pow_tensor_scalar(2)?"),
    (written(aten.eq.Tensor, x, y), "x.f_eq_tensor(y)?"),
    (written(aten.linear.default, x, weight, None), "x.f_linear(&self.weight, None::<&Tensor>)?"),
    (written(aten.view.default, x, [batch, -1, 4]), "x.f_view([batch, -1, 4])?"),
    (written(aten.view.default, x, [1] * 7), "x.f_view_([1, 1, 1, 1, 1, 1, 1])?"),
    (written(aten.transpose.int, x, 1, 2), "x.f_transpose(1, 2)?"),
    (written(aten.t.default, x), "x.f_tr()?"),
    (written(aten.cat.default, [x, y], 1), "Tensor::f_cat(&[&x, y], 1)?"),
    (written(aten.stack.default, parts), "Tensor::f_stack(&parts, 0)?"),
    (
        written(aten.lstm_cell.default, x, parts, y, y, y, None),
        "x.f_lstm_cell(&parts.iter().collect::<Vec<_>>(), y, y, Some(y), None)?",
    ),
    (written(aten.slice.Tensor, x, 1, 2, END), "x.f_slice(1, 2, None, 1)?"),
    (written(aten.index.Tensor, x, [None, mask]), "x.f_index(&[None, Some(&mask)])?"),
    (written(aten.where.self, mask, x, y), "x.f_where_self(&mask, y)?"),
    (written(aten.mean.dim, x, [-1], True), "x.f_mean_dim(-1_i64, true, None)?"),
    (written(aten.sum.dim_IntList, x, [1, 2]), "x.f_sum_dim_intlist(&[1_i64, 2][..], false, None)?"),
    (written(aten.softmax.int, x, -1, float32), "x.f_softmax(-1, Kind::Float)?"),
    (written(aten.clamp.default, x, min=0), "x.f_clamp_min(0)?"),
    (written(aten.clamp.default, x, 0, 0.5), "x.f_clamp(0.0, 0.5)?"),
    (written(aten.gelu.default, x, approximate="tanh"), 'x.f_gelu("tanh")?'),
    (written(aten.masked_fill.Scalar, x, mask, -float("inf")), "x.f_masked_fill(&mask, f64::NEG_INFINITY)?"),
    (written(aten.to.dtype, x, float16), "x.f_to_kind(Kind::Half)?"),
    (written(aten.to.dtype, x, float32, False, True), "functional::clone(&x)?"),
    (written(aten._to_copy.default, x, dtype=float16), "x.f_to_kind(Kind::Half)?"),
    (written(aten.clone.default, x), "functional::clone(&x)?"),
    (written(aten.zeros_like.default, x, dtype=int64), "x.f_to_kind(Kind::Int64)?.f_zeros_like()?"),
    (written(aten.arange.default, batch), "Tensor::f_arange(batch, (Kind::Int64, input.device()))?"),
    (written(aten.arange.start, 0, 1.5), "Tensor::f_arange_start(0.0, 1.5, (Kind::Float, input.device()))?"),
    (written(aten.full.default, [2], True), "Tensor::f_full([2], 1, (Kind::Bool, input.device()))?"),
    (written(aten.new_zeros.default, x, [2]), "x.f_new_zeros([2], (x.kind(), x.device()))?"),
    (
        written(aten.new_zeros.default, deeper, [2]),
        "{ let a = self.fc.forward(x, pass)?; a.f_new_zeros([2], (a.kind(), a.device()))? }",
    ),
    (written(aten.layer_norm.default, x, [4], weight, y), "x.f_layer_norm([4], Some(&self.weight), Some(y), 1e-5, true)?"),
    (written(aten.einsum.default, "ij,jk", [x, y]), 'Tensor::f_einsum("ij,jk", &[&x, y], None::<i64>)?'),
    (
        written(aten.upsample_bilinear2d.vec, x, [batch, 4], False, None),
        "x.f_upsample_bilinear2d([batch, 4], false, None, None)?",
    ),
    (
        written(aten.upsample_nearest2d.vec, x, None, [2.0, 2.0]),
        "x.f_upsample_nearest2d_vec(None::<i64>, [2.0, 2.0])?",
    ),
    (written(aten.clip.default, x, max=1.0), "x.f_clamp_max(1.0)?"),
    (written(aten.linalg_norm.default, x), "functional::vector_norm(&x, 2.0, None, false)?"),
    (
        written(aten.linalg_vector_norm.default, x, 2, [1], True),
        "functional::vector_norm(&x, 2.0, Some(&[1]), true)?",
    ),
    (
        written(aten.cross_entropy_loss.default, x, y),
        "x.f_cross_entropy_loss(y, None::<&Tensor>, tch::Reduction::Mean, -100, 0.0)?",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "rust"), CALLS, ids=[rust for _, rust in CALLS])
def test_a_call_in_rust(call, rust):
    assert call.text == rust
    assert call.needs_mut is None


def test_an_operator_in_place_writes_a_binding_or_another_handle_of_the_tensor():
    for tensor, before, needs_mut in [
        (x, "x", 0),
        (y, "y.shallow_clone()", None),
        (weight, "self.weight.shallow_clone()", None),
        (deeper, "self.fc.forward(x, pass)?", None),
    ]:
        relu = written(aten.relu_.default, tensor)
        assert (relu.text, relu.needs_mut) == (f"{before}.f_relu_()?", needs_mut)
        hardtanh = written(aten.hardtanh_.default, tensor, 0.0, 6.0)
        assert hardtanh.text == f"functional::hardtanh_(&mut {before}, 0.0, 6.0)?"
        assert (hardtanh.kind, hardtanh.needs_mut) == ("nothing", needs_mut)
        copy = written(aten.copy_.default, tensor, y)
        assert (copy.text, copy.kind) == (f"{before}.f_copy_(y)?", "nothing")


def test_the_kind_of_what_a_call_gives():
    for call, kind in [
        (written(aten.split.Tensor, x, 2, -1), "tensors"),
        (written(aten.max.dim, x, 1), "tuple"),
        (written(aten.sym_size.int, x, -1), "size"),
        (written(aten.relu.default, x), "tensor"),
    ]:
        assert call.kind == kind, call.text
    assert written(aten.sym_size.int, x, -1).text == "x.size()[2]"


def test_the_mode_is_that_of_the_pass():
    def mode(op, *args, **kwargs):
        return written(op, *args, mode=True, **kwargs).text

    assert mode(aten.dropout.default, x, 0.1, True) == "Dropout::new(0.1)?.forward(&x, pass)?"
    norm = mode(aten.batch_norm.default, x, None, None, y, y, True, 0.1, 1e-5, True)
    assert norm == (
        "x.f_batch_norm(None, None, Some(y), Some(y), pass.training(), 0.1, 1e-5, true)?"
    )
    assert mode(aten.alpha_dropout.default, x, 0.1, True) == (
        "pass.stochastic(|training| Ok(x.f_alpha_dropout(0.1, training)?))?"
    )
    attention = mode(aten.scaled_dot_product_attention.default, deeper, y, y, dropout_p=0.1)
    assert attention == (
        "{ let a = self.fc.forward(x, pass)?; pass.stochastic(|training| "
        "Ok(Tensor::f_scaled_dot_product_attention(&a, y, y, None::<&Tensor>, "
        "if training { 0.1 } else { 0.0 }, false, None, false)?))? }"
    )
    assert written(aten.scaled_dot_product_attention.default, x, y, y).text == (
        "Tensor::f_scaled_dot_product_attention(&x, y, y, None::<&Tensor>, 0.0, false, None, false)?"
    )


def test_random_numbers_come_from_the_generator_of_the_pass():
    generator = "pass.generator()?"
    for call, rust in [
        (written(aten.rand.default, [2]), "rand([2], (Kind::Float, input.device()))?"),
        (
            written(aten.randint.default, 9, [2]),
            "randint(0, 9, [2], (Kind::Int64, input.device()))?",
        ),
        (written(aten.randn_like.default, x), "randn_like(&x)?"),
        (written(aten.bernoulli.default, x), "as_default(|| Ok(x.f_bernoulli()?))?"),
        (written(aten.normal_.default, x), "as_default(|| Ok(x.f_normal_(0.0, 1.0)?))?"),
        (
            written(aten.dropout.default, x, 0.5, True),
            "as_default(|| Ok(x.f_dropout(0.5, true)?))?",
        ),
    ]:
        assert call.text == f"{generator}.{rust}"
    for call, rust in [
        (written(aten.dropout.default, x, 0.5, False), "x.f_dropout(0.5, false)?"),
        (written(aten.dropout.default, x, 0.0, True), "x.f_dropout(0.0, true)?"),
        (
            written(aten.bernoulli.p, x, 0.0),
            f"{generator}.as_default(|| Ok(x.f_bernoulli_p(0.0)?))?",
        ),
    ]:
        assert call.text == rust


@pytest.mark.parametrize(
    ("op", "args", "words"),
    [
        (aten.item.default, (x,), "depends on the values"),
        (aten.quantize_per_tensor.default, (x, 1.0, 0, torch.qint8), "quint8|qint8"),
        (aten.rrelu.default, (x, 0.2, 0.3, True), "`lower`"),
        (aten.elu.default, (x, 0.5, 2.0), "`scale`"),
        (aten.contiguous.default, (x,), "memory format"),
        (aten.mul.Tensor, (mask, True), "`True` or `False`"),
        (aten.mul.Tensor, (x, 1j), "complex"),
        (aten.add.Tensor, (x, 2**63), "more than 64 bits"),
        (torch.ops.prims.sin.default, (x,), "not one of PyTorch's own"),
    ],
)
def test_what_tch_cannot_compute_is_refused(op, args, words):
    kwargs = {"memory_format": torch.channels_last} if op is aten.contiguous.default else {}
    with pytest.raises(Refusal, match=words):
        written(op, *args, **kwargs)


def test_a_float_keeps_its_bits():
    for value, rust in [
        (2.0, "2.0"),
        (-0.0, "-0.0"),
        (1e-05, "1e-5"),
        (1e20, "1e20"),
        (0.1 + 0.2, "0.30000000000000004"),
        (0.5**0.5, "std::f64::consts::FRAC_1_SQRT_2"),
        (torch.finfo(float32).min, "f64::from(f32::MIN)"),
        (float("nan"), "f64::NAN"),
        (-float("inf"), "f64::NEG_INFINITY"),
    ]:
        assert float64(value) == rust


def test_what_computes_nothing_is_an_identity():
    tensor = torch.ones(2, 3)

    def identity(op, *args):
        return is_identity(op, args, {"val": op(*args)})

    assert identity(aten.alias.default, tensor)
    assert identity(aten.to.dtype, tensor, float32)
    assert identity(aten.contiguous.default, tensor)
    assert identity(aten.dropout.default, tensor, 0.5, False)
    assert not identity(aten.to.dtype, tensor, float16)
    assert not identity(aten.to.dtype, tensor, float32, False, True)
    assert not identity(aten.contiguous.default, tensor.t())
    assert not identity(aten.clone.default, tensor)
    assert not identity(aten.detach.default, tensor)
    assert key(aten.add.Tensor) == "add.Tensor"
