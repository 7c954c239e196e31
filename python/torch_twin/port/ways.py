"""What a module computes: in train and eval mode, without gradients, by a flag; or the gap where it cannot be ported."""

import inspect

from torch_twin.port import modes
from torch_twin.port.body import Body
from torch_twin.port.calls import Call, Value
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import field_name, string
from torch_twin.port.scope import Resolver
from torch_twin.port.signatures import Signatures
from torch_twin.port.variants import Apart, branch, either


class Ways(Signatures, Resolver):
    """Writes `forward` of each module."""

    def forward_or_gap(self, name: str) -> tuple[str, list[str]]:
        """What cannot be ported is a `compile_error!` with the reason, so that nobody trusts the gap."""
        try:
            for refusal in self.lost(name):
                raise refusal
            return self.forward(name)
        except Refusal as refusal:
            call = next(calls[name][0] for calls in self.calls if name in calls)
            self.gaps.append(Refusal(refusal.reason, refusal.place, name))
            place = refusal.place.rpartition("/")[2]
            text = f"{place}: {refusal.reason}" if place else refusal.reason
            return self.head(call, True), [f"compile_error!({string(text)})"]

    def lost(self, name: str) -> list[Refusal]:
        return [
            lost
            for exported in self.exported
            for lost in exported.watch.lost
            if lost.module == name
        ]

    def forward(self, name: str) -> tuple[str, list[str]]:
        """The head and the statements of `forward`."""
        trains, evaluations, quiets = (calls.get(name, []) for calls in self.calls)
        if not trains and not evaluations:
            return "", []
        if not trains or not evaluations:
            texts = [self.body(call, {}) for call in trains or evaluations]
        else:
            if len(trains) != len(evaluations):
                raise Refusal("it is called more often in one mode than in the other", module=name)
            texts = [self.both(*pair) for pair in zip(trains, evaluations, strict=True)]
        if evaluations and quiets:
            if len(evaluations) != len(quiets):
                raise Refusal(
                    "it is called more often in eval mode than under no_grad", module=name
                )
            pairs = zip(texts, evaluations, quiets, strict=False)
            texts = [self.with_quiet(*pair) for pair in pairs]
        if any(text != texts[0] for text in texts):
            return self.by_flag(name, trains or evaluations, texts)
        return texts[0]

    def by_flag(
        self, name: str, calls: list[Call], texts: list[tuple[str, list[str]]]
    ) -> tuple[str, list[str]]:
        """What it computes by an argument that is `True` in some calls and `False` in others."""
        for flag in flags(calls):
            chosen = [flag_of(call, flag) for call in calls]
            ways = {
                on: [t for t, is_on in zip(texts, chosen, strict=True) if is_on is on]
                for on in (True, False)
            }
            if all(text[1] == way[0][1] for way in ways.values() for text in way):
                self.flags[name] = flag
                head = self.head(calls[0], any("_pass: &mut" not in text[0] for text in texts))
                on, off = (way[0][1] for way in ways.values())
                return head, branched(on, off, field_name(flag), head)
        raise Refusal("its calls compute different things", module=name)

    def given_flag(self, call: Call) -> str:
        flag = self.flags.get(call.name)
        return "" if flag is None else str(flag_of(call, flag)).lower()

    def with_quiet(
        self, text: tuple[str, list[str]], evaluation: Call, quiet: Call
    ) -> tuple[str, list[str]]:
        """Adds what it computes in eval mode without gradients, where that is something else."""
        if is_same(evaluation, quiet):
            return text
        body = self.writer(quiet, {})
        own = body.write()
        if self.output_type(quiet) != self.output_type(evaluation):
            raise Refusal("it gives something else under no_grad", module=quiet.name)
        head, statements = text
        if own == statements:
            return text
        lines = "\n".join(own)
        why = "// Python takes another way here, which rounds otherwise."
        quiet = f"if !pass.training() && !is_grad_enabled() {{\n{why}\nreturn {{\n{lines}\n}};\n}}"
        return head.replace("_pass: &mut", "pass: &mut"), [quiet, *statements]

    def both(self, train: Call, evaluation: Call) -> tuple[str, list[str]]:
        try:
            return self.body(train, modes.training_arguments(train, evaluation))
        except modes.Differs:
            pass
        optional = self.only_in_training(train, evaluation)
        first, second = (self.writer(call, {}) for call in (train, evaluation))
        if optional:
            first.only_in_training = second.only_in_training = optional
        bodies = [first.write(), second.write()]
        head = self.head(train, True)
        return head, branched(*bodies, "pass.training()", head)

    def only_in_training(self, train: Call, evaluation: Call) -> int:
        """How many outputs are given in training alone, after the one that is always given."""
        if self.output_type(train) == self.output_type(evaluation):
            return 0
        is_more = isinstance(train.output, tuple) and all(
            isinstance(part, Value) for part in train.output
        )
        if not is_more or not isinstance(evaluation.output, Value):
            raise Refusal("it gives something else in eval mode", module=train.name)
        self.optional[train.name] = len(train.output) - 1
        return len(train.output) - 1

    def body(self, call: Call, flags: dict[int, str]) -> tuple[str, list[str]]:
        body = self.writer(call, flags)
        statements = body.write()
        return self.head(call, body.uses_pass), statements

    def writer(self, call: Call, flags: dict[int, str]) -> Body:
        body = Body(call, flags, self)
        if call.name == "":
            body.checks_sizes = True
            body.branches = self.train.watch.branches
        return body


def branched(first: list[str], second: list[str], condition: str, head: str) -> list[str]:
    """Two bodies as one, whose branch has as few statements as can be."""
    try:
        return branch(first, second, condition, head)
    except Apart:
        return [either(condition, first, second)]


def flags(calls: list[Call]) -> list[str]:
    """The arguments that are `True` in some calls and `False` in others."""
    names = dict.fromkeys(inspect.signature(calls[0].module.forward).parameters)
    return [name for name in names if {True, False} == {flag_of(call, name) for call in calls}]


def flag_of(call: Call, name: str) -> bool | None:
    """An argument of a call, or its default; none where it is no bool."""
    parameter = inspect.signature(call.module.forward).parameters[name]
    value = call.arguments.get(name, parameter.default)
    return value if isinstance(value, bool) else None


def is_same(evaluation: Call, quiet: Call) -> bool:
    try:
        return not modes.training_arguments(evaluation, quiet)
    except modes.Differs:
        return False
