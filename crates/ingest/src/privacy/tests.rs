//! Headers and numbers.

use super::*;

#[test]
fn headers_of_persons_are_denied_and_headers_of_things_are_not() {
    for header in [
        "身份证号",
        "联系电话",
        "户主姓名",
        "phone",
        "contact:phone",
        "OWNER_NAME",
        "Owner Phone 2",
        "e-mail",
        "ID_Card",
        "手机号码",
        "idcard_no",
        "ContactPhone",
        "OwnerTel",
        "houseOwner",
        "contact:mobile",
        "lxdh",
        "xm",
        "SFZH",
        "dianhua",
        "客户名称",
        "住户",
        "法人",
        "法人单位联系电话",
        "resident",
        "OWNERTel_2",
        "id_number_2",
        "passport_no_13",
        "证件",
        "证号",
        "户名",
        "车主",
        "房屋所有人",
        "使用人",
        "承包人",
        "家庭成员",
        "健康状况",
        "生日",
        "社保号",
        "医保卡号",
        "驾驶证",
        "性别",
        "sfzhm",
        "zjhm",
        "lianxiren",
        "birthday",
        "dob",
        "gender",
        "person",
        "person_name",
        "patient",
        "tenant",
        "petitioner",
        "id_no",
        "bank_account",
        "face_id",
    ] {
        assert!(header_is_denied(header), "{header}");
    }
    for header in [
        "name",
        "名称",
        "height",
        "电话亭数量",
        "病虫害等级",
        "microphone",
        "grid_code",
        "contactless",
        "telecom",
        "owners",
        "mobile_mast",
        "street_name",
        "label",
        "operator",
        "contact:website",
        "resident_count",
        "住户数",
        "xmmc",
        "hotel",
        "intelHub",
        "tel_aviv",
        "mobile_home",
        "contact_angle",
        "许可证号",
        "树木健康状况",
        "商户名称",
        "使用人数",
        "persons",
        "person_capacity",
        "tenant_count",
        "personnel",
        "inpatient",
        "居民数",
        "客户数",
        "grid_no",
    ] {
        assert!(!header_is_denied(header), "{header}");
    }
}

#[test]
fn numbers_are_found_whole_and_masked() {
    // 11010519491231002X is the worked example of GB 11643-1999.
    for (text, masked) in [
        ("11010519491231002X", "***"),
        ("id 11010519491231002x.", "id ***."),
        ("13812345678", "***"),
        ("call 138-1234-5678 now", "call *** now"),
        ("+86 138 1234 5678", "+***"),
        ("8613812345678", "***"),
        ("13800001000.0", "***"),
        ("13800001000.00 13900001000", "*** ***"),
        ("Tel.13800001000", "Tel.***"),
        ("1.3800001E10", "***"),
        ("１３８００００１０００", "***"),
        ("电话：１３８－００００－１０００。", "电话：***。"),
        ("110105 19491231 002X", "***"),
        ("1101 0519 4912 3100 2-X", "***"),
        ("110105.19491231.002X", "***"),
        ("138 00001000", "***"),
        ("138.0000.1000", "***"),
        ("13 800 001 000", "***"),
        ("5 138 00001000 5", "5 *** 5"),
        ("86-138 0000 1000", "***"),
        ("甲13812345678乙13912345678", "甲***乙***"),
        ("013812345678", "***"),
        ("０１３８１２３４５６７８", "***"),
        ("(138)12345678", "(***"),
        ("（138）1234-5678", "（***"),
        ("(138) 1234 5678.", "(***."),
        ("138_1234_5678", "***"),
        ("138/1234/5678 x", "*** x"),
        ("138\u{200b}12345678", "***"),
        ("1\u{feff}3\u{ad}812345678\u{200b}号", "***\u{200b}号"),
    ] {
        assert!(text_is_personal(text), "{text}");
        assert_eq!(mask(text), masked);
    }
    for text in [
        "110105194912310021",   // wrong check character
        "11010519491331002X",   // month 13
        "320614102001001",      // a grid code
        "3206141020010013",     // a component code
        "32061410200132000001", // a camera code
        "12812345678",
        "138123456789",
        "121.13812345678",
        "13812345678.25",
        "0513-82212345",
        "1700000000000",
        "138.100.100.10", // an IP address
        "13.800001000",   // a longitude
        "13.85 52.12345", // a position
        "13.4050 52.5200 13 40500 520",
        "1995-01-01 120",     // a day and a number
        "1 3 5 7 9 11 13 15", // house numbers
        "138 139 140 15000 7",
        "121.480000, 31.2300000",
        "２０２４年１２月３１日",
        "1.5E10x",
        "013/8123/4567", // a path
        "13/13456/6789", // a tile
        "138/12345678",  // a ratio
        "138_20240101",  // a number and a day
        "1) 3) 5) 12345678",
        "(13)800001000",
        "011812345678",
        "121.48\u{200b}13812345",
        "\u{200b}\u{200b}",
        "",
    ] {
        assert!(!text_is_personal(text), "{text}");
        assert_eq!(mask(text), text);
    }
    for (number, personal) in [
        (13_812_345_678, true),
        (8_613_800_001_000, true),
        (8_612_800_001_000, false),
        (1_700_000_000_000, false),
        (320_614_102_001_001, false),
    ] {
        assert_eq!(int_is_personal(number), personal, "{number}");
        assert_eq!(float_is_personal(number as f64), personal, "{number}");
    }
    assert!(!float_is_personal(13_812_345_678.5));
    // A table program keeps 15 digits of an identity number.
    assert!(float_is_personal(1.101_051_949_123_1e17));
}

