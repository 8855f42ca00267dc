//! The command line. Names are a contract: add, don't rename.

use crate::query::TextEncoding;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Parser, Subcommand, ValueEnum};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use urbis_model::{Bbox, Crs, LayerKind, LayerName, LonLat};

/// A city digital twin on one machine: import a city's files, ask, and serve them as vector tiles.
#[derive(Debug, Parser)]
#[command(name = "urbis", version, max_term_width = 110)]
pub(crate) struct Args {
    /// Says more on stderr; URBIS_LOG takes a tracing filter.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Builds the demo city if absent, serves it and prints the address.
    Demo(DemoArgs),
    /// Imports files into a layer as one atomic step, and says what became of every feature.
    Import(ImportArgs),
    /// Lists layers, counts, extents, CRS and revisions of a city.
    Info(InfoArgs),
    /// Asks a layer: by place, shape, distance and filter.
    Query(Box<QueryArgs>),
    /// Builds layers into one PMTiles archive, or only what changed since one was built.
    Tiles(TilesArgs),
    /// Serves a city over HTTP.
    Serve(ServeArgs),
    /// Prints a completion script for a shell.
    #[command(after_help = "Example:\n  urbis completions bash > /etc/bash_completion.d/urbis")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Which demo city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoCity {
    /// The synthetic district of Haimen, 模拟数据.
    Haimen,
    /// The centre of Helsinki from OpenStreetMap.
    Helsinki,
    /// Schutterwald's gas net as shipped with pandapipes.
    Schutterwald,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  urbis demo --scale 5 --listen 127.0.0.1:8080")]
pub(crate) struct DemoArgs {
    /// Which city.
    #[arg(value_enum, default_value = "haimen")]
    pub(crate) name: DemoCity,
    /// Size of the synthetic city: 1 is about 60,000 buildings, 5 about 300,000.
    #[arg(long, default_value_t = 1.0, value_parser = scale)]
    pub(crate) scale: f64,
    /// Seed of the synthetic city.
    #[arg(long, default_value_t = 320_614)]
    pub(crate) seed: u64,
    /// The city file to build and serve (demo/NAME.gpkg unless told).
    #[arg(long)]
    pub(crate) city: Option<PathBuf>,
    /// Where to listen: HOST:PORT.
    #[arg(long, default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Builds the city and leaves without serving it.
    #[arg(long)]
    pub(crate) build_only: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  urbis import buildings.shp --layer buildings --kind building --crs EPSG:4549 --encoding GBK
  urbis import city.osm.pbf --layer roads --kind road --report roads.json")]
pub(crate) struct ImportArgs {
    /// GeoPackage, FlatGeobuf, GeoParquet, GeoJSON, newline GeoJSON, Shapefile (zipped too), OSM PBF, CSV or GML; several
    /// files of one schema make one layer.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The layer to replace, or to make.
    #[arg(long)]
    pub(crate) layer: LayerName,
    /// What its features are [default: the layer's own, else generic].
    #[arg(long, value_parser = kinds())]
    pub(crate) kind: Option<LayerKind>,
    /// Which layer of the source, where it has several.
    #[arg(long)]
    pub(crate) source_layer: Option<String>,
    /// The source's CRS, where the source does not say: EPSG:CODE, GCJ-02 or BD-09.
    #[arg(long)]
    pub(crate) crs: Option<Crs>,
    /// The source's text encoding, such as GBK, where the source does not say.
    #[arg(long, value_parser = encoding)]
    pub(crate) encoding: Option<String>,
    /// The column that is the source's key; features keep their id over re-imports by it.
    #[arg(long)]
    pub(crate) id_column: Option<String>,
    /// Adds to the layer instead of replacing it.
    #[arg(long)]
    pub(crate) append: bool,
    /// A layer.toml with any of title, title_en, source, date, licence, vertical_datum, quality, simulated, height_unit
    /// ("m" or "ft") and z ("height", or "depth" where the third coordinate is metres below ground).
    #[arg(long)]
    pub(crate) metadata: Option<PathBuf>,
    /// The city file; made when absent.
    #[arg(long, default_value = "city.gpkg")]
    pub(crate) city: PathBuf,
    /// Writes the import report as JSON to a file; to - for stdout, in place of the table.
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
    /// Prints the report as JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  urbis info --city city.gpkg --json")]
pub(crate) struct InfoArgs {
    /// The city file.
    #[arg(long, default_value = "city.gpkg")]
    pub(crate) city: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// In what form an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The bare number.
    Count,
    /// A GeoJSON FeatureCollection.
    Geojson,
    /// CSV with WKT.
    Csv,
    /// A GeoPackage; needs --out.
    Gpkg,
    /// A Shapefile; needs --out.
    Shp,
    /// GeoParquet.
    Parquet,
}

/// How a feature must lie to another to be a pair with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Relation {
    /// They share a point, edges included.
    Intersects,
    /// It lies wholly in the other.
    Within,
    /// They are at most --distance-m apart (geodesic, from shape to shape).
    Dwithin,
    /// The other is among the --k nearest to a point on it (geodesic).
    Nearest,
}

/// Which pieces of two layers laid over each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    /// What of each feature lies in each area.
    Intersection,
    /// What of each feature lies in none.
    Difference,
    /// The intersection and what is left of both layers; areas only.
    Union,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  urbis query buildings --within area.geojson --filter \"height_m > 24 AND use = 'residential'\" --format count
  urbis query sensors --near 121.17,31.90 --radius-m 500 --format csv
  urbis query stations --nearest 121.17,31.90 --k 3
  urbis query buildings --nearest-of stations --having \"nearest_m > 500\" --format csv
  urbis query buildings --by towns --column height_m --format csv
  urbis query buildings --join stations --relation dwithin --distance-m 300 --join-columns name --format csv
  urbis query plots --overlay flood_zones --having \"area_m2 > 100\" --format gpkg --out wet.gpkg
  urbis query buildings --changes-since 1 --filter \"height_m > 24\" --format csv")]
