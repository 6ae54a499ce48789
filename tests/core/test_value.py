"""Values behave as frozen, slotted, keyword-only dataclasses."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, replace

import pytest

from storage.model.value import value


@value
class Stop:
    """A stop of a line; its note is neither shown nor compared."""

    name: str
    zone: int = 1
    lines: list[str] = field(default_factory=list)
    note: str = field(default="", repr=False, compare=False)


@value
class Terminus(Stop):
    """A stop at the end of a line."""

    tracks: int = 2


def test_a_value_has_its_fields_and_their_defaults() -> None:
    """A default that is made is made for each value."""
    one, other = Stop(name="Quay"), Stop(name="Quay", zone=3)
    one.lines.append("7")
    assert (one.name, one.zone, other.zone, other.lines) == ("Quay", 1, 3, [])
    assert [each.name for each in fields(one)] == ["name", "zone", "lines", "note"]


@pytest.mark.parametrize(
    ("given", "named"),
    [({}, "'name'"), ({"name": "Quay", "colour": "red"}, "Stop.__init__.*'colour'")],
)
def test_a_missing_or_unknown_field_is_named(given: dict[str, str], named: str) -> None:
    """Whether it is the first value of its class or a later one."""
    for _ in range(2):
        with pytest.raises(TypeError, match=named):
            Stop(**given)  # type: ignore[arg-type]


def test_fields_are_given_by_keyword() -> None:
    """A value by its position is refused."""
    with pytest.raises(TypeError):
        Stop("Quay")  # type: ignore[misc]


def test_a_value_never_changes() -> None:
    """Assigning and deleting are refused, and there is no place for another attribute."""
    stop = Stop(name="Quay")
    for name in ("name", "colour"):
        with pytest.raises(FrozenInstanceError, match=name):
            setattr(stop, name, "red")
    with pytest.raises(FrozenInstanceError, match="zone"):
        del stop.zone
    assert not hasattr(stop, "__dict__")


def test_values_of_equal_fields_are_equal() -> None:
    """Fields that are not compared do not count; a value of another class is never equal."""
    assert Stop(name="Quay", note="new") == Stop(name="Quay")
    assert Stop(name="Quay") != Stop(name="Quay", zone=2)
    assert Stop(name="Quay") != Terminus(name="Quay")
    assert Stop(name="Quay") != "Quay"


def test_equal_values_have_one_hash() -> None:
    """A value whose field cannot be hashed has none."""
    lines: tuple[str, ...] = ("7",)
    one, other = (Stop(name="Quay", lines=lines) for _ in range(2))  # type: ignore[arg-type]
    assert len({one, other}) == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(Stop(name="Quay"))


def test_a_value_is_shown_as_it_is_written() -> None:
    """Hidden fields are left out."""
    assert repr(Stop(name="Quay", note="secret")) == "Stop(name='Quay', zone=1, lines=[])"


def test_a_value_inherits_fields() -> None:
    """Those of its base come first."""
    assert repr(Terminus(name="Quay", tracks=4)) == "Terminus(name='Quay', zone=1, lines=[], tracks=4)"


def test_a_value_is_copied_whole() -> None:
    """By `replace`, as a dict, by `copy` and to another process."""
    stop = Stop(name="Quay", zone=2, lines=["7"], note="new")
    assert asdict(stop) == {"name": "Quay", "zone": 2, "lines": ["7"], "note": "new"}
    assert asdict(replace(stop, zone=4)) == asdict(stop) | {"zone": 4}
    for copied in (copy.deepcopy(stop), pickle.loads(pickle.dumps(stop))):  # our own bytes
        assert asdict(copied) == asdict(stop)


def test_a_class_keeps_its_own_methods() -> None:
    """A method that the class defines is not replaced."""

    @value
    class Secret:
        word: str

        def __repr__(self) -> str:
            return "Secret(…)"

    assert repr(Secret(word="x")) == "Secret(…)"
