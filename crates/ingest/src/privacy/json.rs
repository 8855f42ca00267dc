//! Objects and tags inside a value: what their members say of persons goes like columns do.

use super::{header_is_denied, key_is_denied, named, text_is_personal};
use crate::json::{Json, NotJson};

/// Objects nested deeper are not looked into and not kept.
const MAX_DEPTH: usize = 64;
/// Members of an object that say what it is about, beside one of [`VALUE_MEMBERS`]: `{"key": "姓名", "value": "…"}`.
pub(super) const KEY_MEMBERS: [&str; 18] = [
    "key",
    "k",
    "name",
    "field",
    "attribute",
    "label",
    "tag",
    "property",
    "key_name",
    "field_name",
    "attribute_name",
    "字段",
    "字段名",
    "名称",
    "属性",
    "属性名",
    "键",
    "项目",
];
/// Members that say it.
pub(super) const VALUE_MEMBERS: [&str; 13] = [
    "value",
    "v",
    "val",
    "values",
    "text",
    "content",
    "field_value",
    "attribute_value",
    "值",
    "内容",
    "属性值",
    "字段值",
    "数值",
];
/// What stands for a member's text that held a number.
const MASKED: &str = "\"***\"";

/// A JSON text without its members whose names are denied, and their paths (`info.姓名`), each step short; none when it is
/// no JSON or has no such member.
pub(crate) fn without_persons(text: &str) -> Option<(String, Vec<String>)> {
    match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => {}
        Some(b'"') => return tags_without_persons(text),
        _ => return None,
    }
    let mut cleaning =
        Cleaning { json: Json::new(text), out: String::new(), path: Vec::new(), dropped: Vec::new(), changed: false };
    cleaning.value().ok()?;
    let is_whole = cleaning.json.peek().is_none();
    (is_whole && cleaning.changed).then_some((cleaning.out, cleaning.dropped))
}

/// The same for tags that GDAL packs into one text: `"height"=>"3","phone"=>"1"`.
fn tags_without_persons(text: &str) -> Option<(String, Vec<String>)> {
    let (dropped, kept): (Vec<_>, Vec<_>) = crate::tags::pairs(text)?.into_iter().partition(|(tag, _)| header_is_denied(tag));
    if dropped.is_empty() {
        return None;
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""));
    let kept: Vec<String> = kept.iter().map(|(tag, value)| format!("{}=>{}", quoted(tag), quoted(value))).collect();
    Some((kept.join(","), dropped.into_iter().map(|(tag, _)| named(&tag)).collect()))
}

/// What a pair of key and value in an object of its own is about, when that is denied as a header. `ahead` stands at the
/// object.
fn pair_about_person(mut ahead: Json<'_>) -> Result<Option<String>, NotJson> {
    ahead.open(b'{', "an object")?;
    let (mut about, mut has_value, mut first) = (None, false, true);
    while let Some(name) = ahead.member(&mut first)? {
        let name = name.to_lowercase();
        has_value |= VALUE_MEMBERS.contains(&name.as_str());
        if about.is_none() && KEY_MEMBERS.contains(&name.as_str()) && ahead.peek() == Some(b'"') {
            about = Some(ahead.string()?.into_owned()).filter(|key| key_is_denied(key));
        } else {
            ahead.skip()?;
        }
    }
    Ok(about.filter(|_| has_value))
}

struct Cleaning<'a> {
    json: Json<'a>,
    out: String,
    path: Vec<String>,
    dropped: Vec<String>,
    changed: bool,
}

impl Cleaning<'_> {
    fn value(&mut self) -> Result<(), NotJson> {
        match self.json.peek() {
            Some(b'{' | b'[') if self.path.len() >= MAX_DEPTH => {
                self.json.skip()?;
                self.drop_here();
                self.out.push_str("null");
            }
            Some(b'{') => match pair_about_person(self.json)? {
                None => self.object()?,
                Some(about) => {
                    self.json.skip()?;
                    self.path.push(about);
                    self.drop_here();
                    self.path.pop();
                    self.out.push_str("null");
                }
            },
            Some(b'[') => self.array()?,
            Some(b'"') => {
                let mut ahead = self.json;
                let text = ahead.string()?;
                let raw = self.json.skip()?;
                // Digits behind escapes are found here, where they are read; plain ones by the rule for values.
                let is_hidden = raw.contains("\\u") && text_is_personal(&text);
                self.changed |= is_hidden;
                self.out.push_str(if is_hidden { MASKED } else { raw });
            }
            _ => self.out.push_str(self.json.word()?),
        }
        Ok(())
    }

    fn object(&mut self) -> Result<(), NotJson> {
        self.json.open(b'{', "an object")?;
        self.out.push('{');
        let (mut first, mut first_out) = (true, true);
        while let Some(name) = self.json.member(&mut first)? {
            self.path.push(name.clone().into_owned());
            if header_is_denied(&name) {
                self.json.skip()?;
                self.drop_here();
            } else {
                if !std::mem::take(&mut first_out) {
                    self.out.push(',');
                }
                self.out.push_str(&serde_json::Value::String(name.into_owned()).to_string());
                self.out.push(':');
                self.value()?;
            }
            self.path.pop();
        }
        self.out.push('}');
        Ok(())
    }

    fn array(&mut self) -> Result<(), NotJson> {
        self.json.open(b'[', "an array")?;
        self.out.push('[');
        let (mut first, mut first_out) = (true, true);
        // An array has no name of its own in a path, and counts as a step down all the same.
        self.path.push(String::new());
        while self.json.element(&mut first)? {
            if !std::mem::take(&mut first_out) {
                self.out.push(',');
            }
            self.value()?;
        }
        self.path.pop();
        self.out.push(']');
        Ok(())
    }

    fn drop_here(&mut self) {
        self.changed = true;
        let steps: Vec<String> = self.path.iter().filter(|step| !step.is_empty()).map(|step| named(step)).collect();
        let path = steps.join(".");
        if !self.dropped.contains(&path) && self.dropped.len() < MAX_DEPTH {
            self.dropped.push(path);
        }
    }
}
