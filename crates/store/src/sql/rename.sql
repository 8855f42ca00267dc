-- ?1, ?2: old and new name; ?3, ?4: the same as quoted identifiers. Shadow tables are quoted as SQLite writes them.
UPDATE sqlite_schema
SET name = ?2,
    tbl_name = ?2,
    sql = substr(sql, 1, instr(sql, ?3) - 1) || ?4 || substr(sql, instr(sql, ?3) + length(?3))
WHERE type = 'table' AND name = ?1 AND instr(sql, ?3) > 0
