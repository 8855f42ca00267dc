//! Values, escapes and broken texts.

use super::*;

#[test]
fn strings_are_unescaped() {
    for (text, expected) in [
        (r#""a""#, Some("a")),
        (r#""a\n\t\"\\\/b""#, Some("a\n\t\"\\/b")),
        (r#""\u6d77\u95e8""#, Some("海门")),
        (r#""\ud83d\ude00x""#, Some("😀x")),
        (r#""\ud83dx""#, Some("\u{FFFD}x")),
        (r#""\ud83d\u0041""#, Some("\u{FFFD}A")),
        (r#""\q""#, None),
        (r#""\u12""#, None),
        (r#""\u海门""#, None),
        (r#""abc"#, None),
        (r#""abc\"#, None),
        ("abc", None),
    ] {
        assert_eq!(Json::new(text).string().ok().as_deref(), expected, "{text}");
    }
}

#[test]
fn numbers_are_exact_and_nan_is_read() {
    for (text, expected) in [
        ("1", Some(1.0)),
        ("-1.5e3", Some(-1500.0)),
        ("0.1", Some(0.1)),
        ("Infinity", Some(f64::INFINITY)),
        ("x", None),
        ("e", None),
        ("", None),
        ("true", None),
    ] {
        assert_eq!(Json::new(text).number().ok(), expected, "{text}");
    }
    assert!(Json::new("NaN").number().unwrap().is_nan());
}

#[test]
fn values_are_skipped_whole() {
    for (text, expected) in [
        (r#"{"a":[1,{"b":"}"}]},2"#, Some(r#"{"a":[1,{"b":"}"}]}"#)),
        ("[]x", Some("[]")),
        ("12,", Some("12")),
        ("[1", None),
        (r#"["]"#, None),
        ("", None),
    ] {
        assert_eq!(Json::new(text).skip().ok(), expected, "{text}");
    }
}

#[test]
fn members_and_elements_are_walked() {
    let mut json = Json::new(r#"{"a":1,"b":[1,2,],}"#);
    json.open(b'{', "an object").unwrap();
    let mut first = true;
    assert_eq!(json.member(&mut first).unwrap().as_deref(), Some("a"));
    assert_eq!(json.number(), Ok(1.0));
    assert_eq!(json.member(&mut first).unwrap().as_deref(), Some("b"));
    json.open(b'[', "an array").unwrap();
    let (mut first_element, mut sum) = (true, 0.0);
    while json.element(&mut first_element).unwrap() {
        sum += json.number().unwrap();
    }
    assert_eq!(sum, 3.0);
    assert_eq!(json.member(&mut first).unwrap(), None);
}
