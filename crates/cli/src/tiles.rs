//! `urbis tiles`: a whole city as one PMTiles file.
//!
//! What is being built lies beside its place as `.NAME.part` with `.NAME.journal`; after a crash the same command goes on
//! with the tiles that the journal vouches for, and when something else is asked for begins anew. The archive takes its
//! place by one rename, when it is whole.

use crate::Outcome;
use crate::args::TilesArgs;
use crate::output::{behind_links, folder_of, is_same, refuse_city, to_stdout};
use crate::progress::Progress;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;
use urbis_model::Bounds;
use urbis_query::LayerSnapshot;
use urbis_store::{Access, Store};
use urbis_tiles::archive::{self, About, Archive, BuildInput, Built, RangeRead, Stack, Totals};
use urbis_tiles::{LayerDefinition, TileLayer};
use urbis_wire::tilejson::VectorLayer;

pub(crate) fn run(args: &TilesArgs) -> Result<Outcome> {
    let started = Instant::now();
    let out = place(&args.out)?;
    let mut bar = Progress::new("tiles 瓦片", Some(1000));
    let mut progress = |done: u64, of: u64| bar.at(done * 1000 / of.max(1));
    if args.compact {
        let stack = open_stack(args, &out)?;
        let metadata = joined_metadata(&stack)?;
        let about = About { zooms: stack.zooms(), bounds: stack.newest().header().bounds, metadata: &|_| metadata.clone() };
        let built = Unfinished::begin(&out)?.anew(|out| Ok(archive::join(&stack, &about, out, &mut progress)?))?;
        return say(args, &built, json!({}), started);
    }
    let store = Store::open(&args.city, Access::Read)?;
    refuse_city(&out, &store)?;
    let city = CityLayers::load(args, &store)?;
    let inputs = city.inputs();
    let about = About { zooms: city.zooms.clone(), bounds: city.bounds, metadata: &|totals| city.metadata(totals) };
    if args.update.is_none() {
        let fingerprint = city.fingerprint();
        let built = Unfinished::begin(&out)?
            .finish(|out, journal| Ok(archive::build(&inputs, &about, out, journal, &fingerprint, &mut progress)?))?;
        return say(args, &built, json!({}), started);
    }
    let stack = open_stack(args, &out)?;
    city.refuse_other_layers(&stack)?;
    let mut patched = None;
    let built = Unfinished::begin(&out)?.anew(|out| {
        let done = archive::patch(&stack, &inputs, &about, out, &mut progress)?;
        let built = done.built.clone();
        patched = Some(done);
        Ok(built)
    })?;
    let counts = patched.map(|done| json!({ "changed": done.changed, "removed": done.removed, "looked_at": done.looked_at }));
    say(args, &built, counts.unwrap_or_default(), started)
}

/// The layers of a city, prepared.
struct CityLayers {
    identity: String,
    layers: Vec<(LayerSnapshot, TileLayer)>,
    zooms: std::ops::RangeInclusive<u8>,
    bounds: Bounds,
}

impl CityLayers {
    fn load(args: &TilesArgs, store: &Store) -> Result<Self> {
        let mut layers = Vec::new();
        let mut bounds = Bounds::EMPTY;
        for (index, name) in args.layers.iter().enumerate() {
            if args.layers[..index].contains(name) {
                bail!("layer {name} is named twice");
            }
            let layer = LayerSnapshot::load(store, name, None)?;
            let mut definition = LayerDefinition::for_kind(layer.info().kind, layer.features().schema());
            // The last zoom of the archive is the one that clients enlarge, so it has full detail.
            definition.max_zoom = definition.max_zoom.min(args.max_zoom.unwrap_or(definition.max_zoom)).max(definition.min_zoom);
            bounds.merge(&layer.info().bounds);
            let prepared = TileLayer::prepare(name.clone(), layer.features(), definition);
            layers.push((layer, prepared));
        }
        let definitions = || layers.iter().map(|layer| layer.1.definition());
        let least = args.min_zoom.or(definitions().map(|definition| definition.min_zoom).min()).unwrap_or(0);
        let greatest = args.max_zoom.or(definitions().map(|definition| definition.max_zoom).max()).unwrap_or(0);
        ensure!(least <= greatest, "--min-zoom {least} is above --max-zoom {greatest}");
        Ok(Self { identity: store.identity()?, layers, zooms: least..=greatest, bounds })
    }

