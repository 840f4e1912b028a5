"""Trigonometry and hyperbolic functions, in radians."""

from __future__ import annotations

import math

from standin.spl.functions.mathematics import mathematical

_PAGE = "Trigonometry and Hyperbolic functions"

for _name in (
    *("acos", "acosh", "asin", "asinh", "atan", "atanh"),
    *("cos", "cosh", "sin", "sinh", "tan", "tanh"),
):
    mathematical(_name, 1, 1, _PAGE, figures=True)(getattr(math, _name))
for _name in ("atan2", "hypot"):
    mathematical(_name, 2, 2, _PAGE, figures=True)(getattr(math, _name))
