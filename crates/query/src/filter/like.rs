//! LIKE: `%` stands for any text, `_` for one character, `\` takes the next one as it is.

/// A pattern, read once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Any,
    One,
    Exactly(char),
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut signs = text.chars();
        while let Some(sign) = signs.next() {
            parts.push(match sign {
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::Exactly(signs.next().unwrap_or('\\')),
                other => Part::Exactly(other),
            });
        }
        parts.dedup_by(|one, other| *one == Part::Any && *other == Part::Any);
        Self { parts }
    }

    /// Whether the whole text fits. Looks back to the last `%` only, so at most |text| · |pattern| steps.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut part = 0;
        let mut rest = text.chars();
        // The part behind the last `%`, and the text that it is tried on next.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            if self.parts.get(part) == Some(&Part::Any) {
                part += 1;
                retry = Some((part, rest.clone()));
                continue;
            }
            let fits = match (self.parts.get(part), rest.next()) {
                (None, None) => return true,
                (Some(Part::One), Some(_)) => true,
                (Some(Part::Exactly(wanted)), Some(sign)) => *wanted == sign,
                (_, None) => return false,
                _ => false,
            };
            if fits {
                part += 1;
                continue;
            }
            let Some((again, from)) = &mut retry else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            (part, rest) = (*again, from.clone());
        }
    }
}
