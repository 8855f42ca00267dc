//! Quotes that close and quotes that do not.

use super::*;

#[test]
fn a_quote_that_is_not_closed_where_its_cell_ends_is_told() {
    let fault = |line, closed_line| Some(Fault { line, closed_line });
    for (text, expected, trailing) in [
        ("a,b\n1,2\n", None, (0, 0)),
        ("a,b\n1,\"x, \"\"y\"\" z\"\n", None, (0, 0)),
        ("a,b\n1,\"two\nlines\" \n3,4", None, (0, 0)),
        ("a,b\n1,12\" pipe\n", None, (0, 0)),
        ("a,b\n1, \"x\n", None, (0, 0)),
        ("a,b\n1,\"12\" pipe\n\"x\"y,1\n", None, (2, 2)),
        ("a,b\n1,\"open\n2,x\n", fault(2, None), (0, 0)),
        ("a,b\r\n1,x\r\n2,\"open\r\n", fault(3, None), (0, 0)),
        ("a,b\n1,\"\"\"", fault(2, None), (0, 0)),
        ("\"a,b\n1,2\n", fault(1, None), (0, 0)),
        // Two stray quotes close each other, and the rows between are gone.
        ("a,b\n1,\"open\n2,x\n3,\"open\n4,x\n", fault(2, Some(4)), (0, 0)),
    ] {
        // However the text is cut into reads.
        for step in [1, 3, 1 << 10] {
            let mut quotes = Quotes::new(text.as_bytes(), b',');
            let mut out = vec![0; step];
            while quotes.read(&mut out).is_ok_and(|length| length > 0) {}
            assert_eq!((quotes.fault(), quotes.trailing), (expected, trailing), "{text:?} by {step}");
        }
    }
}
