"""The lawful populations that look like inflated sales: each tells how it is told apart, and tests it."""

from graphkit.look_alikes import (
    cancelled_order,
    cash_pooling,
    dealer_swap,
    declared_stock,
    fleet_use,
    floor_plan,
    genuine_use,
    gift_insurance,
    late_plating,
    leaseback,
    maker_letter,
    parallel_export,
    refund,
    returned_sale,
    trade_in,
)
from graphkit.model import LookAlike

LOOK_ALIKES: tuple[LookAlike, ...] = (
    cancelled_order.LOOK_ALIKE,
    cash_pooling.LOOK_ALIKE,
    dealer_swap.LOOK_ALIKE,
    declared_stock.LOOK_ALIKE,
    fleet_use.LOOK_ALIKE,
    floor_plan.LOOK_ALIKE,
    genuine_use.LOOK_ALIKE,
    gift_insurance.LOOK_ALIKE,
    late_plating.LOOK_ALIKE,
    leaseback.LOOK_ALIKE,
    maker_letter.LOOK_ALIKE,
    parallel_export.LOOK_ALIKE,
    refund.LOOK_ALIKE,
    returned_sale.LOOK_ALIKE,
    trade_in.LOOK_ALIKE,
)
"""Every look-alike, by id in alphabetical order."""
