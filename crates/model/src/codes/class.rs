//! Component and event classes, and the 16-digit component code.

use super::area::{AreaCode, AreaLevel};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Why a text is no class.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} is no class: four digits, major class 01 to 99 then minor class 01 to 99")]
pub struct NotAClass {
    /// The text as given.
    pub text: String,
}

macro_rules! four_digit_class {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Which codes exist is a table of data rows, not of this type: classes from 28 up differ from city to city.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name { major: u8, minor: u8 }

        impl $name {
            /// Major class 大类, 1 ..= 99.
            pub fn major(self) -> u8 { self.major }

            /// Minor class 小类, 1 ..= 99.
            pub fn minor(self) -> u8 { self.minor }
        }

        impl FromStr for $name {
            type Err = NotAClass;

            fn from_str(text: &str) -> Result<Self, NotAClass> {
                parse_class(text).map(|(major, minor)| Self { major, minor })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:02}{:02}", self.major, self.minor)
            }
        }
    };
}

four_digit_class! {
    /// A class of city components 部件, such as 0111 燃气井盖 (GB/T 30428.2 style).
    ComponentClass
}

four_digit_class! {
    /// A class of events 事件, such as 0403 燃气管道破裂 (GB/T 30428.2 style).
    EventClass
}

fn parse_class(text: &str) -> Result<(u8, u8), NotAClass> {
    let refused = || NotAClass { text: text.to_owned() };
    if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused());
    }
    let digits: u16 = text.parse().map_err(|_| refused())?;
    match ((digits / 100) as u8, (digits % 100) as u8) {
        (0, _) | (_, 0) => Err(refused()),
        parts => Ok(parts),
    }
}

/// A component's 16-digit code: district (6), class (4), sequence (6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentCode {
    district: AreaCode,
    class: ComponentClass,
    sequence: u32,
}

/// Why a text is no component code.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} is no component code: 16 digits, district (6), class (4), sequence (6)")]
pub struct NotAComponentCode {
    /// The text as given.
    pub text: String,
}

impl ComponentCode {
    /// The district it stands in.
    pub fn district(self) -> AreaCode {
        self.district
    }

    /// What it is.
    pub fn class(self) -> ComponentClass {
        self.class
    }

    /// Its number within district and class, 0 ..= 999999.
    pub fn sequence(self) -> u32 {
        self.sequence
    }
}

impl FromStr for ComponentCode {
    type Err = NotAComponentCode;

    fn from_str(text: &str) -> Result<Self, NotAComponentCode> {
        let refused = || NotAComponentCode { text: text.to_owned() };
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let district: AreaCode = text[..6].parse().map_err(|_| refused())?;
        debug_assert_eq!(district.level(), AreaLevel::District);
        let class = text[6..10].parse().map_err(|_| refused())?;
        let sequence = text[10..].parse().map_err(|_| refused())?;
        Ok(Self { district, class, sequence })
    }
}

impl fmt::Display for ComponentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:06}", self.district, self.class, self.sequence)
    }
}
