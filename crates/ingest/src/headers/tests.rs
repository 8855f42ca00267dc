//! Names of columns whose headers repeat or are missing.

use super::*;

#[test]
fn every_column_keeps_a_name_of_its_own() {
    let check = |headers: &[&str], expected: &[&str]| {
        let (names, note) = distinct(headers.iter().map(ToString::to_string).collect());
        assert_eq!(names, expected);
        for (header, name) in headers.iter().zip(&names) {
            assert_eq!(
                note.as_ref().is_some_and(|note| note.contains(&format!("{header:?} is {name:?}"))),
                header != name,
                "{note:?}"
            );
        }
    };
    check(&["lon", "lat", "a"], &["lon", "lat", "a"]);
    check(&["lon", "lat", "a", "a", "", ""], &["lon", "lat", "a", "a_2", "column_5", "column_6"]);
    check(&["a", "a_2", "a", "a"], &["a", "a_2", "a_3", "a_4"]);
    check(&["", "column_1"], &["column_1_2", "column_1"]);
    let (names, note) = distinct(vec![String::new(); 50]);
    assert_eq!(names[49], "column_50");
    assert!(note.unwrap().ends_with("and 30 more"));
}
