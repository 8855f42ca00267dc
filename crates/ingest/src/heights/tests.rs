//! Spellings.

use super::*;

#[test]
fn heights_are_read_from_their_spellings() {
    for (text, expected) in [
        ("12", Some(12.0)),
        ("12 m", Some(12.0)),
        ("12m", Some(12.0)),
        ("12.5 metres", Some(12.5)),
        ("12,5", Some(12.5)),
        ("12米", Some(12.0)),
        ("40'", Some(12.192)),
        ("40 ft", Some(12.192)),
        ("40'6\"", Some(12.3444)),
        ("6′3″", Some(1.905)),
        ("40'-6\"", Some(12.3444)),
        ("40'6", Some(12.3444)),
        ("30ft 6in", Some(9.2964)),
        ("30 ft. 6 in.", Some(9.2964)),
        ("30 feet 6 inches", Some(9.2964)),
        ("72 in", Some(1.8288)),
        ("1200mm", Some(1.2)),
        ("1200 cm", Some(12.0)),
        ("10 yards", Some(9.144)),
        ("10yd", Some(9.144)),
        ("１２", Some(12.0)),
        ("１２．５　ｍ", Some(12.5)),
        ("１，２３４", None),
        ("1,234", None),
        ("30 ft 6", None),
        ("30 ft .5 in", None),
        ("30 m 6 in", None),
        ("30 ft 6 in 2", None),
        ("30 in 6", None),
        ("3;4", Some(4.0)),
        ("3 m; 4 m", Some(4.0)),
        ("1,250", None),
        ("-3", None),
        ("~12", None),
        ("yes", None),
        ("", None),
        ("3;", None),
        ("NaN", None),
        ("inf", None),
        ("99999", None),
        ("1e3", None),
    ] {
        let metres = metres(Value::Text(text), HeightUnit::Metre);
        assert_eq!(metres.map(|metres| (metres * 1e4).round() / 1e4), expected, "{text:?}");
    }
    assert_eq!(metres(Value::Int(100), HeightUnit::Foot), Some(30.48));
    assert_eq!(metres(Value::Text("10 m"), HeightUnit::Foot), Some(10.0));
}

#[test]
fn levels_are_read_from_their_spellings() {
    for (text, expected) in [
        ("3", Some(3.0)),
        ("3;4", Some(4.0)),
        ("2.5", Some(2.5)),
        ("6层", Some(6.0)),
        ("１２层", Some(12.0)),
        ("G+3", None),
        ("-1", None),
        ("1000", None),
    ] {
        assert_eq!(levels(Value::Text(text)), expected, "{text:?}");
    }
}

#[test]
fn headers_tell_what_they_hold() {
    use HeightColumn::*;
    for (header, expected) in [
        ("height_m", Some((Height, Some(HeightUnit::Metre)))),
        ("Height", Some((Height, None))),
        ("building:levels", Some((Levels, None))),
        ("层数", Some((Levels, None))),
        ("min_height", Some((BaseHeight, None))),
        ("height_class", None),
        ("name", None),
    ] {
        assert_eq!(height_column(header), expected, "{header}");
    }
}
