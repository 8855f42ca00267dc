-- Keeps the R-tree right when another program edits the table (GeoPackage 1.3, annex F.3); such a program brings
-- the ST_ functions itself. {table}, {rtree}, {id} and {geometry} come quoted; {prefix} and {name} come escaped.
CREATE TRIGGER "{prefix}_insert" AFTER INSERT ON {table}
WHEN (NEW.{geometry} NOTNULL AND NOT ST_IsEmpty(NEW.{geometry}))
BEGIN
    INSERT OR REPLACE INTO {rtree} VALUES (NEW.{id}, ST_MinX(NEW.{geometry}), ST_MaxX(NEW.{geometry}), ST_MinY(NEW.{geometry}), ST_MaxY(NEW.{geometry}));
END;
CREATE TRIGGER "{prefix}_update1" AFTER UPDATE OF {geometry} ON {table}
WHEN OLD.{id} = NEW.{id} AND (NEW.{geometry} NOTNULL AND NOT ST_IsEmpty(NEW.{geometry}))
BEGIN
    INSERT OR REPLACE INTO {rtree} VALUES (NEW.{id}, ST_MinX(NEW.{geometry}), ST_MaxX(NEW.{geometry}), ST_MinY(NEW.{geometry}), ST_MaxY(NEW.{geometry}));
END;
CREATE TRIGGER "{prefix}_update2" AFTER UPDATE OF {geometry} ON {table}
WHEN OLD.{id} = NEW.{id} AND (NEW.{geometry} ISNULL OR ST_IsEmpty(NEW.{geometry}))
BEGIN
    DELETE FROM {rtree} WHERE id = OLD.{id};
END;
CREATE TRIGGER "{prefix}_update3" AFTER UPDATE ON {table}
WHEN OLD.{id} != NEW.{id} AND (NEW.{geometry} NOTNULL AND NOT ST_IsEmpty(NEW.{geometry}))
BEGIN
    DELETE FROM {rtree} WHERE id = OLD.{id};
    INSERT OR REPLACE INTO {rtree} VALUES (NEW.{id}, ST_MinX(NEW.{geometry}), ST_MaxX(NEW.{geometry}), ST_MinY(NEW.{geometry}), ST_MaxY(NEW.{geometry}));
END;
CREATE TRIGGER "{prefix}_update4" AFTER UPDATE ON {table}
WHEN OLD.{id} != NEW.{id} AND (NEW.{geometry} ISNULL OR ST_IsEmpty(NEW.{geometry}))
BEGIN
    DELETE FROM {rtree} WHERE id IN (OLD.{id}, NEW.{id});
END;
CREATE TRIGGER "{prefix}_delete" AFTER DELETE ON {table}
WHEN OLD.{geometry} NOT NULL
BEGIN
    DELETE FROM {rtree} WHERE id = OLD.{id};
END;
