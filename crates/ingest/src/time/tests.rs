//! Days and instants.

use super::*;

#[test]
fn days_and_instants_are_counted_from_1970() {
    for (days, text) in [(0, "1970-01-01"), (-1, "1969-12-31"), (19_782, "2024-02-29"), (-719_528, "0000-01-01")] {
        assert_eq!((day_since_epoch(days).as_deref(), days_since_epoch(text).map(i64::from)), (Some(text), Some(days)));
    }
    assert_eq!((day_since_epoch(i64::MAX), day_since_epoch(2_932_897)), (None, None));
    for (millis, text) in
        [(0, "1970-01-01T00:00:00.000"), (-1, "1969-12-31T23:59:59.999"), (1_709_224_200_250, "2024-02-29T16:30:00.250")]
    {
        assert_eq!((clock_since_epoch(millis).as_deref(), millis_since_epoch(&format!("{text}Z"))), (Some(text), Some(millis)));
    }
    assert_eq!(clock_since_epoch(i64::MIN), None);
}

#[test]
fn days_and_instants_are_read() {
    for (text, expected) in [
        ("2024-02-29", Some("2024-02-29")),
        ("2024/2/29", None),
        ("2024/02/29", Some("2024-02-29")),
        ("2023-02-29", None),
        ("2024-13-01", None),
        ("一二三四", None),
    ] {
        assert_eq!(day(text).as_deref(), expected, "{text}");
    }
    for (text, expected) in [
        ("2024-03-01T00:30:00+08:00", Some("2024-02-29T16:30:00.000Z")),
        ("2024-12-31T23:59:59.9999Z", Some("2024-12-31T23:59:59.999Z")),
        ("1999-12-31 20:00:00.5-05:00", Some("2000-01-01T01:00:00.500Z")),
        ("2024-03-01T00:30:00", None),
        ("2024-03-01T24:00:00Z", None),
        ("2024-03-01T00:00Z", None),
        ("2024-03-01", None),
        ("2024-03-01T00:00:00.x1Z", None),
        ("一二三四五六七八九十", None),
    ] {
        assert_eq!(instant_utc(text).as_deref(), expected, "{text}");
    }
}
