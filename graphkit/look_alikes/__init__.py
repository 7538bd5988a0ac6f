"""The lawful populations that look like inflated sales: each tells how it is told apart, and tests it."""

from graphkit.look_alikes import (
    cancelled_order,
    declared_stock,
    fleet_use,
    genuine_use,
    gift_insurance,
    late_plating,
    maker_letter,
    parallel_export,
)
from graphkit.model import LookAlike

LOOK_ALIKES: tuple[LookAlike, ...] = (
    cancelled_order.LOOK_ALIKE,
    declared_stock.LOOK_ALIKE,
    fleet_use.LOOK_ALIKE,
    genuine_use.LOOK_ALIKE,
    gift_insurance.LOOK_ALIKE,
    late_plating.LOOK_ALIKE,
    maker_letter.LOOK_ALIKE,
    parallel_export.LOOK_ALIKE,
)
"""Every look-alike, by id in alphabetical order."""