#[command(group(ArgGroup::new("place").args(["bbox", "intersects", "within", "near", "nearest"])))]
pub(crate) struct QueryArgs {
    /// The layer.
    pub(crate) layer: LayerName,
    /// The geometry meets this box, edges included.
    #[arg(long, value_name = "W,S,E,N", allow_hyphen_values = true, value_parser = bbox)]
    pub(crate) bbox: Option<Bbox>,
    /// The geometry meets the shapes of this GeoJSON or WKT file, edges included; several features count as one shape.
    #[arg(long, value_name = "FILE")]
    pub(crate) intersects: Option<PathBuf>,
    /// The geometry lies wholly inside the shapes of this GeoJSON or WKT file, taken as one shape.
    #[arg(long, value_name = "FILE")]
    pub(crate) within: Option<PathBuf>,
    /// The geodesic distance to here is at most --radius-m.
    #[arg(long, value_name = "LON,LAT", allow_hyphen_values = true, requires = "radius_m", value_parser = position)]
    pub(crate) near: Option<LonLat>,
    /// Metres, with --near.
    #[arg(long, requires = "near", value_parser = metres)]
    pub(crate) radius_m: Option<f64>,
    /// The --k features nearest to here, nearest first.
    #[arg(long, value_name = "LON,LAT", allow_hyphen_values = true, value_parser = position)]
    pub(crate) nearest: Option<LonLat>,
    /// How many, with --nearest or --relation nearest [default: 1].
    #[arg(long, conflicts_with_all = ["by", "nearest_of", "changes_since"])]
    pub(crate) k: Option<usize>,
    /// A CQL2 text filter over the columns.
    #[arg(long, value_name = "CQL2")]
    pub(crate) filter: Option<String>,
    /// The areas of this layer, at its newest version, with how many of the features lie in each (by a point on them, edges
    /// included).
    #[arg(long, value_name = "LAYER", conflicts_with_all = ["nearest", "changes_since"])]
    pub(crate) by: Option<LayerName>,
    /// With --by, a column of numbers to sum up: sum, mean, least, greatest and quantiles.
    #[arg(long, requires = "by", conflicts_with_all = ["nearest", "nearest_of", "changes_since"])]
    pub(crate) column: Option<String>,
    /// Each feature with nearest_id and nearest_m, the feature of this layer, at its newest version, that is nearest to a
    /// point on it (geodesic).
    #[arg(long, value_name = "LAYER", conflicts_with_all = ["nearest", "changes_since", "by"])]
    pub(crate) nearest_of: Option<LayerName>,
    /// Each feature with every feature of this layer, at its newest version, that it has the --relation to: a row for each pair,
    /// with other_id and the other's columns.
    #[arg(long, value_name = "LAYER", conflicts_with_all = ["nearest", "changes_since", "by", "nearest_of"])]
    pub(crate) join: Option<LayerName>,
    /// With --join, how a feature must lie to the other.
    #[arg(long, value_enum, requires = "join", default_value = "intersects")]
    pub(crate) relation: Relation,
    /// Metres, with --relation dwithin.
    #[arg(long, requires = "join", required_if_eq("relation", "dwithin"), value_parser = metres)]
    pub(crate) distance_m: Option<f64>,
    /// The features cut by the areas of this layer, at its newest version, with the geodesic area_m2 or length_m of each piece.
    #[arg(long, value_name = "LAYER", conflicts_with_all = ["nearest", "changes_since", "by", "nearest_of", "join"])]
    pub(crate) overlay: Option<LayerName>,
    /// With --overlay, which pieces.
    #[arg(long, value_enum, requires = "overlay", default_value = "intersection")]
    pub(crate) operation: Operation,
    /// With --join or --overlay, which columns of the other layer come along [default: all].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) join_columns: Option<Vec<String>>,
    /// With --by, --nearest-of, --join or --overlay, a CQL2 filter over the columns of the answer, such as 'nearest_m > 500'
    /// or 'count > 10'.
    #[arg(long, value_name = "CQL2", conflicts_with_all = ["nearest", "changes_since"])]
    pub(crate) having: Option<String>,
    /// How the question is answered instead of its answer: what the tree leaves, what is read, what matches, and how long that took.
    #[arg(long, conflicts_with_all = ["by", "nearest_of", "overlay", "changes_since", "out"])]
    pub(crate) explain: bool,
    /// The form of the answer.
    #[arg(long, value_enum, default_value = "geojson")]
    pub(crate) format: Format,
    /// Text encoding of a CSV or Shapefile, such as GBK.
    #[arg(long, default_value = "UTF-8", value_parser = TextEncoding::parse)]
    pub(crate) encoding: TextEncoding,
    /// An earlier version of the layer.
    #[arg(long)]
    pub(crate) version: Option<u64>,
    /// What changed since this version, in features that were or are so: added, removed, taller, lower, moved, reshaped,
    /// other attributes.
    #[arg(long, value_name = "VERSION", conflicts_with = "nearest")]
    pub(crate) changes_since: Option<u64>,
    /// Where to write: a file, which is replaced whole, a device or pipe, or - for stdout, as when it is left out. Needed for
    /// gpkg and shp, which replace nothing: what is there may hold more than one answer.
    #[arg(long, required_if_eq_any = [("format", "gpkg"), ("format", "shp")])]
    pub(crate) out: Option<PathBuf>,
    /// The city file.
    #[arg(long, default_value = "city.gpkg")]
    pub(crate) city: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  urbis tiles buildings roads --out city.pmtiles
  urbis tiles buildings roads --out tuesday.pmtiles --update city.pmtiles
  urbis tiles --compact --update city.pmtiles --patch tuesday.pmtiles --out joined.pmtiles")]
pub(crate) struct TilesArgs {
    /// The layers, all in one archive.
    #[arg(required_unless_present = "compact", conflicts_with = "compact")]
    pub(crate) layers: Vec<LayerName>,
    /// The archive to write. Broken off, the same command goes on where it ended.
    #[arg(long, value_name = "FILE.pmtiles")]
    pub(crate) out: PathBuf,
    /// The lowest zoom [default: the lowest that a layer has].
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=20))]
    pub(crate) min_zoom: Option<u8>,
    /// The highest zoom, with full detail [default: the highest that a layer has].
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=20))]
    pub(crate) max_zoom: Option<u8>,
    /// Writes a patch for this archive: only tiles that changed, and marks for those that are gone.
    #[arg(long, value_name = "BASE.pmtiles")]
    pub(crate) update: Option<PathBuf>,
    /// Earlier patches on the base, the oldest first.
    #[arg(long, value_name = "PATCH.pmtiles", requires = "update")]
    pub(crate) patch: Vec<PathBuf>,
    /// Joins the base of --update and the patches into one archive; no city is read.
    #[arg(long, requires = "update")]
    pub(crate) compact: bool,
    /// The city file.
    #[arg(long, default_value = "city.gpkg")]
    pub(crate) city: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  urbis serve --city city.gpkg --listen 0.0.0.0:8080")]
