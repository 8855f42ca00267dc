//! Small files made here, and broken.

use super::{
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
    let said =
        read_pieces(Bytes::from(bytes), Path::new("a.parquet"), &mut intake, &scratch).map_err(|error| error.to_string())?;
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

/// A page's header in Thrift's compact protocol: type, size unpacked and packed, then a struct whose field 1 is the count.
fn header(unpacked: u64, packed: u64, of: u8, values: u64) -> Vec<u8> {
    let mut bytes = vec![0x15, 0];
    let integer = |bytes: &mut Vec<u8>, mut number: u64| {
        bytes.push(0x15);
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    };
    integer(&mut bytes, unpacked << 1);
    integer(&mut bytes, packed << 1);
    bytes.push((of - 3) << 4 | 0xC);
    integer(&mut bytes, values << 1);
    // Of its other fields, a text and a list of two booleans.
    bytes.extend([0x18, 2, b'a', b'b', 0x19, 0x21, 1, 2, 0, 0]);
    bytes
}

#[test]
fn a_page_that_asks_for_too_much_is_refused_before_it_is_unpacked() {
    let schema = SchemaDescriptor::new(schema(None));
    let walked = |bytes: Vec<u8>, compression| {
        let chunk = ColumnChunkMetaData::builder(schema.column(0)).set_data_page_offset(0).set_compression(compression);
        let chunk = chunk.set_total_compressed_size(bytes.len() as i64).build().unwrap();
        pages::walk(&Bytes::from(bytes), &chunk)
    };
    let with_body = |mut header: Vec<u8>| {
        header.extend([0; 30]);
        header
    };
    let (data, dictionary, second) = (5, 7, 8);
    let (snappy, most) = (Compression::SNAPPY, 64 << 20);
    let pages = [header(most, 0, data, 1 << 24), header(10, 0, dictionary, 10), header(1, 0, second, 3)].concat();
    let page = |rows, bytes| Page { rows, bytes };
    assert_eq!(walked(pages, snappy), Ok(vec![page(1 << 24, most), page(3, 1)]));
    assert_eq!(walked(with_body(header(1, 30, data, 1)), snappy), Ok(vec![page(1, 1)]));
    for (bytes, expected) in [
        (header(most + 1, 0, data, 1), "takes 67108865 bytes, and 64 MiB are the most"),
        (header(1, 0, data, (1 << 24) + 1), "says that it has 16777217 values"),
        (header(10, 0, dictionary, 11), "says that it has 11 values"),
        (header(1, 0, data, 1)[..8].to_vec(), "can't be read"),
        // Zigzag: negative.
        (vec![0x15, 0, 0x15, 1], "can't be read"),
        // A list of a billion, and structs without end.
        (vec![0x19, 0xF5, 0xFF, 0xFF, 0xFF, 0xFF, 3], "can't be read"),
        (vec![0x1C; 4096], "can't be read"),
    ] {
        let error = walked(bytes, snappy).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let error = walked(header(1, 0, data, 1), Compression::GZIP(Default::default())).unwrap_err();
    assert!(error.contains("packed with GZIP"), "{error}");
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
