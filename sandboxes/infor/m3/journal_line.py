"""PARM of GLS840MI: a string of fixed positions, laid out by the tenant's interface definition."""

from dataclasses import dataclass

# Our own interface; a tenant's may be any other. Positions count from 1, the amount has a decimal point.
DEFAULT = (
    ("CUNO", 1, 10), ("CINO", 11, 15), ("INYR", 26, 4), ("IVDT", 30, 8), ("DUDT", 38, 8), ("CUCD", 46, 3),
    ("CUAM", 49, 17), ("AIT1", 66, 10), ("VTXT", 76, 40),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields with their first position and length."""

    fields: tuple[tuple[str, int, int], ...] = DEFAULT

    @property
    def width(self) -> int:
        return max(start + length - 1 for _, start, length in self.fields)

    def described(self) -> str:
        """`CUNO 1-10, CINO 11-25, ...`, as an administrator would tell it."""
        return ", ".join(f"{name} {start}-{start + length - 1}" for name, start, length in self.fields)

    def written(self, **values: str) -> str:
        line = [" "] * self.width
        for name, start, length in self.fields:
            line[start - 1 : start - 1 + length] = values.get(name, "")[:length].ljust(length)
        return "".join(line).rstrip()

    def read(self, line: str) -> dict[str, str]:
        return {name: line[start - 1 : start - 1 + length].strip() for name, start, length in self.fields}


DEFAULT_LAYOUT = Layout()
