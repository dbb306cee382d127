"""The maps: plain tables that a bookkeeper edits, loaded and checked into a Book."""

from transforms.maps.faults import Fault, MapFaults
from transforms.maps.load import load
from transforms.maps.prices import load_prices, load_with_prices

__all__ = ["Fault", "MapFaults", "load", "load_prices", "load_with_prices"]