    fn inputs(&self) -> Vec<BuildInput<'_>> {
        self.layers.iter().map(|(layer, prepared)| BuildInput { layer: prepared, features: layer.features() }).collect()
    }

    /// A patch says of each of its tiles all that is in it, so it must have the layers that its base has.
    fn refuse_other_layers(&self, stack: &Stack<ArchiveFile>) -> Result<()> {
        let metadata: Value = serde_json::from_slice(&stack.newest().metadata()?).unwrap_or_default();
        let before = metadata["urbis:layers"].as_array().context(
            "the base does not say which layers it was built of (urbis:layers in its metadata): build it again with urbis tiles",
        )?;
        let before: BTreeSet<&str> = before.iter().filter_map(|layer| layer["name"].as_str()).collect();
        let now: BTreeSet<&str> = self.layers.iter().map(|layer| layer.0.info().name.as_str()).collect();
        let joined = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
        ensure!(
            before == now,
            "the base was built of the layers {}, this update of {}: name the same layers, or build without --update",
            joined(&before),
            joined(&now)
        );
        Ok(())
    }

    /// All that decides the archive's bytes.
    fn fingerprint(&self) -> String {
        json!([env!("CARGO_PKG_VERSION"), self.identity, self.origin(), self.zooms.start(), self.zooms.end()]).to_string()
    }

    fn origin(&self) -> Vec<Value> {
        let layers = self.layers.iter().map(|(layer, prepared)| {
            let info = layer.info();
            let digest = format!("{:016x}", prepared.definition().digest());
            json!({ "name": info.name.as_str(), "version": info.version, "revision": info.revision, "definition": digest })
        });
        layers.collect()
    }

    /// PMTiles 3, section 5, with what was left out.
    fn metadata(&self, totals: &Totals) -> Vec<u8> {
        let info = |layer: &(LayerSnapshot, TileLayer)| layer.0.info().clone();
        let infos: Vec<_> = self.layers.iter().map(info).collect();
        let vector_layers = self.layers.iter().flat_map(|(layer, prepared)| {
            let (info, definition) = (layer.info(), prepared.definition());
            let fields = definition.vector_layer_fields();
            definition.names_in_tiles(info.name.as_str()).map(move |(id, zooms)| VectorLayer {
                id,
                description: info.metadata.title.clone(),
                fields: fields.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect(),
                minzoom: *zooms.start(),
                maxzoom: *zooms.end(),
            })
        });
        let joined = |texts: Vec<&str>, by: &str| {
            let mut seen = BTreeSet::new();
            let kept = texts.into_iter().filter(|text| !text.is_empty() && seen.insert(*text));
            kept.collect::<Vec<_>>().join(by)
        };
        let titles = infos.iter().map(|info| info.metadata.title.as_str()).collect();
        let names: Vec<&str> = infos.iter().map(|info| info.name.as_str()).collect();
        let title = joined(titles, "、");
        let dropped: serde_json::Map<String, Value> = names
            .iter()
            .zip(&totals.layers)
            .map(|(name, layer)| {
                let counts = json!({
                    "written": layer.written, "over_limit": layer.over_limit, "over_budget": layer.over_budget,
                    "thinned": layer.thinned, "too_small": layer.too_small, "repaired": layer.repaired,
                });
                ((*name).to_owned(), counts)
            })
            .collect();
        let metadata = json!({
            "name": if title.is_empty() { names.join(", ") } else { title },
            "type": "overlay",
            "format": "pbf",
            "attribution": joined(infos.iter().map(|info| info.metadata.licence.as_str()).collect(), " · "),
            "generator": concat!("urbis ", env!("CARGO_PKG_VERSION")),
            "vector_layers": vector_layers.collect::<Vec<_>>(),
            "urbis:city": self.identity,
            "urbis:layers": self.origin(),
            "urbis:counts": dropped,
        });
        metadata.to_string().into_bytes()
    }
}

/// The newest metadata, less the counts: those of the tiles that a patch replaced are not known.
fn joined_metadata(stack: &Stack<ArchiveFile>) -> Result<Vec<u8>> {
    let newest = stack.newest().metadata().context("the newest archive's metadata can't be read")?;
    let Ok(Value::Object(mut metadata)) = serde_json::from_slice(&newest) else { return Ok(newest) };
    metadata.remove("urbis:counts");
    Ok(Value::Object(metadata).to_string().into_bytes())
}

fn open_stack(args: &TilesArgs, out: &Path) -> Result<Stack<ArchiveFile>> {
    let base = args.update.as_ref().context("--compact needs the base: --update BASE.pmtiles")?;
    let [part, journal] = beside(out)?;
    let archives = std::iter::once(base).chain(&args.patch).map(|path| {
        let file = File::open(path).with_context(|| format!("{} can't be opened", path.display()))?;
        let metadata = file.metadata().with_context(|| format!("{} can't be read", path.display()))?;
        for written in [out, &part, &journal] {
            let same = std::fs::metadata(written).is_ok_and(|other| is_same(&metadata, &other));
            ensure!(!same, "{} is read and can't be written: give --out another name", path.display());
        }
        Archive::open(ArchiveFile { file, bytes: metadata.len() }).with_context(|| path.display().to_string())
    });
    Ok(Stack::new(archives.collect::<Result<Vec<_>>>()?)?)
}

