"""The maps: plain tables that a bookkeeper edits, loaded and checked into a Book."""

from transforms.maps.faults import Fault, MapFaults
from transforms.maps.load import load

__all__ = ["Fault", "MapFaults", "load"]
