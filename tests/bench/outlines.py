"""How far what a tile draws is from the source, and the reverse: the Hausdorff distance of outlines, by GEOS.

Both directed distances are taken along the whole of lines and rings, not only at their vertices: places are looked at every unit, an eighth
of a pixel, or at a wider step. Between two of them the distance is at most half a step more, which is added. Only places inside the tile are looked at; what they
are compared with reaches into the buffer. Of the source's polygons, what is narrower than a unit (a spike, say, or a slit) is not asked for: no
valid polygon of the grid can have it.
"""

import numpy
import shapely

PIXELS = 512


def outlines(shapes, least_ring):
    """The lines, or the rings that hold an area (square units) or more; and of which shape each is."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    rings, of_ring = shapely.get_rings(parts[areas], return_index=True)
    large = shapely.area(shapely.polygons(rings)) >= least_ring if len(rings) else numpy.array([], dtype=bool)
    lines = numpy.concatenate([parts[~areas], rings[large]])
    return lines, numpy.concatenate([of_part[~areas], of_part[areas][of_ring][large]]).astype(int)


def broad(shapes):
    """Polygons without what is narrower than a unit, of theirs or between; lines as they are."""
    areas = shapely.get_dimensions(shapes) == 2
    made = shapes.copy()
    shrunk = shapely.buffer(shapes[areas], -0.5, join_style="mitre")
    grown = shapely.buffer(shrunk, 1.0, join_style="mitre")
    made[areas] = shapely.buffer(grown, -0.5, join_style="mitre")
    return made


def segments(lines):
    """The segments of lines, and of which line each is."""
    at, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[:-1] == line[1:]
    return shapely.linestrings(numpy.stack([at[:-1][joined], at[1:][joined]], axis=1)), line[:-1][joined]


def directed(shapes, groups, others, other_groups, extent, step_units):
    """Of each shape the greatest distance of its outlines inside the tile from those of its group among the others, units; nan where none of
    it is inside, infinite where its group has none."""
    greatest = numpy.full(len(shapes), numpy.nan)
    lines, owner = outlines(shapes, (extent / PIXELS) ** 2)
    places, line = shapely.get_coordinates(shapely.segmentize(lines, step_units), return_index=True)
    inside = ((places > 1) & (places < extent - 1)).all(axis=1)
    places, owner = shapely.points(places[inside]), owner[line[inside]]
    distance = numpy.full(len(places), numpy.inf)
    other_lines, other_owner = outlines(others, 0)
    if len(places) > 0 and len(other_lines) > 0:
        pieces, of_line = segments(other_lines)
        by_name = members(other_groups[other_owner[of_line]])
        for name, some in members(groups[owner]).items():
            near = pieces[by_name.get(name, [])]
            if len(near) > 16:
                distance[some] = shapely.STRtree(near).query_nearest(places[some], return_distance=True, all_matches=False)[1]
            elif len(near) > 0:
                distance[some] = shapely.distance(places[some][:, None], near[None, :]).min(axis=1)
    numpy.fmax.at(greatest, owner, distance)
    return greatest + step_units / 2


def members(names):
    """Where each name stands."""
    order = numpy.argsort(names, kind="stable")
    found, starts = numpy.unique(names[order], return_index=True)
    return dict(zip(found.tolist(), numpy.split(order, starts[1:])))


def distances(source, drawn, extent, step_units=1.0):
    """Hausdorff distances in pixels of a tile: `source` and `drawn` are (shapes in tile units, group of each, whether it is asked for). One
    number for each shape of either that is asked for and has a place in the tile."""
    (shapes, groups, asked), (others, other_groups, other_asked) = source, drawn
    found = numpy.concatenate([
        directed(broad(shapes[asked]), groups[asked], others, other_groups, extent, step_units),
        directed(others[other_asked], other_groups[other_asked], shapes, groups, extent, step_units),
    ])
    return found[~numpy.isnan(found)] / (extent / PIXELS)
