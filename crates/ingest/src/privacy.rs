//! What a city's data may not say about a person: columns to drop, numbers to mask.
//!
//! The rule (design, decision 11): a column goes when its header is on the deny-list, or when at least 1 % of its
//! values, and three or more, hold an identity or a mobile number. Isolated hits are masked. It is decided over
//! every value of the file, never over a sample.

mod json;
mod number;
mod osm_id;
mod pairs;
mod quoted;

pub(crate) use json::without_persons;
pub(crate) use number::{float_is_personal, int_is_personal, mask, text_is_personal};
pub(crate) use osm_id::{OsmId, is_osm_object};
pub(crate) use pairs::PairColumns;
pub(crate) use quoted::{listed, named, quoted, scrubbed};

use urbis_model::column::MAX_COLUMN_NAME_BYTES;

/// Share of hits from which a column goes.
const DROP_SHARE: f64 = 0.01;
/// Hits from which a column goes.
const DROP_HITS: u64 = 3;

/// What was seen of one column.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Values that are not null.
    pub(crate) values: u64,
    /// Values with a personal number in them.
    pub(crate) hits: u64,
}

impl Tally {
    /// Whether the column is one of personal numbers.
    pub(crate) fn is_personal(self) -> bool {
        self.hits >= DROP_HITS && self.hits as f64 >= self.values as f64 * DROP_SHARE
    }
}

/// Chinese header parts that name a person or what belongs to one.
const DENIED_PARTS: [&str; 59] = [
    "身份证",
    "证件",
    "公民身份",
    "姓名",
    "手机",
    "电话",
    "联系方式",
    "联系人",
    "户主",
    "业主",
    "房主",
    "产权人",
    "权利人",
    "承租人",
    "租户",
    "监护人",
    "患者",
    "病",
    "残疾",
    "宗教",
    "民族",
    "信访",
    "上访",
    "低保",
    "人脸",
    "指纹",
    "微信",
    "邮箱",
    "出生",
    "护照",
    "车牌",
    "银行卡",
    "婚姻",
    "负责人",
    "网格员",
    "户籍",
    "法定代表",
    "政治面貌",
    "法人",
    "住户",
    "客户名称",
    "户名",
    "车主",
    "所有人",
    "所有权人",
    "权属人",
    "使用人",
    "承包人",
    "家庭成员",
    "性别",
    "生日",
    "住址",
    "工资",
    "社保号",
    "社保卡",
    "医保号",
    "医保卡",
    "驾驶证",
    "精神障碍",
];
/// Parts that hold one of [`DENIED_PARTS`] and yet speak of things or of counts.
const ALLOWED_PARTS: [&str; 15] = [
    "电话亭",
    "病害",
    "病虫",
    "民族乡",
    "出生率",
    "手机信号",
    "住户数",
    "住户总数",
    "法人单位",
    "商户名",
    "门户名",
    "使用人数",
    "承包人数",
    "家庭成员数",
    "性别比",
];
/// Chinese headers that name what belongs to a person only where nothing else stands in them: with more they are a
/// number of a permit (`许可证号`), the state of a tree (`树木健康状况`), a count (`居民数`).
const DENIED_WHOLE: [&str; 8] = ["证号", "健康状况", "健康状态", "居民", "客户", "年龄", "党员", "学号"];
/// English headers, letters and digits only.
const DENIED_NAMES: [&str; 55] = [
    "phone",
    "phoneno",
    "phonenumber",
    "mobile",
    "mobileno",
    "mobilenumber",
    "mobilephone",
    "tel",
    "telephone",
    "cellphone",
    "fax",
    "idcard",
    "idcardno",
    "idnumber",
    "identitycard",
    "identitynumber",
    "nationalid",
    "ssn",
    "passport",
    "passportno",
    "personname",
    "fullname",
    "firstname",
    "lastname",
    "surname",
    "familyname",
    "givenname",
    "owner",
    "owner1",
    "owner2",
    "ownername",
    "residentname",
    "tenantname",
    "patientname",
    "contact",
    "contactname",
    "contactperson",
    "email",
    "emailaddress",
    "birthdate",
    "dateofbirth",
    "religion",
    "ethnicity",
    "licenseplate",
    "platenumber",
    "idno",
    "dob",
    "qq",
    "faceid",
    "bankaccount",
    "bankaccountno",
    "bankcard",
    "nationality",
    "driverlicense",
    "driverslicense",
];
/// Words that deny a header wherever they stand in it, such as `contact:phone`, `OwnerTel` or `owner_phone_2`; of the
/// pinyin ones, `xm` is 姓名, `lxr` 联系人, `lxdh` 联系电话, `sjh` 手机号, `sfz` 身份证 and `zjhm` 证件号码.
const DENIED_WORDS: [&str; 36] = [
    "phone",
    "telephone",
    "cellphone",
    "email",
    "passport",
    "surname",
    "birthdate",
    "religion",
    "wechat",
    "idcard",
    "mobile",
    "tel",
    "owner",
    "resident",
    "contact",
    "xm",
    "sfz",
    "sfzh",
    "lxdh",
    "lxr",
    "sjh",
    "sjhm",
    "dianhua",
    "shouji",
    "xingming",
    "shenfenzheng",
    "sfzhm",
    "zjh",
    "zjhm",
    "lianxiren",
    "birthday",
    "gender",
    "person",
    "patient",
    "tenant",
    "petitioner",
];
/// Words of [`DENIED_WORDS`] that speak of things or of counts beside these others.
const ALLOWED_BESIDE: [(&str, &[&str]); 9] = [
    ("contact", &["website", "url", "web", "surface", "angle", "area"]),
    ("mobile", &["mast", "tower", "network", "signal", "coverage", "antenna", "home", "homes"]),
    ("tel", &["mast", "tower", "pole", "box", "cable", "line", "aviv"]),
    ("owner", &["type", "class", "category"]),
    ("resident", COUNTS),
    ("gender", &["segregated", "neutral", "ratio"]),
    ("person", COUNTS),
    ("patient", COUNTS),
    ("tenant", COUNTS),
];
/// Words beside which a header counts persons and names none.
const COUNTS: &[&str] = &["count", "population", "density", "total", "capacity", "per", "type"];

