//! Column names that a Shapefile can hold.

use crate::encoding::Target;
use std::collections::HashSet;
use urbis_model::Schema;

/// The most bytes of a name, in the file's encoding (dBASE III).
const NAME_BYTES: usize = 10;

/// A name for each column, unlike all others where ASCII case does not count. Names that fit stay as they are; the
/// others are cut between two characters (GDAL alone would cut within one), and numbered where that makes two alike.
pub(super) fn of_shapefile(schema: &Schema, encoding: Target) -> Vec<String> {
    let cut = |name: &str, most_bytes: usize| -> String {
        let mut bytes = 0;
        let fits = |character: &char| {
            bytes += encoding.bytes(*character);
            bytes <= most_bytes
        };
        name.chars().take_while(fits).collect()
    };
    let names = || schema.fields().iter().map(|field| field.name.as_str());
    let mut taken: HashSet<String> = names().filter(|name| cut(name, NAME_BYTES) == *name).map(str::to_ascii_lowercase).collect();
    let fitted = names().map(|name| {
        let whole = cut(name, NAME_BYTES);
        if whole == name {
            return whole;
        }
        let numbered = (1..).map(|number: usize| {
            let suffix = format!("_{number}");
            cut(name, NAME_BYTES - suffix.len()) + &suffix
        });
        let free = std::iter::once(whole).chain(numbered).find(|name| taken.insert(name.to_ascii_lowercase()));
        free.unwrap_or_else(|| unreachable!("a layer has fewer columns than there are numbers"))
    });
    fitted.collect()
}
