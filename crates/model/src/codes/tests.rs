use super::*;

#[test]
fn area_codes_are_a_prefix_tree() {
    let grid: AreaCode = "320614101003007".parse().unwrap();
    let path: Vec<String> = std::iter::successors(Some(grid), |code| code.parent()).map(|code| code.to_string()).collect();
    assert_eq!(path, ["320614101003007", "320614101003", "320614101", "320614"]);
    let town: AreaCode = "320614101".parse().unwrap();
    assert!(town.contains(grid) && town.contains(town) && !grid.contains(town));
    assert!(!"320614102".parse::<AreaCode>().unwrap().contains(grid));
    assert_eq!(town.ancestor(AreaLevel::Grid), None);
}

#[test]
fn the_old_district_code_is_an_alias() {
    let old: AreaCode = "320684101003".parse().unwrap();
    assert_eq!(old.canonical().to_string(), "320614101003");
    assert_eq!(old.canonical().canonical(), old.canonical());
}

#[test]
fn texts_that_are_no_codes_are_refused() {
    for text in ["", "32061", "3206141", "32061410100300a", "３２０６１４", "990614", "000614", "3206141010030071"] {
        text.parse::<AreaCode>().unwrap_err();
    }
    for text in ["", "111", "01111", "0011", "1100", "a111", "０１１１"] {
        text.parse::<ComponentClass>().unwrap_err();
        text.parse::<EventClass>().unwrap_err();
    }
    for text in ["", "320614011100012", "32061401110001234", "990614011100 123", "3206140011000123"] {
        text.parse::<ComponentCode>().unwrap_err();
    }
}

#[test]
fn codes_print_as_they_were_read() {
    for text in ["320614", "320614101", "320614101003", "320614101003007"] {
        assert_eq!(text.parse::<AreaCode>().unwrap().to_string(), text);
    }
    assert_eq!("0403".parse::<EventClass>().unwrap().to_string(), "0403");
    let code: ComponentCode = "3206140111000123".parse().unwrap();
    assert_eq!((code.class().to_string(), code.sequence(), code.to_string()), ("0111".into(), 123, "3206140111000123".into()));
}
