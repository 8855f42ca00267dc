//! Small files made here, and broken.

use super::{
    directory,
    frame::Frame,
    pages::{self, Page},
    read_pieces,
};
use crate::{
    intake::{Intake, RawGeometry, RawValue, Records},
    shape::Shape,
};
use bytes::Bytes;
use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType, Int64Type},
    file::{
        metadata::{ColumnChunkMetaData, KeyValue},
        properties::WriterProperties,
        writer::SerializedFileWriter,
    },
    schema::types::{SchemaDescriptor, Type, TypePtr},
};
use serde_json::json;
use std::{path::Path, sync::Arc};

const GEO: &str =
    r#"{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":[]}}}"#;

/// `n`, a number, and `geometry`, bytes that may say what they are.
fn schema(shapes: Option<LogicalType>) -> TypePtr {
    let number = Type::primitive_type_builder("n", Physical::INT64).with_repetition(Repetition::OPTIONAL).build();
    let bytes = Type::primitive_type_builder("geometry", Physical::BYTE_ARRAY).with_repetition(Repetition::OPTIONAL);
    let shapes = bytes.with_logical_type(shapes).build();
    let fields = vec![Arc::new(number.unwrap()), Arc::new(shapes.unwrap())];
    Arc::new(Type::group_type_builder("schema").with_fields(fields).build().unwrap())
}

fn point(x: f64, y: f64) -> ByteArray {
    let mut shape = Shape::default();
    shape.xy.push([x, y]);
    shape.end_ring();
    shape.end_part();
    let mut wkb = Vec::new();
    shape.append_wkb(&mut wkb);
    wkb.into()
}

/// Rows 0, null, 2, null, … of as many as asked for, at (row, 1).
fn file_of(rows: usize, schema: TypePtr, geo: Option<&str>, compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).set_data_page_row_count_limit(100).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    if let Some(geo) = geo {
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_owned()));
    }
    let mut group = writer.next_row_group().unwrap();
    let mut numbers = group.next_column().unwrap().unwrap();
    let defined: Vec<i16> = (0..rows).map(|row| i16::from(row % 2 == 0)).collect();
    let values: Vec<i64> = (0..rows as i64).step_by(2).collect();
    numbers.typed::<Int64Type>().write_batch(&values, Some(&defined), None).unwrap();
    numbers.close().unwrap();
    let mut shapes = group.next_column().unwrap().unwrap();
    let points: Vec<ByteArray> = (0..rows).map(|row| point(row as f64, 1.0)).collect();
    shapes.typed::<ByteArrayType>().write_batch(&points, Some(&vec![1; rows]), None).unwrap();
    shapes.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

fn file(rows: usize, geo: Option<&str>, compression: Compression) -> Vec<u8> {
    file_of(rows, schema(None), geo, compression)
}

/// What a file's bytes give: its frame, its notes, and each row's number and WKB; else the error, with its causes.
#[expect(clippy::type_complexity, reason = "a test's own")]
fn taken(bytes: Vec<u8>) -> Result<(Frame, Vec<String>, Vec<(Option<i64>, Vec<u8>)>), String> {
    let scratch = std::env::temp_dir();
    let mut intake = Intake::new(&scratch).unwrap();
    let said = read_pieces(Bytes::from(bytes), Path::new("a.parquet"), None, &mut intake, &scratch)
        .map_err(|error| error.to_string())?;
    let mut records = Records::new(intake.finish().unwrap().spill);
    let mut rows = Vec::new();
    while let Some(row) = records.next().unwrap() {
        let wkb = if let RawGeometry::Wkb(wkb) = row.geometry { wkb } else { &[] };
        let numbers = row.values().filter_map(|(_, value)| if let RawValue::Int(number) = value { Some(number) } else { None });
        rows.push((numbers.last(), wkb.to_vec()));
    }
    Ok((said.frame, said.notes, rows))
}

#[test]
fn rows_come_in_order_whatever_they_are_packed_with() {
    let expected: Vec<_> = (0..1000).map(|row| ((row % 2 == 0).then_some(row), point(row as f64, 1.0).data().to_vec())).collect();
    for compression in
        [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::LZ4_RAW, Compression::ZSTD(Default::default())]
    {
        let (frame, notes, rows) = taken(file(1000, Some(GEO), compression)).unwrap();
        assert_eq!((frame, notes), (Frame::Wgs84, Vec::<String>::new()));
        assert!(rows == expected, "{compression}: {} rows", rows.len());
    }
}

