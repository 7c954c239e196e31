"""Symbolic sizes as expressions in Rust."""

from collections.abc import Callable

import sympy
import torch

from torch_twin.port.refusal import Refusal


def expression(size: int | torch.SymInt) -> sympy.Expr:
    return size.node.expr if isinstance(size, torch.SymInt) else sympy.Integer(size)


def symbols(size: int | torch.SymInt) -> set[str]:
    return {str(symbol) for symbol in expression(size).free_symbols}


def is_fixed(size: int | torch.SymInt) -> bool:
    """Whether export has fixed a size; one that it took as any may be a number by now."""
    return not symbols(size)


def rust(expr: sympy.Expr, name: Callable[[str], str]) -> str:
    """An expression over i64 values, whose sizes are called as `name` says."""
    return Writer(name).top(expr)


RELATIONS = {
    "Equality": "==",
    "Unequality": "!=",
    "StrictLessThan": "<",
    "LessThan": "<=",
    "StrictGreaterThan": ">",
    "GreaterThan": ">=",
}


def condition(expr: sympy.Basic, name: Callable[[str], str]) -> str:
    """A condition on sizes."""
    relation = RELATIONS.get(type(expr).__name__)
    if relation is not None:
        left, right = (rust(side, name) for side in expr.args)
        return f"{left} {relation} {right}"
    joint = {"And": " && ", "Or": " || "}.get(type(expr).__name__)
    if joint is None:
        raise Refusal(f"a branch on the sizes `{expr}` is not ported")
    return joint.join(f"({condition(part, name)})" for part in expr.args)


class Writer:
    def __init__(self, name: Callable[[str], str]) -> None:
        self.name = name

    def top(self, expr: sympy.Expr) -> str:
        text = self.write(expr)
        return text[1:-1] if text.startswith("(") and matches_whole(text) else text

    def write(self, expr: sympy.Expr) -> str:
        kind = type(expr).__name__
        if expr.is_Integer:
            return str(int(expr))
        if expr.is_Symbol:
            return self.name(str(expr))
        if expr.is_Add:
            return f"({self.sum(expr)})"
        if expr.is_Mul:
            return f"({self.product(expr)})"
        if expr.is_Pow and expr.exp.is_Integer and expr.exp > 0:
            return f"{self.write(expr.base)}.pow({int(expr.exp)})"
        if kind in ("FloorDiv", "CleanDiv", "IntTrueDiv"):
            # Sizes are not negative, so that Rust's division is Python's.
            return f"({self.write(expr.args[0])} / {self.write(expr.args[1])})"
        if kind in ("Mod", "PythonMod"):
            return f"({self.write(expr.args[0])} % {self.write(expr.args[1])})"
        if kind in ("Max", "Min"):
            first, *rest = (self.write(arg) for arg in expr.args)
            return first + "".join(f".{kind.lower()}({other})" for other in rest)
        raise Refusal(f"the size `{expr}` cannot be written in Rust")

    def sum(self, expr: sympy.Expr) -> str:
        # What is added comes before what is subtracted, and numbers last.
        terms = sorted(
            expr.args,
            key=lambda term: (term.is_Integer, term.could_extract_minus_sign(), str(term)),
        )
        text = ""
        for term in terms:
            if term.could_extract_minus_sign() and text:
                text += f" - {self.write(-term)}"
            else:
                text += f" + {self.write(term)}" if text else self.write(term)
        return text

    def product(self, expr: sympy.Expr) -> str:
        fraction, rest = expr.as_coeff_Mul()
        if fraction.is_Rational and not fraction.is_Integer:
            whole = self.write(fraction.p * rest)
            return f"{whole} / {fraction.q}"
        factors = sorted(expr.args, key=lambda factor: (not factor.is_Integer, self.write(factor)))
        if factors[0] == -1 and len(factors) > 1:
            return f"-{' * '.join(self.write(factor) for factor in factors[1:])}"
        return " * ".join(self.write(factor) for factor in factors)


def matches_whole(text: str) -> bool:
    """Whether the first parenthesis closes at the end."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(text) - 1
    return False
