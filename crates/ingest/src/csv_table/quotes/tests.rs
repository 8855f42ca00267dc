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

#[test]
fn quotes_open_and_close_where_the_parser_takes_them_to() {
    // Every text of up to six such characters; where a quote is open, a line after it is no row of its own.
    let alphabet = [b'a', b'"', b',', b'\n', b'\r', b' '];
    let mut texts = vec![Vec::new()];
    for length in 0..=6 {
        let longest: Vec<Vec<u8>> = texts.iter().filter(|text| text.len() == length).cloned().collect();
        for text in longest {
            let mut quotes = Quotes::new(io::empty(), b',');
            quotes.follow(&text);
            let with_row = [&text[..], b"\nZ"].concat();
            let mut table =
                csv::ReaderBuilder::new().flexible(true).has_headers(false).buffer_capacity(64).from_reader(&with_row[..]);
            let last = table.records().last().unwrap().unwrap();
            assert_eq!(quotes.place == Place::Quoted, last != vec!["Z"], "{:?}", String::from_utf8_lossy(&text));
            if length < 6 {
                texts.extend(alphabet.map(|byte| [&text[..], &[byte]].concat()));
            }
        }
    }
}

#[test]
fn a_quote_that_is_not_closed_for_long_ends_the_reading() {
    let mut quotes = Quotes::new(b"a\n\"".chain(io::repeat(b'x')), b',');
    let mut out = vec![0; 1 << 16];
    while quotes.read(&mut out).is_ok() {}
    assert_eq!(quotes.fault(), Some(Fault { line: 2, closed_line: None }));
}
