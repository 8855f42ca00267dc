INSERT INTO urbis_layer (
    name, kind, title, title_en, source, date, licence, vertical_datum, quality, simulated, version, revision, next_id
)
VALUES (
    :name, :kind, :title, :title_en, :source, :date, :licence, :vertical_datum, :quality, :simulated, :version,
    (SELECT revision FROM urbis_city), :next_id
)
ON CONFLICT (name) DO UPDATE SET
    kind = excluded.kind,
    title = excluded.title,
    title_en = excluded.title_en,
    source = excluded.source,
    date = excluded.date,
    licence = excluded.licence,
    vertical_datum = excluded.vertical_datum,
    quality = excluded.quality,
    simulated = excluded.simulated,
    version = excluded.version,
    revision = excluded.revision,
    next_id = excluded.next_id
