"""Every worksheet function, defined once. Importing this package fills the registry."""

from addin.functions import analysis, kmv, tranche
from addin.functions.registry import REGISTRY, WorksheetFunction

__all__ = ["REGISTRY", "WorksheetFunction", "analysis", "kmv", "tranche"]
