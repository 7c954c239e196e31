"""What cannot be ported, and where it stands in the Python source."""


class Refusal(Exception):
    """Something that the porter does not port, because Rust would compute something else.

    `place` is the Python line, such as `net.py:12`; `module` the name in `named_modules()`.
    """

    def __init__(self, reason: str, place: str = "", module: str | None = None) -> None:
        self.reason, self.place, self.module = reason, place, module
        super().__init__(reason)

    def __str__(self) -> str:
        where = [self.place] if self.place else []
        if self.module is not None:
            where.append(f"in `{self.module}`" if self.module else "in the network")
        return f"{', '.join(where)}: {self.reason}" if where else self.reason
