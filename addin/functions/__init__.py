"""Every worksheet function, defined once. Importing this package fills the registry."""

from addin.functions import (
    analysis,
    kmv,
    market,
    methods,
    monitoring,
    pool,
    recovery,
    scales,
    searches,
    service,
    shock_tables,
    tranche,
    waterfall,
    worth,
)
from addin.functions.registry import CATEGORIES, REGISTRY, WorksheetFunction

# As lists show them: by category, then in the order they are written.
for _record in sorted(REGISTRY.values(), key=lambda record: CATEGORIES.index(record.category)):
    REGISTRY[_record.name] = REGISTRY.pop(_record.name)

__all__ = [
    "REGISTRY",
    "WorksheetFunction",
    "analysis",
    "kmv",
    "market",
    "methods",
    "monitoring",
    "pool",
    "recovery",
    "scales",
    "searches",
    "service",
    "shock_tables",
    "tranche",
    "waterfall",
    "worth",
]
