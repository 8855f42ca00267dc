SELECT
    layer.kind, layer.title, layer.title_en, layer.source, layer.date, layer.licence, layer.vertical_datum,
    layer.quality, layer.simulated, layer.revision,
    version.count, version.quarantined, version.min_x, version.min_y, version.max_x, version.max_y
FROM urbis_layer AS layer
JOIN urbis_version AS version ON version.layer = layer.name
WHERE layer.name = ?1 AND version.version = ?2
