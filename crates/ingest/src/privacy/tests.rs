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
        ("甲13812345678乙13912345678", "甲***乙***"),
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
        "",
    ] {
        assert!(!text_is_personal(text), "{text}");
        assert_eq!(mask(text), text);
    }
    assert!(int_is_personal(13_812_345_678));
    assert!(!int_is_personal(320_614_102_001_001));
}

#[test]
fn three_hits_and_one_percent_drop_a_column() {
    for (values, hits, dropped) in
        [(300, 3, true), (301, 3, false), (2, 2, false), (3, 3, true), (1000, 9, false), (1000, 10, true)]
    {
        assert_eq!(Tally { values, hits }.is_personal(), dropped, "{hits} of {values}");
    }
}
