use super::{Entry, NODE_CELLS, create, rounded_down, rounded_up};
use crate::{
    beside::folder_of,
    database::{Mode, connect},
    steps::Steps,
};
use urbis_model::Bounds;
use urbis_sorted::Sorter;

/// A fixed sequence in 0..1 (Weyl; its seed is the position).
fn fraction(position: usize, step: f64) -> f64 {
    (position as f64 * step).fract()
}

fn boxes(count: usize) -> Vec<Bounds> {
    (0..count)
        .map(|index| {
            let [x, y] = [-180.0 + 359.0 * fraction(index, 0.618_033_988_75), -90.0 + 179.0 * fraction(index, 0.754_877_666)];
            Bounds { min: [x, y], max: [x + fraction(index, 0.1234), y + fraction(index, 0.4321)] }
        })
        .collect()
}

/// SQLite's own check finds the tree sound, and it answers windows as a scan does, before and after SQLite edits it.
fn check(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boxes.db");
    let mut steps = Steps::new(connect(&path, Mode::Create).unwrap(), &path);
    let boxes = boxes(count);
    // Runs of 3,000: the larger trees are sorted by parts.
    let mut entries = Sorter::with_runs_of(folder_of(&path), 3_000).unwrap();
    for (index, bounds) in boxes.iter().enumerate() {
        entries.push(Entry::new(3 * index as u64 + 1, bounds).record()).unwrap();
    }
    create(&mut steps, "tree", entries).unwrap();
    let connection = steps.connection();
    let sound = || connection.query_row("SELECT rtreecheck('tree')", [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(sound(), "ok", "{count} boxes");
    let windows = [[-180.0, -90.0, 180.0, 90.0], [0.0, 0.0, 10.0, 10.0], [-50.5, -20.0, -50.0, 60.0], [179.9, 89.9, 180.0, 90.0]];
    for [west, south, east, north] in windows {
        let sql = "SELECT id FROM tree WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ? ORDER BY id";
        let mut statement = connection.prepare(sql).unwrap();
        let found: Vec<i64> =
            statement.query_map([west, east, south, north], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let window = Bounds { min: [west, south], max: [east, north] };
        let meets = |(index, bounds): (usize, &Bounds)| bounds.intersects(&window).then_some(3 * index as i64 + 1);
        // Boxes are rounded outward: none is missed, and only one that all but touches may come beside.
        let expected: Vec<i64> = boxes.iter().enumerate().filter_map(meets).collect();
        assert!(expected.iter().all(|id| found.binary_search(id).is_ok()), "{count} boxes");
        assert!(found.len() <= expected.len() + 1, "{count} boxes");
    }
    connection.execute("DELETE FROM tree WHERE id % 2 = 0", []).unwrap();
    connection.execute("INSERT INTO tree VALUES (-5, 1, 2, 3, 4)", []).unwrap();
    assert_eq!(sound(), "ok", "{count} boxes, edited");
}

#[test]
fn sqlite_finds_the_packed_tree_sound() {
    for count in [0, 1, 2, NODE_CELLS, NODE_CELLS + 1, 1_000, NODE_CELLS * NODE_CELLS, NODE_CELLS * NODE_CELLS + 1, 20_000] {
        check(count);
    }
}

#[test]
fn edges_are_rounded_outward_as_sqlite_rounds_them() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE VIRTUAL TABLE tree USING rtree(id, minx, maxx, miny, maxy)").unwrap();
    for value in [0.0, -0.0, 0.1, -0.1, 121.17, -121.17, 31.9, 180.0, -180.0, 1e-30, -1e-30, 121.123_456_789] {
        connection.execute("DELETE FROM tree", []).unwrap();
        connection.execute("INSERT INTO tree VALUES (1, ?1, ?1, ?1, ?1)", [value]).unwrap();
        let [least, greatest]: [f64; 2] =
            connection.query_row("SELECT minx, maxx FROM tree", [], |row| Ok([row.get(0)?, row.get(1)?])).unwrap();
        assert!(f64::from(rounded_down(value)) <= value && value <= f64::from(rounded_up(value)));
        // SQLite up to 3.41 rounds by a factor and may go a step further out; ours never lies outside its box.
        assert!(least <= f64::from(rounded_down(value)) && f64::from(rounded_up(value)) <= greatest, "{value}");
    }
}
