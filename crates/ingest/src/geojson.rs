//! GeoJSON in all its habits: FeatureCollection, one Feature, a bare geometry, a bare array of Features, one Feature a
//! line (RFC 8142 too).
//!
//! Own reader instead of GDAL's: that one builds a tree per feature twice over (once for the columns), refuses bare
//! arrays, and gives up the whole file at the first feature that is too large. Here the file is cut into features by
//! its brackets ([`stream`]) and each is read from its own bytes ([`feature`]); what is wrong with one is its own.

mod feature;
mod stream;

use crate::{
    encoding::{self, Decoded},
    error::IngestError,
    intake::{Intake, TextReading},
    json::Json,
};
use encoding_rs::Encoding;
use std::{fs::File, io::BufRead, path::Path};
use stream::{Piece, Stream};

/// What a GeoJSON file says beside its features.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The name in a legacy `crs` member (GeoJSON 2008).
    pub(crate) crs: Option<String>,
    /// The collection's `name` or `title`.
    pub(crate) title: String,
    pub(crate) notes: Vec<String>,
}

/// Reads a file's features into the intake.
pub(crate) fn read(
    path: &Path,
    encoding: Option<&'static Encoding>,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
    intake.read_texts_as(TextReading::Times);
    let before = intake.rows();
    let mut decoded = Decoded::new(file, encoding);
    decoded.fill_buf().map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
    let mut stream = Stream::new(decoded);
    let mut said = Said::default();
    let mut in_array = false;
    loop {
        // Said before what the brackets seem to be: bytes of another encoding can look like them.
        if stream.decoder().had_errors {
            encoding::wrong_bytes(path, encoding.is_some())?;
        }
        let piece = stream.next().map_err(|error| match error {
            stream::Broken::Io(source) => IngestError::Read { path: path.to_owned(), source },
            stream::Broken::Json { expected } => IngestError::Cut {
                path: path.to_owned(),
                after: intake.rows() - before,
                detail: format!("the JSON is broken, {expected} expected"),
            },
        })?;
        let stored = match piece {
            Piece::End => break,
            Piece::Member { name, value } => {
                member(name, value, &mut said);
                Ok(())
            }
            Piece::Array => {
                in_array = true;
                Ok(())
            }
            Piece::Oversized { beginning } => feature::oversized(beginning, intake),
            Piece::Object { text, alone } => match feature::other_document(text).filter(|_| alone) {
                Some(found) => return Err(IngestError::Format { path: path.to_owned(), found }),
                None => feature::read(text, intake),
            },
        };
        stored.map_err(|source| IngestError::Scratch { folder: scratch.to_owned(), source })?;
    }
    if in_array {
        said.notes.push("the file is a bare array of features, not a FeatureCollection; it was read as one".into());
    }
    if stream.decoder().had_errors {
        said.notes.push(encoding::wrong_bytes(path, encoding.is_some())?);
    }
    Ok(said)
}

fn member(name: &str, value: &str, said: &mut Said) {
    let text = |value: &str| Json::new(value).string().map(|text| text.into_owned()).unwrap_or_default();
    match name {
        "crs" => said.crs = feature::crs_name(value),
        "title" => said.title = text(value),
        "name" if said.title.is_empty() => said.title = text(value),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
