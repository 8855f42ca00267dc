//! The texts that hold tags.

use super::*;

fn check(text: &str, expected: Option<&[(&str, &str)]>) {
    let expected =
        expected.map(|pairs| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<Vec<_>>());
    assert_eq!(pairs(text), expected, "{text}");
}

#[test]
fn hstore_texts_are_read_and_others_are_left_alone() {
    check(r#""height"=>"12 m","building:levels"=>"3""#, Some(&[("height", "12 m"), ("building:levels", "3")]));
    check(r#" "a" => "b" , "c" => "" "#, Some(&[("a", "b"), ("c", "")]));
    check(r#""say \"hi\""=>"back\\slash","=>"=>",""#, Some(&[(r#"say "hi""#, r"back\slash"), ("=>", ",")]));
    check(r#""名"=>"海门""#, Some(&[("名", "海门")]));
    for other in
        ["", "height=12", r#""a""#, r#""a"=>"#, r#""a"=>"b"#, r#""a"=>"b","#, r#""a"=>"b" "c"=>"d""#, r#""a"=>"b\"#, "{\"a\":1}"]
    {
        check(other, None);
    }
}