pub(crate) struct ServeArgs {
    /// The city file [default: city.gpkg].
    #[arg(long)]
    pub(crate) city: Option<PathBuf>,
    /// Where to listen: HOST:PORT; port 0 takes a free one. Default 127.0.0.1:8080.
    #[arg(long, value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    /// The most memory for features and their index, MiB; tiles take about as much again. A layer that does not fit is not
    /// served, one whose new version does not fit beside the old stays at that, and both are named. Default: half of the machine's.
    #[arg(long)]
    pub(crate) memory_mib: Option<u64>,
    /// A TOML file with city, listen, title, title_en, memory_mib, tile_cache_mib, and tables `archive` of name, file (PMTiles or
    /// MBTiles) and patches; the command line wins.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
}

/// Names of kinds, which help and completion then list.
fn kinds() -> impl TypedValueParser<Value = LayerKind> {
    let names = LayerKind::ALL.iter().map(|kind| kind.name());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<LayerKind>())
}

/// The first address that a host and a port stand for.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let refused = |reason: &str| format!("{reason}; write HOST:PORT, such as 127.0.0.1:8080 or localhost:8080");
    let mut addresses = text.to_socket_addrs().map_err(|error| refused(&error.to_string()))?;
    addresses.next().ok_or_else(|| refused("the host has no address"))
}

