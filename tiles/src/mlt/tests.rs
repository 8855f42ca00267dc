//! MapLibre Tiles read back by `mlt-core` itself; `tests/` reads them by another decoder.

use super::*;
use crate::encode::tests::{city, tile_of};
use mlt_core::{Decoder, Layer, Parser};

#[test]
fn what_is_read_back_is_what_was_written() {
    let (mut features, mut layers) = (0, 0);
    for seed in 95..98 {
        for batch in [city::blocks(seed, 400), city::points(seed, 900), city::stars(seed, 200), city::walks(seed, 200)] {
            for zoom in [5, 12, 14, 18] {
                let mvt = tile_of(&batch, city::tile(zoom)).bytes;
                let mlt = mlt_from_mvt(&mvt).unwrap();
                let mut decoder = Decoder::default();
                let parsed = Parser::default().parse_layers(&mlt).unwrap();
                let read = parsed.into_iter().map(|layer| match layer {
                    Layer::Tag01(layer) => layer.into_tile(&mut decoder).unwrap(),
                    other => panic!("{other:?}"),
                });
                let read: Vec<_> = read.collect();
                let written = mvt_to_tile_layers(&mvt).unwrap();
                assert_eq!(written.len(), read.len());
                for (one, other) in written.iter().zip(read) {
                    assert_eq!((one.name(), one.extent()), (other.name(), other.extent()));
                    assert_eq!(one.features().len(), other.features().len());
                    for (one, other) in one.features().iter().zip(other.features()) {
                        assert_eq!((one.id(), one.geometry()), (other.id(), other.geometry()), "seed {seed}, zoom {zoom}");
                        features += 1;
                    }
                    layers += 1;
                }
            }
        }
    }
    assert!(layers > 30 && features > 2000, "{features} features in {layers} layers");
}

#[test]
fn nothing_is_nothing_and_what_is_no_tile_is_refused() {
    assert!(mlt_from_mvt(&[]).unwrap().is_empty());
    assert!(mlt_from_mvt(b"no tile at all").is_err());
}
