//! Tables of keys and values: a row `姓名, 张三` says of a person what a column 姓名 would.

use super::{
    json::{KEY_MEMBERS, VALUE_MEMBERS},
    key_is_denied,
};

/// Which columns of a table are keys, and which hold what is said under them.
#[derive(Debug, Default)]
pub(crate) struct PairColumns {
    keys: Vec<u16>,
    values: Vec<u16>,
    /// The key of the feature at hand, where it is denied as a header.
    denied: Option<String>,
}

impl PairColumns {
    /// Looks at a new column.
    pub(crate) fn look_at(&mut self, header: &str, column: u16) {
        let lower = header.trim().to_lowercase();
        if KEY_MEMBERS.contains(&lower.as_str()) {
            self.keys.push(column);
        } else if VALUE_MEMBERS.contains(&lower.as_str()) {
            self.values.push(column);
        }
    }

    /// Begins the next feature.
    pub(crate) fn begin(&mut self) {
        self.denied = None;
    }

    /// Looks at a text of the feature at hand.
    pub(crate) fn take(&mut self, column: u16, text: &str) {
        if self.denied.is_none() && self.keys.contains(&column) && key_is_denied(text) {
            self.denied = Some(text.to_owned());
        }
    }

    /// The key of the feature at hand that names data about a person, and the columns where these are.
    pub(crate) fn about_person(&self) -> Option<(&str, &[u16])> {
        self.denied.as_deref().filter(|_| !self.values.is_empty()).map(|key| (key, self.values.as_slice()))
    }
}
