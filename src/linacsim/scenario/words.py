"""Building blocks of the scenario schema: strict records, names from a fixed list, figures."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from linacsim.control.interlocks import ROWS
from linacsim.invariants.violations import Rule
from linacsim.model.axes import XML_NAMES
from linacsim.model.messages import GoToGroup
from linacsim.model.signals import State


class Strict(BaseModel):
    """A record that refuses unknown keys, wrong types, NaN and infinities."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


@dataclass(frozen=True, slots=True)
class OneOf:
    """Annotation of a string that must be one of `names`."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        """Return the schema of a choice."""
        return core_schema.literal_schema(list(self.names))


StateName = Annotated[str, OneOf(tuple(State.__members__))]
InterlockName = Annotated[str, OneOf(tuple(ROWS))]
InvariantName = Annotated[str, OneOf(tuple(rule.value for rule in Rule))]
SingleAxisName = Annotated[str, OneOf(XML_NAMES)]
GroupName = Annotated[str, OneOf(tuple(group.value for group in GoToGroup))]

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]


class Figure(Strict):
    """A number with its tolerance, both in the unit that the key names."""

    value: float
    within: Annotated[float, Field(ge=0)]

    def met_by(self, found: float) -> bool:
        """Return whether a number is within tolerance; the rounding of decimals is forgiven."""
        return abs(found - self.value) <= self.within + 1e-9
