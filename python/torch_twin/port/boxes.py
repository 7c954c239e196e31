"""Functions that make the children whose type the caller chooses, `Box<dyn Layer>`, where several are made alike."""

from collections import defaultdict

from torch_twin.port.arguments import Arguments
from torch_twin.port.unify import Template, shape, unified
from torch_twin.port.variants import Drawn

BOX = "Box<dyn Layer>"
# The fewest that are worth a function, and the shortest text.
FEWEST, SHORTEST = 3, 70


class Boxes:
    """The part of a network that names what makes boxed children."""

    def name_boxes(self, drawn: dict[str, Drawn]) -> None:
        """Writes the functions, and calls them in what the constructors of `drawn` are given."""
        for place, (field, kind, _) in enumerate(next(iter(drawn.values())).given):
            if BOX not in kind:
                continue
            groups: dict[tuple, list[Drawn]] = defaultdict(list)
            for one in drawn.values():
                groups[shape(one.given[place][2])].append(one)
            for alike in groups.values():
                texts = [one.given[place][2] for one in alike]
                if len(alike) >= FEWEST and len(texts[0]) >= SHORTEST:
                    for one, call in zip(alike, self.boxed(field, texts), strict=True):
                        one.given[place] = (field, kind, call)

    def boxed(self, field: str, texts: list[str]) -> list[str]:
        """Writes the function that makes a child, and gives a call for each of the texts."""
        is_optional = texts[0].startswith("Some(")
        makes = [
            text.removeprefix("Some(").removesuffix(")") if is_optional else text for text in texts
        ]
        template = unified(makes, "usize", self.arguments)
        arguments = Arguments(template, Template([]), [])
        draws = any("generator" in make for make in makes)
        function = self.free(f"create_{field}", "_")
        parameters = [f"{name}: {kind}" for name, kind in arguments.parameters()]
        parameters += ["generator: &mut Generator"] if draws else []
        made = template.text(arguments.constructor_name)
        self.functions.append(
            f"fn {function}({', '.join(parameters)}) -> Result<{BOX}> {{\nOk({made.removesuffix(f' as {BOX}')})\n}}"
        )
        self.taken.add(function)
        self.arguments[function] = [name for name, _ in arguments.parameters()]
        result = []
        for place in range(len(texts)):
            given = [*arguments.given(place), *(["generator"] if draws else [])]
            call = f"{function}({', '.join(given)})?"
            result.append(f"Some({call})" if is_optional else call)
        return result
