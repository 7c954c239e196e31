"""Draws whose numbers follow from the size of a weight, as functions that compute these."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

TARGET = re.compile(r'tensor\("([^"]*)"\)\?')
# The fewest draws that are worth a function.
FEWEST = 4


def in_fan_functions(
    lines: Sequence[str], by_fan: Mapping[str, list[str]]
) -> tuple[list[str], list[str]]:
    """The functions, and the lines that call them. `by_fan` has what else lines can be written as."""
    templates = {line: without_target(by_fan.get(line, [])) for line in lines}
    functions: dict[str, str] = {}
    result = list(lines)
    while True:
        counts = Counter(template for line in result for template in templates.get(line, []))
        template, count = max(counts.items(), key=lambda pair: pair[1], default=("", 0))
        if count < FEWEST:
            return [line for item in functions.items() for line in closure(*item)], result
        functions[template] = name_of(template, functions.values())
        for place, line in enumerate(result):
            if template in templates.get(line, []):
                target = TARGET.search(line)[1]
                result[place] = f'{functions[template]}("{target}", generator)?;'


def without_target(forms: Sequence[str]) -> list[str]:
    """The forms of a line that the weight alone tells, with `{}` for it."""
    known = [form for form in forms if form and "groups" not in form]
    return [TARGET.sub("{}", form) for form in known if len(TARGET.findall(form)) == 1]


def fans(template: str) -> list[str]:
    return [name for name in ("fan_in", "fan_out") if name in template]


def name_of(template: str, taken: Sequence[str]) -> str:
    """`normal_by_fan_out`."""
    drawn = re.match(r"init::(\w+?)_?\(", template)
    base = f"{drawn[1] if drawn else 'draw'}_by_{'_and_'.join(fans(template))}"
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name


def closure(template: str, name: str) -> list[str]:
    """The function in Rust."""
    pair = ", ".join(fan if fan in template else "_" for fan in ("fan_in", "fan_out"))
    return [
        f"let {name} = |name: &str, generator: &mut Generator| -> Result<()> {{",
        "    let mut weight = tensor(name)?;",
        f"    let ({pair}) = init::fan_in_and_fan_out(&weight)?;",
        f"    {template.replace('{}', 'weight')}",
        "    Ok(())",
        "};",
    ]