/// An archive on disk.
struct ArchiveFile {
    file: File,
    bytes: u64,
}

impl RangeRead for ArchiveFile {
    fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let length = (length as u64).min(self.bytes.saturating_sub(offset)) as usize;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset).map(|()| bytes)
    }

    fn bytes(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

/// Where an archive is to lie: a link is followed to its file, and what is no file is refused, for an archive is written at
/// places that are only known at its end.
fn place(out: &Path) -> Result<PathBuf> {
    let is_other = std::fs::metadata(out).is_ok_and(|there| !there.is_file());
    ensure!(
        out != Path::new("-") && !is_other,
        "{} is no file, and an archive needs one: give --out another name",
        out.display()
    );
    behind_links(out).with_context(|| format!("{} can't be written", out.display()))
}

/// Where an archive lies while it is being built, and its journal.
fn beside(out: &Path) -> Result<[PathBuf; 2]> {
    let name = out.file_name().with_context(|| format!("{} names no file", out.display()))?.to_string_lossy();
    Ok(["part", "journal"].map(|kind| out.with_file_name(format!(".{name}.{kind}"))))
}

/// An archive that is not in its place yet.
struct Unfinished<'a> {
    out: &'a Path,
    part: PathBuf,
    part_file: File,
    journal: PathBuf,
    journal_file: File,
}

impl<'a> Unfinished<'a> {
    /// Opens what a broken-off build left, or begins.
    fn begin(out: &'a Path) -> Result<Self> {
        let [part, journal] = beside(out)?;
        let open = |path: &Path| {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
            file.with_context(|| format!("{} can't be written", path.display()))
        };
        let journal_file = loop {
            let file = open(&journal)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => bail!("{} is being built by another process", out.display()),
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("{} can't be locked", journal.display()));
                }
            }
            // Whoever finished between the opening and the locking has removed the journal: this would be a lock on nothing.
            let mine = file.metadata().with_context(|| format!("{} can't be read", journal.display()))?;
            if std::fs::metadata(&journal).is_ok_and(|current| is_same(&mine, &current)) {
                break file;
            }
        };
        // Only now: before, the part was another process's.
        let part_file = open(&part)?;
        Ok(Self { out, part, part_file, journal, journal_file })
    }

    /// Builds it and puts it in its place, nothing taken over.
    fn anew(self, build: impl FnOnce(&mut File) -> Result<Built>) -> Result<Built> {
        // What a build that was broken off left is of something else, and its journal must not vouch for what is written now.
        for file in [&self.journal_file, &self.part_file] {
            file.set_len(0).with_context(|| format!("{} can't be written", self.out.display()))?;
        }
        self.finish(|out, _| build(out))
    }

    /// Builds it and puts it in its place.
    fn finish(mut self, build: impl FnOnce(&mut File, File) -> Result<Built>) -> Result<Built> {
        let failed = || format!("{} can't be written", self.out.display());
        let journal_file = self.journal_file.try_clone().with_context(failed)?;
        let built = build(&mut self.part_file, journal_file).with_context(failed)?;
        // A part that was longer, of a build of something else, must not stick out behind.
        self.part_file.set_len(built.bytes).and_then(|()| self.part_file.sync_all()).with_context(failed)?;
        std::fs::rename(&self.part, self.out).with_context(failed)?;
        // The new name is durable only with its folder; then the journal has done its duty.
        File::open(folder_of(self.out)).and_then(|folder| folder.sync_all()).with_context(failed)?;
        std::fs::remove_file(&self.journal).with_context(|| format!("{} can't be removed", self.journal.display()))?;
        Ok(built)
    }
}

fn say(args: &TilesArgs, built: &Built, mut more: Value, started: Instant) -> Result<Outcome> {
    let Built { tiles, contents, bytes, resumed_tiles, .. } = built;
    to_stdout(|out| {
        if args.json {
            more["out"] = json!(args.out);
            for (key, count) in [("tiles", tiles), ("contents", contents), ("bytes", bytes), ("resumed_tiles", resumed_tiles)] {
                more[key] = json!(count);
            }
            more["seconds"] = json!(started.elapsed().as_secs_f64());
            return writeln!(out, "{more}");
        }
        let resumed = if *resumed_tiles > 0 {
            format!(", {resumed_tiles} of them from a build that was broken off")
        } else {
            String::new()
        };
        let seconds = started.elapsed().as_secs_f64();
        writeln!(
            out,
            "{}: {tiles} tiles{resumed}, {contents} different ones, {bytes} bytes, in {seconds:.1} s",
            args.out.display()
        )
    })?;
    Ok(Outcome::Done)
}
