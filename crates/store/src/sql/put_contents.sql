-- The identifier must be unique: a title that another table has is followed by the table's name.
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
VALUES (
    :table,
    'features',
    CASE WHEN EXISTS (SELECT 1 FROM gpkg_contents WHERE identifier = :title)
        THEN :title || ' (' || :table || ')'
        ELSE :title
    END,
    :description, :min_x, :min_y, :max_x, :max_y, :srs
)
