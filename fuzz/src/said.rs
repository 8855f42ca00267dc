//! Short texts: values of attributes, codes, names, encodings.

use std::{fmt::Debug, fmt::Display, str::FromStr};
use urbis_ingest::fuzzing as ingest;
use urbis_model::{AreaCode, AreaLevel, ComponentClass, ComponentCode, Crs, EventClass, LayerKind, LayerName, VerticalDatum};

/// Heights, levels and times: what is read lies in its bounds, and a day that was read is read again as itself.
pub fn value(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for (number, most) in ingest::heights(text).into_iter().zip([1_500.0, 1_500.0, 300.0]) {
        assert!(number.is_none_or(|number| (0.0..=most).contains(&number)), "{text:?} became {number:?}");
    }
    let (day, instant) = ingest::times(text);
    if let Some(day) = day {
        assert_eq!(ingest::times(&day).0.as_ref(), Some(&day));
    }
    if let Some(instant) = instant {
        assert_eq!(ingest::times(&instant).1.as_ref(), Some(&instant));
    }
}

/// Codes and names: what is read is written as it was, up to case and spaces where those are free.
pub fn code(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Some(area) = comes_back::<AreaCode>(text, false) {
        assert!(area.contains(area) && area.canonical().level() == area.level());
        assert_eq!(area.canonical().canonical(), area.canonical());
        assert_eq!(area.ancestor(AreaLevel::District).map(AreaCode::level), Some(AreaLevel::District));
        assert!(area.parent().is_none_or(|parent| parent.contains(area)));
    }
    if let Some(component) = comes_back::<ComponentCode>(text, false) {
        assert_eq!(component.district().level(), AreaLevel::District);
    }
    comes_back::<ComponentClass>(text, false);
    comes_back::<EventClass>(text, false);
    comes_back::<LayerName>(text, false);
    comes_back::<LayerKind>(text, false);
    comes_back::<Crs>(text, true);
    let _ = text.parse::<VerticalDatum>();
}

fn comes_back<T: FromStr + Display + PartialEq + Debug>(text: &str, spelling_free: bool) -> Option<T> {
    let value: T = text.parse().ok()?;
    let written = value.to_string();
    assert!(spelling_free || written == text, "{text:?} was written as {written:?}");
    assert_eq!(written.parse().ok().as_ref(), Some(&value), "{text:?} by way of {written:?}");
    Some(value)
}

/// A file in some encoding: up to the first line break its label, then its bytes. Decoded in pieces of any size it is
/// the same text, and the same as encoding_rs makes of the whole.
pub fn encoding(bytes: &[u8]) {
    let Some(end) = bytes.iter().take(40).position(|byte| *byte == b'\n') else { return };
    let (Ok(label), content) = (str::from_utf8(&bytes[..end]), &bytes[end + 1..]) else { return };
    let whole = ingest::decoded(label, content, usize::MAX).expect("decoding can't fail");
    for step in [1, 3] {
        assert!(ingest::decoded(label, content, step).expect("decoding can't fail") == whole, "steps of {step}");
    }
    if let (Some(encoding), Some(whole)) = (encoding_rs::Encoding::for_label(label.as_bytes()), whole) {
        let gbk = encoding == encoding_rs::GBK;
        let encoding = if gbk { encoding_rs::GB18030 } else { encoding };
        assert_eq!(encoding.decode(content).0, whole, "{label}");
    }
}