fn scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| "a number".to_owned())?;
    if (0.01..=20.0).contains(&scale) { Ok(scale) } else { Err("from 0.01 to 20".to_owned()) }
}

fn encoding(label: &str) -> Result<String, String> {
    urbis_ingest::check_encoding(label).map(|()| label.to_owned()).map_err(|error| error.to_string())
}

fn metres(text: &str) -> Result<f64, String> {
    let metres: f64 = text.parse().map_err(|_| "metres, a number".to_owned())?;
    // Half the equator: every place is reached.
    if (0.0..=20_037_509.0).contains(&metres) { Ok(metres) } else { Err("metres from 0 to 20037509".to_owned()) }
}

fn numbers<const N: usize>(text: &str, what: &str) -> Result<[f64; N], String> {
    let parsed: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse::<f64>()).collect();
    parsed.ok().and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| what.to_owned())
}

fn bbox(text: &str) -> Result<Bbox, String> {
    let [west, south, east, north] = numbers(text, "west,south,east,north in degrees")?;
    Bbox::from_degrees(west, south, east, north).map_err(|error| error.to_string())
}

fn position(text: &str) -> Result<LonLat, String> {
    let [lon, lat] = numbers(text, "lon,lat in degrees, longitude first")?;
    LonLat::from_degrees(lon, lat).map_err(|error| error.to_string())
}