#[test]
fn the_reference_system_is_read_in_each_way_that_it_is_stated() {
    let stated = |crs: &str| {
        let geo = GEO.replace("\"geometry_types\":[]", &format!("\"geometry_types\":[],\"crs\":{crs}"));
        taken(file(1, Some(&geo), Compression::SNAPPY)).unwrap().0
    };
    let named = |name: &str| Frame::Definition { definition: name.to_owned(), name: name.to_owned() };
    assert_eq!(stated("null"), Frame::Unknown);
    assert_eq!(stated(r#"{"id":{"authority":"OGC","code":"CRS84"}}"#), Frame::Wgs84);
    assert_eq!(stated(r#"{"id":{"authority":"EPSG","code":4549}}"#), named("EPSG:4549"));
    assert_eq!(stated(r#""EPSG:2056""#), named("EPSG:2056"));
    let own = json!({"type": "ProjectedCRS", "name": "ours"});
    assert_eq!(stated(&own.to_string()), Frame::Definition { definition: own.to_string(), name: "ours".to_owned() });
    let wkt = r#"PROJCS["theirs",GEOGCS["WGS 84"]]"#;
    assert_eq!(stated(&json!(wkt).to_string()), Frame::Definition { definition: wkt.to_owned(), name: "theirs".to_owned() });
    for (crs, expected) in [
        (None, Frame::Wgs84),
        (Some(""), Frame::Wgs84),
        (Some("EPSG:4549"), named("EPSG:4549")),
        (Some("srid:2056"), named("EPSG:2056")),
        (Some("srid:0"), Frame::Unknown),
    ] {
        let typed = schema(Some(LogicalType::geometry(crs.map(str::to_owned))));
        assert_eq!(taken(file_of(1, typed, None, Compression::SNAPPY)).unwrap().0, expected);
    }
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let with = |geo: &str| taken(file(1, Some(geo), Compression::SNAPPY)).unwrap_err();
    for (error, expected) in [
        (taken(file(1, None, Compression::SNAPPY)).unwrap_err(), "it has no column of shapes"),
        (with("{"), "its geo metadata is no JSON"),
        (with("{}"), "names no primary_column"),
        (
            with(&GEO.replace("\"primary_column\":\"geometry\"", "\"primary_column\":\"form\"")),
            "nothing of its primary column \"form\"",
        ),
        (with(&GEO.replace("\"geometry\"", "\"n\"")), "has no such column of bytes"),
        (with(&GEO.replace("WKB", "polygon")), "its shapes are encoded as \"polygon\"; write it again with them as WKB"),
        (taken(b"PAR1".to_vec()).unwrap_err(), "was probably not copied or downloaded to the end"),
    ] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn cut_and_altered_files_are_refused_or_read() {
    let whole = file(300, Some(GEO), Compression::SNAPPY);
    for length in 0..whole.len() {
        taken(whole[..length].to_vec()).unwrap_err();
    }
    let mut altered = whole.clone();
    let mut outcomes = [0, 0];
    for at in 0..whole.len() {
        for byte in [whole[at] ^ 1, whole[at] ^ 0x80, 0, 0xFF] {
            altered[at] = byte;
            outcomes[usize::from(taken(altered.clone()).is_ok())] += 1;
        }
        altered[at] = whole[at];
    }
    assert!(outcomes[0] > whole.len(), "{outcomes:?}");
}

/// Zigzag, seven bits a byte.
fn varint(bytes: &mut Vec<u8>, number: u64) {
    let mut number = number << 1;
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

const DATA: (u64, u8, u8) = (0, 5, 2);
const DICTIONARY: (u64, u8, u8) = (2, 7, 2);
const DATA_V2: (u64, u8, u8) = (3, 8, 4);

/// A page's header in Thrift's compact protocol: type, size unpacked and packed, then the struct of its kind with the number
/// of values and the encoding.
fn header(unpacked: u64, packed: u64, (page_type, of, encoding_field): (u64, u8, u8), values: u64, encoding: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [page_type, unpacked, packed] {
        bytes.push(0x15);
        varint(&mut bytes, number);
    }
    bytes.extend([(of - 3) << 4 | 0xC, 0x15]);
    varint(&mut bytes, values);
    bytes.push((encoding_field - 1) << 4 | 5);
    varint(&mut bytes, encoding);
    // Of its other fields, a text and a list of two booleans.
    bytes.extend([0x68, 2, b'a', b'b', 0x19, 0x21, 1, 2, 0, 0]);
    bytes
}

fn walked(bytes: Vec<u8>, compression: Compression) -> Result<pages::Chunk, String> {
    let schema = SchemaDescriptor::new(schema(None));
    let chunk = ColumnChunkMetaData::builder(schema.column(0)).set_data_page_offset(0).set_compression(compression);
    let chunk = chunk.set_total_compressed_size(bytes.len() as i64).build().unwrap();
    pages::walk(&Bytes::from(bytes), &chunk)
}

#[test]
fn a_page_that_asks_for_too_much_is_refused_before_it_is_unpacked() {
    let (snappy, most) = (Compression::SNAPPY, 64 << 20);
    let pages = [header(most, 0, DATA, 1 << 24, 0), header(10, 0, DICTIONARY, 10, 0), header(1, 0, DATA_V2, 3, 7)].concat();
    let page = |rows, bytes| Page { rows, bytes };
    let found = walked(pages, snappy).unwrap();
    assert_eq!((found.pages, found.shares_prefixes), (vec![page(1 << 24, most), page(3, 1)], true));
    assert_eq!(found.held_bytes, most + 10 + 10 * 8);
    let mut with_body = header(1, 30, DATA, 1, 0);
    with_body.extend([0; 30]);
    assert_eq!(walked(with_body, snappy).unwrap().pages, [page(1, 1)]);
    // A dictionary that says another number where a data page would: the decoder goes by the type.
    let mut twofold = header(1 << 20, 0, DICTIONARY, 1 << 20, 0);
    twofold.pop();
    twofold.extend([0x1C, 0x15, 2, 0, 0]);
    for (bytes, expected) in [
        (header(most + 1, 0, DATA, 1, 0), "takes 67108865 bytes, and 64 MiB are the most"),
        (header(1, 0, DATA, (1 << 24) + 1, 0), "says that it has 16777217 values"),
        (header(10, 0, DICTIONARY, 11, 0), "says that it has 11 values"),
        (header(most, 0, DICTIONARY, (1 << 20) + 1, 0), "says that it has 1048577 values"),
        (twofold, "can't be read"),
        (header(1, 0, (2, 5, 2), 1, 0), "can't be read"),
        (header(1, 0, DATA, 1, 0)[..8].to_vec(), "can't be read"),
        // Zigzag: negative.
        (vec![0x15, 0, 0x15, 1], "can't be read"),
        // A list of a billion, and structs without end.
        (vec![0x19, 0xF5, 0xFF, 0xFF, 0xFF, 0xFF, 3], "can't be read"),
        (vec![0x1C; 4096], "can't be read"),
    ] {
        let error = walked(bytes, snappy).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let error = walked(header(1, 0, DATA, 1, 0), Compression::GZIP(Default::default())).unwrap_err();
    assert!(error.contains("packed with GZIP"), "{error}");
}

/// A file of nothing but a directory: its fields by id as lists of so many of these elements.
fn file_of_directory(lists: &[(u8, u64, &[u8])]) -> Bytes {
    let mut bytes = Vec::new();
    let mut before = 0;
    for (id, count, element) in lists {
        bytes.extend([(id - before) << 4 | 9, 0xFC]);
        // A count is no zigzag.
        let mut left = *count;
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
        (0..*count).for_each(|_| bytes.extend_from_slice(element));
        before = *id;
    }
    bytes.push(0);
    let length = bytes.len() as u32;
    [b"PAR1".as_slice(), &bytes, &length.to_le_bytes(), b"PAR1"].concat().into()
}

#[test]
fn a_directory_that_asks_for_too_much_is_refused_before_it_is_built() {
    // SchemaElements: a group of one child, of a million, and a leaf; a RowGroup of no columns, and an entry of metadata.
    let (group, crowd, leaf) = (&[0x55, 2, 0][..], &[0x55, 0x80, 0x89, 0x7A, 0][..], &[0][..]);
    for (file, expected) in [
        (file_of_directory(&[(2, 1, leaf), (4, 3, &[0]), (5, 2, &[0])]), None),
        (file_of_directory(&[(2, 30_000, group)]), Some("30000 columns and groups of columns")),
        (file_of_directory(&[(2, 5_000, group)]), Some("groups in one another")),
        (file_of_directory(&[(2, 1, crowd)]), Some("more than there are")),
        (file_of_directory(&[(2, 2, leaf)]), Some("can't be read")),
        (file_of_directory(&[(4, 200_001, &[0])]), Some("200001 row groups")),
        (file_of_directory(&[(4, 1, &[0x19, 0xFC, 0xC1, 0x9A, 0x0C])]), Some("column chunks")),
        (file_of_directory(&[(5, 10_001, &[0])]), Some("10001 entries of metadata")),
        (Bytes::from_static(b"PAR1\xFF\xFF\xFF\x7FPAR1"), Some("is not there")),
        (Bytes::from_static(b"PAR1"), Some("is not there")),
    ] {
        let checked = directory::check(&file);
        match expected {
            None => assert_eq!(checked, Ok(())),
            Some(expected) => {
                assert!(checked.as_ref().is_err_and(|error| error.contains(expected)), "{checked:?}, not {expected}")
            }
        }
    }
    assert!(directory::check(&Bytes::from(file(300, Some(GEO), Compression::SNAPPY))).is_ok());
}

#[test]
fn more_rows_than_bytes_can_hold_are_refused() {
    let mut metadata = file(20_000, Some(GEO), Compression::ZSTD(Default::default()));
    assert!(taken(metadata.clone()).is_ok());
    // The row group's own count is the last of the footer's numbers of 20,000, zigzagged.
    let mark = [0xC0, 0xB8, 2];
    let at = metadata.windows(3).rposition(|bytes| bytes == mark).unwrap();
    metadata[at..at + 3].copy_from_slice(&[0xFE, 0xFF, 0x7F]);
    let error = taken(metadata).unwrap_err();
    assert!(error.contains("rows"), "{error}");
}
