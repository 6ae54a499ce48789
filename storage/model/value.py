"""Values: frozen, slotted, keyword-only dataclasses that are quick to define.

    @value
    class Mute:
        target: str
        until: datetime

A short command defines a hundred kinds of values and creates a few of them. `dataclasses` compiles six methods for each
class, which takes half of the time to import it; `value` compiles one, `__init__`, when the first value is created.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """Make a class of values: like `@dataclass(frozen=True, slots=True, kw_only=True)`, but quicker."""
    # For a class without a docstring, `dataclass` makes one from the signature, which takes a millisecond.
    kind.__doc__ = kind.__doc__ or kind.__name__
    # Without these methods it compiles nothing.
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(kind)
    for name, method in {**_SHARED, **_own_methods(made)}.items():
        if name not in vars(kind):
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]  # the class itself


def _own_methods(kind: Any) -> dict[str, Callable[..., Any]]:
    """Return the methods that depend on the fields of a class."""
    compared = attrgetter(*(one.name for one in fields(kind) if one.compare))
    slots = [getattr(kind, one.name) for one in fields(kind)]
    setters = [slot.__set__ for slot in slots]  # since the class refuses assignments

    def create(self: object, /, **given: object) -> None:
        kind.__init__ = _compiled_init(kind)  # in place of this function, for all further values
        kind.__init__(self, **given)

    def equals(self: object, other: object) -> bool:
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    def hash_of(self: object) -> int:
        return hash(compared(self))

    def state(self: object) -> list[object]:
        return [slot.__get__(self) for slot in slots]

    def restore(self: object, state: list[object]) -> None:
        for put, part in zip(setters, state, strict=True):
            put(self, part)

    return {
        "__init__": create,
        "__eq__": equals,
        "__hash__": hash_of,
        "__getstate__": state,
        "__setstate__": restore,
    }


def _compiled_init(kind: type[Any]) -> Callable[..., None]:
    """Return the `__init__` of a class: it takes every field by keyword, and sets its slot."""
    known: dict[str, Any] = {"MISSING": MISSING}
    parameters, body = [], []
    for one in fields(kind):
        name = given = one.name
        default = ""
        if one.default_factory is not MISSING:
            known[f"_make_{name}"] = one.default_factory
            default, given = "=MISSING", f"_make_{name}() if {name} is MISSING else {name}"
        elif one.default is not MISSING:
            known[f"_default_{name}"] = one.default
            default = f"=_default_{name}"
        known[f"_set_{name}"] = getattr(
            kind, name
        ).__set__  # of the slot, since the class refuses assignments
        parameters.append(f"{name}{default}")
        body.append(f" _set_{name}(self, {given})\n")
    exec(f"def __init__(self, *, {', '.join(parameters)}):\n{''.join(body)}", known)  # noqa: S102  # names of fields
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"  # the error for a wrong keyword shows it
    return init


def _shown(self: Any) -> str:
    parts = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _refuse_assignment(_: object, name: str, __: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED: dict[str, Callable[..., Any]] = {
    "__repr__": _shown,
    "__setattr__": _refuse_assignment,
    "__delattr__": _refuse_deletion,
}
