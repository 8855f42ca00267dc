//! The frames that sources speak. Storage knows one; `ingest` alone converts.

use std::{fmt, str::FromStr};
use thiserror::Error;

/// A horizontal reference system a source may declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Crs {
    /// A system of the EPSG registry by its code.
    Epsg(u32),
    /// The shifted system of Chinese web maps (国测局坐标); no EPSG code.
    Gcj02,
    /// Baidu's second shift on top of GCJ-02; no EPSG code.
    Bd09,
}

impl Crs {
    /// What the city is stored in: longitude, latitude on CGCS2000 (EPSG:4490), here always lon before lat.
    pub const STORAGE: Self = Self::Epsg(4490);
}

/// Why a text names no reference system.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} names no CRS; write EPSG:<code> (such as EPSG:4490 or EPSG:4549), GCJ-02 or BD-09")]
pub struct NotACrs {
    /// The text as given.
    pub text: String,
}

impl FromStr for Crs {
    type Err = NotACrs;

    fn from_str(text: &str) -> Result<Self, NotACrs> {
        let upper = text.trim().to_ascii_uppercase();
        match upper.as_str() {
            "GCJ-02" | "GCJ02" => return Ok(Self::Gcj02),
            "BD-09" | "BD09" => return Ok(Self::Bd09),
            _ => {}
        }
        let code = upper.strip_prefix("EPSG:").and_then(|digits| digits.parse::<u32>().ok());
        code.filter(|code| (1024..=32767).contains(code)).map(Self::Epsg).ok_or_else(|| NotACrs { text: text.to_owned() })
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epsg(code) => write!(f, "EPSG:{code}"),
            Self::Gcj02 => f.write_str("GCJ-02"),
            Self::Bd09 => f.write_str("BD-09"),
        }
    }
}

/// What heights of a layer are measured from. Never assumed: flood arithmetic refuses [`VerticalDatum::Unknown`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerticalDatum {
    /// 废黄河高程, used in northern Jiangsu.
    AbandonedYellowRiver,
    /// 1985 国家高程基准.
    Yellow1985,
    /// 吴淞高程, used along the lower Yangtze.
    Wusong,
    /// Height above the ellipsoid.
    Ellipsoidal,
    /// Not declared.
    #[default]
    Unknown,
}

impl VerticalDatum {
    /// Every datum, in the order of [`VerticalDatum::name`].
    pub const ALL: [Self; 5] = [Self::AbandonedYellowRiver, Self::Yellow1985, Self::Wusong, Self::Ellipsoidal, Self::Unknown];

    /// The name used in files and bodies.
    pub fn name(self) -> &'static str {
        match self {
            Self::AbandonedYellowRiver => "废黄河",
            Self::Yellow1985 => "1985国家高程基准",
            Self::Wusong => "吴淞",
            Self::Ellipsoidal => "ellipsoidal",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a text names no vertical datum.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} names no vertical datum; one of 废黄河, 1985国家高程基准, 吴淞, ellipsoidal, unknown")]
pub struct NotAVerticalDatum {
    /// The text as given.
    pub text: String,
}

impl FromStr for VerticalDatum {
    type Err = NotAVerticalDatum;

    fn from_str(text: &str) -> Result<Self, NotAVerticalDatum> {
        // People write `1985 国家高程基准` with a space and without.
        let plain: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        Self::ALL.into_iter().find(|datum| datum.name() == plain).ok_or_else(|| NotAVerticalDatum { text: text.to_owned() })
    }
}
