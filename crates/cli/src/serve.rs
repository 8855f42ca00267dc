//! `urbis serve`: the city over HTTP.

use crate::Outcome;
use crate::args::ServeArgs;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use urbis_query::City;
use urbis_store::{Access, Store};

/// A configuration file; the command line wins over it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    city: Option<PathBuf>,
    listen: Option<SocketAddr>,
    title: Option<String>,
    title_en: Option<String>,
}

pub(crate) fn run(args: &ServeArgs) -> Result<Outcome> {
    let file = match &args.config {
        None => ConfigFile::default(),
        Some(path) => read_config(path)?,
    };
    let city = args.city.clone().or(file.city).unwrap_or_else(|| "city.gpkg".into());
    let title = file.title.unwrap_or_else(|| city.file_stem().map_or("urbis".into(), |stem| stem.to_string_lossy().into_owned()));
    let config = urbis_server::Config {
        listen: args.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        title_en: file.title_en.unwrap_or_else(|| title.clone()),
        title,
    };
    serve(&city, config)
}

/// Serves a city file until interrupted. The first line on stdout is the address.
pub(crate) fn serve(city: &Path, config: urbis_server::Config) -> Result<Outcome> {
    let store = Store::open(city, Access::Create)?;
    let city = City::open(store)?;
    let runtime = tokio::runtime::Runtime::new().context("no async runtime could be started")?;
    runtime.block_on(urbis_server::serve(city, config, |address| {
        let mut out = io::stdout().lock();
        // Whoever closed stdout does not want the address.
        let _ = writeln!(out, "http://{address}/").and_then(|()| out.flush());
    }))?;
    Ok(Outcome::Done)
}

fn read_config(path: &Path) -> Result<ConfigFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no configuration", path.display()))
}
