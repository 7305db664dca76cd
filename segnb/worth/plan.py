"""The ``budget:`` block of a params file: what there is to spend, and what an action costs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

CONTROL = "control"
"""The arm that was drawn in order not to be reached."""

Cost = Annotated[float, Field(ge=0, le=1e9)]


class Budget(BaseModel):
    """What there is to spend on campaigns, and what is known of costs and margin."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    amount: float = Field(gt=0, le=1e12, description="Money to spend on actions, in the report's currency.")
    costs: dict[Annotated[str, Field(min_length=1, max_length=60)], Cost] = Field(
        default={},
        description="What each action costs for one customer, by the name of its arm, as voucher: 2.0. Left "
        "out, what the contacts of that arm cost on average.",
    )
    margin: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Share of the revenue that is left when the goods are paid, as 0.3. Left out, it is "
        "worked out from the cost of transactions, where that is declared.",
    )
    incrementality: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="An assumption, and marked as one in the report: the share of responses that would not "
        "have come without the contact, as 0.3. Only for campaigns without a control arm, where the data "
        "cannot tell it; with it the budget is spread over the segments. Left out, the report says which "
        "share each segment needs.",
    )

    @field_validator("costs")
    @classmethod
    def _actions(cls, costs: dict[str, float]) -> dict[str, float]:
        if any(each.strip().lower() == CONTROL for each in costs):
            raise ValueError("the control arm is no action: nobody in it is reached. Leave it out of costs")
        return costs
