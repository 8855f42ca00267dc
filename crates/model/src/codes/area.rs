//! The prefix tree of division and grid codes.

use std::{fmt, str::FromStr};
use thiserror::Error;

/// A level of command 区、镇、村、网格; each is a prefix of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AreaLevel {
    /// District 区, 6 digits (GB/T 2260).
    District,
    /// Town or street 镇街, 9 digits.
    Town,
    /// Village or community 村社区, 12 digits.
    Village,
    /// Grid 网格, 15 digits.
    Grid,
}

impl AreaLevel {
    /// All levels, from the top.
    pub const ALL: [Self; 4] = [Self::District, Self::Town, Self::Village, Self::Grid];

    /// Number of digits: 6, 9, 12 or 15.
    pub fn digits(self) -> usize {
        match self {
            Self::District => 6,
            Self::Town => 9,
            Self::Village => 12,
            Self::Grid => 15,
        }
    }

    /// The level whose codes have this many digits.
    pub fn from_digits(digits: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.digits() == digits)
    }
}

/// A division or grid code: 2+2+2 digits to the district, then 3 each to town, village and grid.
///
/// ```
/// use urbis_model::{AreaCode, AreaLevel};
/// let grid: AreaCode = "320614101003007".parse().unwrap();
/// assert_eq!(grid.level(), AreaLevel::Grid);
/// assert_eq!(grid.ancestor(AreaLevel::Town).unwrap().to_string(), "320614101");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaCode {
    digits: u64,
    level: AreaLevel,
}

/// Why a text is no area code.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{text:?} is no area code: 6 (district), 9 (town), 12 (village) or 15 (grid) digits that begin with a province, 11 to 82"
)]
pub struct NotAnAreaCode {
    /// The text as given.
    pub text: String,
}

impl AreaCode {
    /// Its level.
    pub fn level(self) -> AreaLevel {
        self.level
    }

    /// The code as a number; 15 digits stay exact in a JSON number.
    pub fn number(self) -> u64 {
        self.digits
    }

    /// The code it lies under at a level; itself at its own, none below it.
    pub fn ancestor(self, level: AreaLevel) -> Option<Self> {
        let cut = self.level.digits().checked_sub(level.digits())?;
        Some(Self { digits: self.digits / 10u64.pow(cut as u32), level })
    }

    /// The code one level up; none for a district.
    pub fn parent(self) -> Option<Self> {
        let above = AreaLevel::ALL.iter().rev().find(|level| **level < self.level)?;
        self.ancestor(*above)
    }

    /// Whether the other code is this one or lies under it.
    pub fn contains(self, other: Self) -> bool {
        other.ancestor(self.level) == Some(self)
    }

    /// The same place under today's district code: 320684 (海门市) became 320614 (海门区) in 2020.
    pub fn canonical(self) -> Self {
        let below = 10u64.pow((self.level.digits() - 6) as u32);
        if self.digits / below == 320_684 { Self { digits: 320_614 * below + self.digits % below, ..self } } else { self }
    }
}

impl FromStr for AreaCode {
    type Err = NotAnAreaCode;

    fn from_str(text: &str) -> Result<Self, NotAnAreaCode> {
        let refused = || NotAnAreaCode { text: text.to_owned() };
        let level = AreaLevel::from_digits(text.len()).ok_or_else(refused)?;
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let digits: u64 = text.parse().map_err(|_| refused())?;
        let province = digits / 10u64.pow(level.digits() as u32 - 2);
        // GB/T 2260 numbers provinces from 11 (北京) to 82 (澳门).
        if (11..=82).contains(&province) { Ok(Self { digits, level }) } else { Err(refused()) }
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits.fmt(f)
    }
}
