-- The GeoPackage tables (OGC 12-128r18, version 1.3, annex C) and urbis' own. Runs in one transaction.

CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL,
    description TEXT
);

INSERT INTO gpkg_spatial_ref_sys VALUES
    ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
    ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]', 'longitude/latitude in degrees on the WGS 84 ellipsoid'),
    ('China Geodetic Coordinate System 2000', 4490, 'EPSG', 4490, 'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4490"]]', 'longitude/latitude in degrees on the CGCS2000 ellipsoid');

CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY,
    data_type TEXT NOT NULL,
    identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE,
    min_y DOUBLE,
    max_x DOUBLE,
    max_y DOUBLE,
    srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);

CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL,
    m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);

CREATE TABLE gpkg_extensions (
    table_name TEXT,
    column_name TEXT,
    extension_name TEXT NOT NULL,
    definition TEXT NOT NULL,
    scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);

-- One row: the form of urbis' own tables, the city-wide revision, which only grows, and what tells this city from any
-- other. A city made before identities were stored gets the last column when it is next opened for writing.
CREATE TABLE urbis_city (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    form INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    identity TEXT NOT NULL DEFAULT ''
);
INSERT INTO urbis_city VALUES (1, 1, 0, lower(hex(randomblob(16))));

-- One row a layer. Registered as `attributes`: a person sees in QGIS what each layer is, and GDAL then lists
-- registered tables only (with none registered it lists every table, superseded versions too).
CREATE TABLE urbis_layer (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    title_en TEXT NOT NULL,
    source TEXT NOT NULL,
    date TEXT NOT NULL,
    licence TEXT NOT NULL,
    vertical_datum TEXT NOT NULL,
    quality TEXT NOT NULL,
    simulated BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    next_id INTEGER NOT NULL
);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description)
VALUES ('urbis_layer', 'attributes', 'urbis_layer', 'What each layer of the city is and where it comes from');

-- One row a kept version of a layer: where its rows lie and what its import said.
CREATE TABLE urbis_version (
    layer TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    table_name TEXT NOT NULL UNIQUE,
    geometry_column TEXT NOT NULL,
    count INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    min_x DOUBLE,
    min_y DOUBLE,
    max_x DOUBLE,
    max_y DOUBLE,
    imported_at TEXT NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (layer, version)
);

-- Tables that belong to no version: being filled, abandoned, or superseded past the policy. Whoever holds the
-- import lock drops all that are not its own.
CREATE TABLE urbis_sweep (
    table_name TEXT PRIMARY KEY NOT NULL,
    geometry_column TEXT NOT NULL
);
