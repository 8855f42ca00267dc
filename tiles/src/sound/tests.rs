//! What is called sound stays valid, by the judgement of `geo`.

use crate::encode::tests::city::{self, Random};
use crate::{LayerDefinition, TileLayer};
use geo::Validation;
use urbis_model::LayerKind;

#[test]
fn rounding_breaks_no_outline_that_is_called_sound() {
    let features = city::blocks(41, 3000);
    let definition = LayerDefinition::for_kind(LayerKind::Building, features.schema());
    let layer = TileLayer::prepare("buildings".parse().unwrap(), &features, definition);
    let mut random = Random(43);
    let mut judged = [0, 0];
    for position in 0..layer.len() as u32 {
        let ring = layer.rings(layer.parts(position).start).start;
        for zoom in 9..=20u8 {
            let sound = layer.sound(position).at(zoom);
            judged[usize::from(sound)] += 1;
            if !sound {
                continue;
            }
            // Whatever way each vertex goes, by up to half a unit on both axes.
            let half = 2f64.powi(19 - i32::from(zoom));
            for _ in 0..4 {
                let moved: Vec<(f64, f64)> = layer
                    .drawn(ring, zoom)
                    .map(|point| {
                        let mut coordinate = |axis: usize| {
                            let way = if random.bits().is_multiple_of(2) { half } else { -half };
                            f64::from(point[axis] - layer.bounds(position).min[axis]) + way
                        };
                        (coordinate(0), coordinate(1))
                    })
                    .collect();
                assert!(geo::Polygon::new(moved.clone().into(), vec![]).is_valid(), "zoom {zoom}: {moved:?}");
            }
        }
    }
    assert!(judged[0] > 1000 && judged[1] > 10_000, "{judged:?}");
}
