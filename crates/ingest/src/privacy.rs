//! What a city's data may not say about a person: columns to drop, numbers to mask.
//!
//! The rule (design, decision 11): a column goes when its header is on the deny-list, or when at least 1 % of its
//! values, and three or more, hold an identity or a mobile number. Isolated hits are masked. It is decided over
//! every value of the file, never over a sample.

mod number;

pub(crate) use number::{int_is_personal, mask, text_is_personal};

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
const DENIED_PARTS: [&str; 38] = [
    "身份证",
    "证件号",
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
];
/// Headers that hold one of [`DENIED_PARTS`] and yet speak of things.
const ALLOWED_PARTS: [&str; 6] = ["电话亭", "病害", "病虫", "民族乡", "出生率", "手机信号"];
/// English headers, letters and digits only.
const DENIED_NAMES: [&str; 45] = [
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
];
/// Words that deny a header wherever they stand in it, such as `contact:phone` or `owner_phone_2`.
const DENIED_WORDS: [&str; 10] =
    ["phone", "telephone", "cellphone", "email", "passport", "surname", "birthdate", "religion", "wechat", "idcard"];

/// Whether a header names data about a person.
pub(crate) fn header_is_denied(header: &str) -> bool {
    let lower = header.to_lowercase();
    if ALLOWED_PARTS.iter().any(|part| lower.contains(part)) {
        return false;
    }
    if DENIED_PARTS.iter().any(|part| lower.contains(part)) {
        return true;
    }
    let letters: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    DENIED_NAMES.contains(&letters.as_str())
        || lower.split(|c: char| !c.is_ascii_alphabetic()).any(|word| DENIED_WORDS.contains(&word))
}

#[cfg(test)]
mod tests;
