"""Tiles of the generated city."""

from math import asinh, pi, radians, tan

from . import cities


def tiles_inside(count, zoom):
    """The tiles of a zoom wholly inside the city of that many buildings, x by x; where it is too small for one, those that meet it."""

    def at(lon, lat):
        return int((lon + 180) / 360 * 2**zoom), int((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**zoom)

    side = cities.side_deg(count)
    (west, south), (east, north) = at(cities.WEST, cities.SOUTH), at(cities.WEST + side, cities.SOUTH + side)
    inside = [(x, y) for x in range(west + 1, east) for y in range(north + 1, south)]
    return inside or [(x, y) for x in range(west, east + 1) for y in range(north, south + 1)]