#[test]
fn three_hits_and_one_percent_drop_a_column() {
    for (values, hits, dropped) in
        [(300, 3, true), (301, 3, false), (2, 2, false), (3, 3, true), (1000, 9, false), (1000, 10, true)]
    {
        assert_eq!(Tally { values, hits }.is_personal(), dropped, "{hits} of {values}");
    }
}

#[test]
fn members_that_name_persons_are_dropped_at_any_depth() {
    for (text, kept, dropped) in [
        (r#"{"姓名":"张三","level":3,"phone":"1"}"#, r#"{"level":3}"#, &["姓名", "phone"][..]),
        (r#"[{"a":[{"OwnerTel":1,"b":1.50}]},null]"#, r#"[{"a":[{"b":1.50}]},null]"#, &["a.OwnerTel"]),
        (r#"{"\u59d3\u540d":"x","n":"\u0031380000100\u0030"}"#, r#"{"n":"***"}"#, &["姓名"]),
        (r#"[{"key":"姓名","value":"张三"},{"key":"层数","value":3}]"#, r#"[null,{"key":"层数","value":3}]"#, &["姓名"]),
        (r#"{"info":{"Value":"1","Field":"ownerName"}}"#, r#"{"info":null}"#, &["info.ownerName"]),
        (r#""a"=>"say \"hi\"","contact:phone"=>"+423 1","shop"=>"x""#, r#""a"=>"say \"hi\"","shop"=>"x""#, &["contact:phone"]),
    ] {
        let (clean, paths) = without_persons(text).unwrap();
        assert_eq!(clean, kept);
        assert_eq!(paths, dropped);
    }
    for text in [
        r#"{"name":"x"}"#,
        r#"{"name":"contact","height":3}"#,
        r#"{"key":3,"value":"姓名"}"#,
        "{broken",
        "[1,2]",
        "phone",
        r#"{"phone":1} and more"#,
    ] {
        assert_eq!(without_persons(text), None, "{text}");
    }
    // Names and keys of any length are shown short and without numbers; a text longer than a header is no key.
    let (long, pad) = (format!("{}姓名", "长".repeat(70)), "长".repeat(40));
    let hidden = r#"{"联系人张三13812345678":1}"#;
    for (text, path) in [
        (format!(r#"{{"{long}":1}}"#), format!("{pad}…")),
        (format!(r#"{{"{long}":{{"phone":1}}}}"#), format!("{pad}…")),
        (format!(r#"[{{"key":"{long}","value":1}}]"#), format!("{pad}…")),
        (format!(r#""{long}"=>"1""#), format!("{pad}…")),
        (hidden.to_owned(), "***".to_owned()),
    ] {
        assert_eq!(without_persons(&text).unwrap().1, [path], "{text}");
    }
    assert_eq!(without_persons(&format!(r#"[{{"key":"{long}{pad}","value":1}}]"#)), None);
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200_000), "}".repeat(200_000));
    assert!(without_persons(&deep).unwrap().0.len() < 1000);
}

#[test]
fn quotes_are_short_and_never_hold_a_number_or_what_stands_beside_it() {
    for (text, quote) in [
        ("N/A", r#""N/A""#),
        ("121°30", r#""121°30""#),
        ("121.123456789012E", r#""121.123456789012E""#),
        ("张三 320684195001010019", "a text with a number of 11 and more digits (not shown)"),
        ("户主 138-1234-5678", "a text with a number of 11 and more digits (not shown)"),
    ] {
        assert_eq!(quoted(text), quote);
    }
    assert_eq!(quoted(&"长".repeat(1000)).chars().count(), 43);
    assert_eq!(named(&"长".repeat(1000)).chars().count(), 41);
    assert_eq!((named("姓名"), named("联系人张三 13812345678")), ("姓名".to_owned(), "***".to_owned()));
    assert_eq!(listed(["a", "20240101120000"]), ["a", "***"]);
    let of_person = listed(["张三", "13812345678", "海门"]);
    assert!(of_person.len() == 1 && of_person[0].starts_with("not shown"), "{of_person:?}");
    assert_eq!(scrubbed("户主13812345678".to_owned()), "户主***");
}
