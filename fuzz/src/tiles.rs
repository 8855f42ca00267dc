//! What `urbis-tiles` reads: tiles of others, and layer definitions.

use std::sync::LazyLock;
use urbis_model::{ColumnType, Field, Schema, TileCoord};
use urbis_tiles::{
    LayerDefinition,
    archive::Archive,
    decode::{DecodedGeometry, decode},
};

/// A tile that is read has no more vertices, tags and names than its bytes can hold, and shapes that are not empty.
pub fn mvt(bytes: &[u8]) {
    let Ok(tile) = decode(bytes) else { return };
    let mut bought = 0;
    for layer in &tile.layers {
        assert!(!layer.name.is_empty() && layer.extent > 0 && (1..=2).contains(&layer.version));
        bought += layer.name.len() + layer.keys.iter().map(|key| key.len() + 2).sum::<usize>() + 2 * layer.values.len();
        for feature in &layer.features {
            assert_eq!(layer.attributes(feature).count(), feature.tags.len());
            bought += 2 * feature.tags.len();
            bought += 2 * match &feature.geometry {
                DecodedGeometry::Unknown => 0,
                DecodedGeometry::Points(points) => points.len(),
                DecodedGeometry::Lines(lines) => {
                    assert!(lines.iter().all(|line| line.len() >= 2));
                    lines.iter().map(Vec::len).sum()
                }
                DecodedGeometry::Polygons(polygons) => {
                    assert!(polygons.iter().all(|rings| !rings.is_empty() && rings.iter().all(|ring| !ring.is_empty())));
                    polygons.iter().flatten().map(Vec::len).sum()
                }
            };
        }
    }
    assert!(bought <= bytes.len(), "{bought} bytes' worth out of {}", bytes.len());
}

/// An archive that opens lists tiles in order, and gives no tile longer than itself.
pub fn pmtiles(bytes: &[u8]) {
    let Ok(archive) = Archive::open(bytes.to_vec()) else { return };
    let _ = archive.metadata();
    for (z, x, y) in [(0, 0, 0), (1, 1, 0), (14, 13_700, 6_650)] {
        let tile = TileCoord::new(z, x, y).expect("it is inside the grid");
        if let Ok(Some(tile)) = archive.tile(tile) {
            assert!(!tile.is_empty() && tile.len() <= bytes.len());
        }
    }
    if let Ok(entries) = archive.entries(1 << 20) {
        assert!(entries.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let columns = ColumnType::ALL.map(|column_type| Field { name: column_type.name().to_owned(), column_type });
    Schema::new(columns.to_vec()).expect("type names are column names")
});

/// A definition that is read has zooms in order and the same digest twice.
pub fn definition(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(definition) = LayerDefinition::from_toml(text, &SCHEMA) else { return };
    assert!(definition.min_zoom <= definition.max_zoom);
    assert_eq!(definition.digest(), LayerDefinition::from_toml(text, &SCHEMA).expect("it was read before").digest());
    let fields = SCHEMA.fields();
    assert!(definition.vector_layer_fields().iter().all(|(name, _)| fields.iter().any(|field| field.name == *name)));
    for zoom in 0..=30 {
        let cell = definition.thinning_cell_units(zoom);
        assert!(cell.is_none_or(|units| units > 0), "a thinning cell of {cell:?} units");
    }
}
