//! Unnamed files beside the city, where an import sorts what memory should not hold.

use crate::StoreError;
use std::{io, path::Path};
use urbis_sorted::Sorter;

/// The folder of a city file: on its disk, so that what can hold the city can hold what is sorted for it.
pub(crate) fn folder_of(city: &Path) -> &Path {
    city.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A sorter whose file lies beside the city.
pub(crate) fn sorter<const WORDS: usize>(city: &Path) -> Result<Sorter<WORDS>, StoreError> {
    Sorter::new(folder_of(city)).map_err(unsorted(city))
}

/// Turns an error of such a file into one that names the city.
pub(crate) fn unsorted(city: &Path) -> impl Fn(io::Error) -> StoreError {
    const DOING: &str = "sorting in a file beside";
    let path = city.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { path: path.clone(), doing: DOING },
        _ => StoreError::Io { path: path.clone(), doing: DOING, source },
    }
}
