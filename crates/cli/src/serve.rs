//! `urbis serve`: the city over HTTP.

use crate::Outcome;
use crate::args::ServeArgs;
use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use urbis_query::City;
use urbis_server::ArchivePlace;
use urbis_store::{Access, Store};

/// How long work that is left over at the end may take.
const LEFT_OVER_WITHIN: Duration = Duration::from_secs(1);

/// A configuration file; the command line wins over it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    city: Option<PathBuf>,
    listen: Option<String>,
    title: Option<String>,
    title_en: Option<String>,
    /// The most memory for features and their index; tiles take as much again.
    memory_mib: Option<u64>,
    /// The most memory for finished tiles.
    tile_cache_mib: Option<u64>,
    /// Archives to serve under `/tiles/{name}`.
    #[serde(default)]
    archive: Vec<ArchiveEntry>,
}

/// A PMTiles or MBTiles file, or the address of a PMTiles file; paths as seen from where urbis is started.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchiveEntry {
    name: String,
    file: String,
    /// Patches over it, the oldest first.
    #[serde(default)]
    patches: Vec<String>,
}

pub(crate) fn run(args: &ServeArgs) -> Result<Outcome> {
    let file = match &args.config {
        None => ConfigFile::default(),
        Some(path) => read_config(path)?,
    };
    let city = args.city.clone().or(file.city).unwrap_or_else(|| "city.gpkg".into());
    let title = file.title.unwrap_or_else(|| city.file_stem().map_or("urbis".into(), |stem| stem.to_string_lossy().into_owned()));
    let archives = file.archive.into_iter().map(|archive| {
        let name = archive.name.parse().with_context(|| format!("an archive is named {:?}", archive.name))?;
        let place = |text: &String| ArchivePlace::parse(text).map_err(|reason| anyhow!("archive {}: {reason}", archive.name));
        let patches = archive.patches.iter().map(place).collect::<Result<_>>()?;
        Ok(urbis_server::ArchiveConfig { name, file: place(&archive.file)?, patches })
    });
    let listen = file.listen.as_deref().map(crate::args::address).transpose();
    let listen = listen.map_err(|reason| anyhow!("listen in the configuration: {reason}"))?;
    let config = urbis_server::Config {
        tile_cache_bytes: file.tile_cache_mib.map_or(urbis_server::DEFAULT_TILE_CACHE_BYTES, |mib| mib.saturating_mul(1 << 20)),
        archives: archives.collect::<Result<_>>()?,
        listen: args.listen.or(listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        title_en: file.title_en.unwrap_or_else(|| title.clone()),
        title,
    };
    serve(&city, args.memory_mib.or(file.memory_mib), config)
}

/// Serves a city file until interrupted. The first line on stdout is the address.
pub(crate) fn serve(city: &Path, memory_mib: Option<u64>, config: urbis_server::Config) -> Result<Outcome> {
    let store = Store::open(city, Access::Read)?;
    // Half of what there is: tile geometry takes about as much as the features that it is made from.
    let most_bytes = memory_mib.map_or_else(|| machine_bytes() / 2, |mib| mib.saturating_mul(1 << 20));
    let city = City::open(store, most_bytes)?;
    let runtime = tokio::runtime::Runtime::new().context("no async runtime could be started")?;
    runtime.block_on(urbis_server::serve(city, config, |address| {
        let mut out = io::stdout().lock();
        // Whoever closed stdout does not want the address.
        let _ = writeln!(out, "http://{address}/").and_then(|()| out.flush());
    }))?;
    // Work that nobody waits for any more does not hold up the end.
    runtime.shutdown_timeout(LEFT_OVER_WITHIN);
    Ok(Outcome::Done)
}

/// The memory that this process may have: the machine's, or what its control groups allow (Linux cgroup v2, `memory.max`).
fn machine_bytes() -> u64 {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let total_kib = read("/proc/meminfo")
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().split(' ').next()?.parse::<u64>().ok());
    let group = read("/proc/self/cgroup").lines().find_map(|line| line.strip_prefix("0::").map(str::to_owned));
    let groups = group.iter().flat_map(|group| Path::new(group).ancestors());
    let allowed =
        groups.filter_map(|group| read(&format!("/sys/fs/cgroup{}/memory.max", group.display())).trim().parse::<u64>().ok());
    allowed.chain(total_kib.map(|kib| kib.saturating_mul(1024))).min().unwrap_or(u64::MAX)
}

fn read_config(path: &Path) -> Result<ConfigFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no configuration", path.display()))
}
