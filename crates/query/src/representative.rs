//! One position that stands for a shape.

use urbis_model::{GeometryRef, LonLat, geometry::Part};

/// A position on the shape: of an area one strictly inside where it has an inside, of a line its middle vertex or the
/// middle of its only side, of points the first. Stable: it depends on the vertices alone.
///
/// In an area it is the middle of the widest run that the parallel through the middle of its largest part's extent has
/// inside that part.
pub fn representative_point(geometry: GeometryRef<'_>) -> LonLat {
    let [lon, lat] = match geometry.kind().dimension() {
        0 => geometry.lonlat()[0],
        1 => {
            let longest = geometry.parts().flat_map(Part::rings).map(|ring| ring.lonlat()).max_by_key(|line| line.len());
            middle_of_line(longest.unwrap_or_default())
        }
        _ => {
            let extent = |part: &Part<'_>| {
                let bounds = part.rings().next().map(|ring| urbis_model::Bounds::of(ring.lonlat()));
                bounds.map_or(0.0, |bounds| (bounds.max[0] - bounds.min[0]) * (bounds.max[1] - bounds.min[1]))
            };
            let largest = geometry.parts().max_by(|one, other| extent(one).total_cmp(&extent(other)));
            largest.and_then(inside_part).unwrap_or_else(|| geometry.lonlat()[0])
        }
    };
    LonLat::from_degrees(lon, lat).expect("between valid vertices lie valid positions")
}

fn middle_of_line(line: &[[f64; 2]]) -> [f64; 2] {
    match line {
        [a, b] => [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0],
        _ => line[line.len() / 2],
    }
}

/// Of a part without area, nothing.
fn inside_part(part: Part<'_>) -> Option<[f64; 2]> {
    let exterior = part.rings().next()?.lonlat();
    let bounds = urbis_model::Bounds::of(exterior);
    let middle = bounds.center()[1];
    // Between the middle and the next vertex above it, so that the parallel passes through no vertex.
    let vertices = || part.rings().flat_map(|ring| ring.lonlat());
    let above = vertices().map(|vertex| vertex[1]).filter(|lat| *lat > middle).fold(f64::INFINITY, f64::min);
    let lat = if above.is_finite() { middle + (above - middle) / 2.0 } else { middle };
    let mut crossings: Vec<f64> = part
        .rings()
        .flat_map(|ring| ring.lonlat().windows(2))
        .filter(|side| (side[0][1] <= lat) != (side[1][1] <= lat))
        .map(|side| side[0][0] + (lat - side[0][1]) / (side[1][1] - side[0][1]) * (side[1][0] - side[0][0]))
        .collect();
    crossings.sort_unstable_by(f64::total_cmp);
    let widest = crossings.chunks_exact(2).max_by(|one, other| (one[1] - one[0]).total_cmp(&(other[1] - other[0])))?;
    (widest[1] > widest[0]).then(|| [(widest[0] + widest[1]) / 2.0, lat])
}

#[cfg(test)]
mod tests;
