//! The built-in files, and what of a file is refused.

use super::*;
use urbis_model::{ColumnType, Field};

fn schema(names: &[&str]) -> Schema {
    Schema::new(names.iter().map(|name| Field { name: (*name).into(), column_type: ColumnType::Text }).collect()).unwrap()
}

#[test]
fn every_kind_has_a_definition() {
    for kind in LayerKind::ALL {
        let definition = LayerDefinition::for_kind(*kind, &schema(&["name", "class"]));
        assert!(definition.min_zoom <= definition.max_zoom, "{kind}");
        assert!(definition.attributes.iter().any(|attribute| attribute.name == "name"), "{kind} shows its name nowhere");
    }
}

#[test]
fn every_file_belongs_to_a_kind() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/layers");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut stems: Vec<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let mut kinds: Vec<String> = LayerKind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    stems.sort();
    kinds.sort();
    assert_eq!(stems, kinds);
}

#[test]
fn mistakes_are_named() {
    let cases = [
        ("min_zoom = 0", "max_zoom"),
        ("min_zoom = 0\nmax_zoom = 21", "max_zoom = 21"),
        ("min_zoom = 9\nmax_zoom = 8", "min_zoom = 9"),
        ("min_zoom = 0\nmax_zoom = 8\nmax_zom = 9", "max_zom"),
        ("min_zoom = 0\nmax_zoom = 8\nsimplify_px = nan", "simplify_px"),
        ("min_zoom = 0\nmax_zoom = 8\nsimplify_px = 9.0", "simplify_px"),
        ("min_zoom = 0\nmax_zoom = 8\nbuffer_units = 5000", "buffer_units"),
        ("min_zoom = 0\nmax_zoom = 8\nbuffer_units = 20\nthinning = [{ below_zoom = 5, cell_px = 1 }]", "buffer_units = 20"),
        ("min_zoom = 0\nmax_zoom = 8\nthinning = [{ below_zoom = 5, cell_px = 3 }]", "cell_px = 3"),
        ("min_zoom = 0\nmax_zoom = 8\norder = { by = \"luck\" }", "luck"),
        ("min_zoom = 0\nmax_zoom = 8\nattributes = [{ column = \"a\", zoom = 3 }]", "zoom"),
        ("min_zoom = 0\nmax_zoom = 8\nmax_features = 0", "max_features"),
        ("min_zoom = 0\nmax_zoom = 8\nmax_text_bytes = 1", "max_text_bytes"),
        ("min_zoom = 0\nmax_zoom = 8\nvertex_depth = { from_zoom = 9 }", "vertex_depth.from_zoom = 9"),
        (
            "min_zoom = 0\nmax_zoom = 8\nvertex_depth = { from_zoom = 5 }\nmerge = { below_zoom = 6 }",
            "vertex_depth.from_zoom = 5",
        ),
        (
            "min_zoom = 0\nmax_zoom = 8\nvertex_depth = { from_zoom = 5 }\ncluster = { below_zoom = 6 }",
            "vertex_depth.from_zoom = 5",
        ),
        ("min_zoom = 0\nmax_zoom = 8\nvertex_depth = { from_zoom = 8, tolerance_cm = nan }", "vertex_depth.tolerance_cm"),
    ];
    for (text, expected) in cases {
        let error = LayerDefinition::from_toml(text, &schema(&[])).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let message = format!("{error}: {cause}");
        assert!(message.contains(expected), "{text:?}: {message}");
    }
}

#[test]
fn columns_of_the_layer_decide_its_fields() {
    let text =
        "min_zoom = 0\nmax_zoom = 8\nother_columns_from_zoom = 7\nattributes = [{ column = \"b\" }, { column = \"absent\" }]";
    let definition = LayerDefinition::from_toml(text, &schema(&["a", "b"])).unwrap();
    let zooms: Vec<(&str, u8)> =
        definition.attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.from_zoom)).collect();
    assert_eq!(zooms, [("a", 7), ("b", 0)]);
    assert_eq!(definition.vector_layer_fields(), [("a", "String"), ("b", "String")]);
}

#[test]
fn the_digest_changes_with_what_changes_bytes() {
    let base = "min_zoom = 0\nmax_zoom = 8\n";
    let digest = |text: &str, names: &[&str]| LayerDefinition::from_toml(text, &schema(names)).unwrap().digest();
    let mut digests = vec![
        digest(base, &[]),
        digest("min_zoom = 1\nmax_zoom = 8\n", &[]),
        digest(&format!("{base}simplify_px = 0.25"), &[]),
        digest(&format!("{base}dust = false"), &[]),
        digest(&format!("{base}max_features = 3"), &[]),
        digest(&format!("{base}other_columns_from_zoom = 0"), &["a"]),
        digest(&format!("{base}other_columns_from_zoom = 0"), &["b"]),
        digest(&format!("{base}other_columns_from_zoom = 1"), &["b"]),
        digest(&format!("{base}order = {{ by = \"column\", column = \"a\" }}"), &["a"]),
        digest(
            &format!("{base}order = {{ by = \"class\", column = \"a\", classes = [[\"x\", 3]], other_from_zoom = 4 }}"),
            &["a"],
        ),
        digest(&format!("{base}thinning = [{{ below_zoom = 3, cell_px = 2 }}]"), &["a"]),
        digest(&format!("{base}vertex_depth = {{ from_zoom = 3 }}"), &[]),
        digest(&format!("{base}vertex_depth = {{ from_zoom = 4 }}"), &[]),
        digest(&format!("{base}vertex_depth = {{ from_zoom = 4, tolerance_cm = 6 }}"), &[]),
    ];
    assert_eq!(digest(base, &[]), digest(&format!("# a comment\n{base}"), &[]), "only what changes bytes counts");
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}
