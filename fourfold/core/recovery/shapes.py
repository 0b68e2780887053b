"""What leaves of recovery."""

from typing import Literal

from pydantic import BaseModel


class AcceptedShape(BaseModel):
    """What was asked is being done; it says nothing about what there is."""

    status: Literal["accepted"] = "accepted"
