INSERT INTO urbis_version (
    layer, version, revision, table_name, geometry_column, count, quarantined, min_x, min_y, max_x, max_y, imported_at,
    report
)
VALUES (
    :layer, :version, (SELECT revision FROM urbis_city), :layer, :geometry_column, :count, :quarantined,
    :min_x, :min_y, :max_x, :max_y, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), :report
)
