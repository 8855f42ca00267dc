//! What the city file takes for a million eight-cornered buildings with six attributes, step by step, beside
//! `ogr2ogr` writing the same features. Run with `cargo run --release -p urbis-store --example million [COUNT]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are its output")]

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};
use support::{begin, building_schema, buildings, create, name};
use urbis_model::{Bounds, FeatureBatch};
use urbis_store::ImportMode;

const BATCH: u64 = 4096;

fn main() {
    let count = std::env::args().nth(1).map_or(1_000_000, |count| count.parse().expect("a number of buildings"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("city.gpkg");
    let batches: Vec<FeatureBatch> =
        (0..count).step_by(BATCH as usize).map(|start| buildings(start..(start + BATCH).min(count))).collect();
    println!("{count} buildings in {}", folder.path().display());

    let store = create(&path);
    for round in ["first import", "second import, every id kept"] {
        let before_kib = peak_kib();
        let began = Instant::now();
        let ended = AtomicBool::new(false);
        let waits = thread::scope(|scope| {
            let writer = scope.spawn(|| other_writer(&path, &ended));
            let mut session = begin(&store, ImportMode::Replace).expect("begins");
            let ready_s = began.elapsed().as_secs_f64();
            batches.iter().for_each(|batch| session.write(batch).expect("writes"));
            let filled_s = began.elapsed().as_secs_f64();
            session.commit("{}").expect("commits");
            println!("{round}: begun {ready_s:.2} s, filled {filled_s:.2} s, current {:.2} s", began.elapsed().as_secs_f64());
            ended.store(true, Ordering::Relaxed);
            writer.join().expect("the other writer ends")
        });
        let (longest, median) = (waits.iter().max().expect("waits"), waits[waits.len() / 2]);
        println!("  another writer, every 5 ms: {} writes, median {median:.1?}, longest {longest:.1?}", waits.len());
        println!("  memory beyond the source: {} MB", (peak_kib() - before_kib) / 1024);
        println!("  file {} MB, write-ahead log {} MB", megabytes(&path, ""), megabytes(&path, "-wal"));
    }

    for _ in 0..3 {
        let began = Instant::now();
        let mut read = 0;
        store
            .read(&name(), None, &mut |batch| {
                read += batch.len() as u64;
                Ok(())
            })
            .expect("reads");
        assert_eq!(read, count);
        println!("read back: {:.2} s", began.elapsed().as_secs_f64());
    }
    let window = Bounds { min: [121.1, 31.71], max: [121.103, 31.713] };
    let began = Instant::now();
    let mut found = 0;
    store
        .read_window(&name(), None, &window, &mut |batch| {
            found += batch.len();
            Ok(())
        })
        .expect("reads");
    println!("window of {found}: {:.2?}", began.elapsed());
    let began = Instant::now();
    (0..1000).for_each(|_| {
        store.change_token().expect("a token");
    });
    println!("change token: {:.2?}", began.elapsed() / 1000);
    drop((store, building_schema()));

    for (driver, extension) in [("FlatGeobuf", "fgb"), ("GPKG", "gpkg")] {
        let from = folder.path().join(format!("source.{extension}"));
        let made = Command::new("ogr2ogr").args(["-f", driver]).arg(&from).arg(&path).arg("buildings").status();
        if !made.is_ok_and(|status| status.success()) {
            println!("SKIPPED: ogr2ogr is absent");
            return;
        }
        let to = folder.path().join("rival.gpkg");
        let _ = fs::remove_file(&to);
        let began = Instant::now();
        let status = Command::new("ogr2ogr").args(["-f", "GPKG"]).arg(&to).arg(&from).status().expect("ogr2ogr runs");
        assert!(status.success());
        println!("ogr2ogr from {driver}: {:.2} s", began.elapsed().as_secs_f64());
    }
}

/// Writes a row every 5 ms, as a server beside an import does; returns how long each took, sorted.
fn other_writer(path: &Path, ended: &AtomicBool) -> Vec<Duration> {
    let connection = rusqlite::Connection::open(path).expect("opens");
    connection
        .busy_handler(Some(|_| {
            thread::sleep(Duration::from_millis(1));
            true
        }))
        .expect("a handler");
    connection.execute_batch("CREATE TABLE IF NOT EXISTS urbis_bench (at INTEGER)").expect("a table");
    let mut waits = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let began = Instant::now();
        connection.execute("INSERT INTO urbis_bench VALUES (1)", []).expect("writes");
        waits.push(began.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
    waits.sort_unstable();
    waits
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn megabytes(path: &Path, suffix: &str) -> u64 {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    fs::metadata(path).map_or(0, |metadata| metadata.len() / 1_000_000)
}