/// Whether a text that stands as a key beside a value names data about a person. What is longer than any header is none.
fn key_is_denied(key: &str) -> bool {
    key.len() <= MAX_COLUMN_NAME_BYTES && header_is_denied(key)
}

/// Whether a header names data about a person.
pub(crate) fn header_is_denied(header: &str) -> bool {
    // The second of two equal headers has a number.
    let header = header.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let lower = ALLOWED_PARTS.iter().fold(header.to_lowercase(), |rest, part| rest.replace(part, ""));
    if DENIED_PARTS.iter().any(|part| lower.contains(part)) || DENIED_WHOLE.contains(&lower.trim()) {
        return true;
    }
    let letters: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    if DENIED_NAMES.contains(&letters.as_str()) {
        return true;
    }
    let words = words(header);
    let is_allowed = |word: &str| {
        let beside = ALLOWED_BESIDE.iter().find(|(denied, _)| *denied == word).map_or(&[][..], |(_, beside)| beside);
        words.iter().any(|other| beside.contains(&other.as_str()))
    };
    words.iter().any(|word| DENIED_WORDS.contains(&word.as_str()) && !is_allowed(word))
}

/// The Latin words of a header in lower case; `houseOwner` and `GASOwner` are two words each.
fn words(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut last, mut rest) = (' ', header.chars().peekable());
    while let Some(letter) = rest.next() {
        let begins =
            letter.is_ascii_uppercase() && (last.is_ascii_lowercase() || rest.peek().is_some_and(char::is_ascii_lowercase));
        if begins || !letter.is_ascii_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphabetic()) {
            word.push(letter.to_ascii_lowercase());
        }
        last = letter;
    }
    words
}

#[cfg(test)]
mod tests;
