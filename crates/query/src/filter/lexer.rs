//! CQL2 text into tokens.

use super::FilterError;

/// A token and the byte where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) what: What,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A bare name or keyword.
    Name(String),
    /// A name in double quotes.
    Quoted(String),
    Text(String),
    Int(i64),
    Float(f64),
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: [&str; 16] = ["<>", "<=", ">=", "!=", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "%", "^"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut start = 0;
    loop {
        let rest = &text[start..];
        let skipped = rest.len() - rest.trim_start().len();
        start += skipped;
        let rest = &text[start..];
        let Some(first) = rest.chars().next() else {
            tokens.push(Token { what: What::End, start, end: start });
            return Ok(tokens);
        };
        let (what, len) = if first == '\'' || first == '"' {
            let (content, len) = quoted(rest, first).ok_or_else(|| expected(text, start, "a closing quote"))?;
            (if first == '"' { What::Quoted(content) } else { What::Text(content) }, len)
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            number(rest).ok_or_else(|| expected(text, start, "a number"))?
        } else if first.is_alphabetic() || first == '_' {
            let len = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | ':'))).unwrap_or(rest.len());
            (What::Name(rest[..len].to_owned()), len)
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (What::Sign(sign), sign.len())
        } else {
            return Err(expected(text, start, "a name, literal or operator"));
        };
        tokens.push(Token { what, start, end: start + len });
        start += len;
        if tokens.len() > 2 * super::MAX_FILTER_BYTES {
            return Err(FilterError::TooLarge);
        }
    }
}

/// What is between quotes, each doubled one once, and how long it stands in the text.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut signs = rest.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        if sign != quote {
            content.push(sign);
        } else if signs.next_if(|(_, next)| *next == quote).is_some() {
            content.push(quote);
        } else {
            return Some((content, at + 1));
        }
    }
    None
}

fn number(rest: &str) -> Option<(What, usize)> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
    let mut is_int = true;
    if bytes.get(end) == Some(&b'.') {
        is_int = false;
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digits(signed) > signed {
            is_int = false;
            end = digits(signed);
        }
    }
    // 7x is no number followed by a name.
    if rest[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let literal = &rest[..end];
    let what = match literal.parse() {
        Ok(int) if is_int => What::Int(int),
        _ => What::Float(literal.parse().ok().filter(|number: &f64| number.is_finite())?),
    };
    Some((what, end))
}

/// What should stand at a byte, and what does.
pub(super) fn expected(text: &str, byte: usize, expected: &'static str) -> FilterError {
    let rest: String = text[byte..].chars().take(20).collect();
    let found = if rest.is_empty() { "the end".to_owned() } else { format!("{rest:?}") };
    FilterError::Syntax { expected, character: text[..byte].chars().count() + 1, found }
}
