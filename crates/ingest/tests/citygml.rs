//! CityGML through the GML reader: solids whose faces stand elsewhere, heights.

mod shared;

use urbis_ingest::{ImportOptions, ImportReport};
use urbis_model::{GeometryKind, LayerKind, Value};

const FACE: &str = "<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>\
    36 136 Z 36 136.001 Z 36.001 136.001 Z 36 136 Z</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>";

/// Reads a city of buildings B1, B2, … that stand at longitudes 131, 132, … and have these shapes. Gives the longitude and
/// z of the first vertex of each building that came in.
fn read_city(shapes_of: &[&[&str]]) -> (ImportReport, Vec<[i32; 2]>) {
    let building = |(index, shapes): (usize, &&[&str])| {
        let shapes = shapes.concat().replace("136", &(131 + index).to_string());
        let id = format!("gml:id=\"B{}\"", index + 1);
        format!("<core:cityObjectMember><bldg:Building {id}>{shapes}</bldg:Building></core:cityObjectMember>")
    };
    let text = format!(
        "<core:CityModel xmlns:core=\"http://www.opengis.net/citygml/2.0\" xmlns:bldg=\"http://www.opengis.net/citygml/building/2.0\" \
        xmlns:gml=\"http://www.opengis.net/gml\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"><gml:boundedBy>\
        <gml:Envelope srsName=\"http://www.opengis.net/def/crs/EPSG/0/6697\" srsDimension=\"3\"><gml:lowerCorner>36 131 0</gml:lowerCorner>\
        <gml:upperCorner>37 139 9</gml:upperCorner></gml:Envelope></gml:boundedBy>{}</core:CityModel>",
        shapes_of.iter().enumerate().map(building).collect::<String>()
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gml");
    std::fs::write(&path, text).unwrap();
    let options = ImportOptions { files: vec![path], kind: LayerKind::Building, ..ImportOptions::default() };
    let mut places = Vec::new();
    let report = shared::read(&options, |batch| {
        for row in 0..batch.features.len() {
            let shape = batch.features.geometry(row);
            places.push([shape.lonlat()[0][0].round() as i32, shape.z_m().unwrap()[0].round() as i32]);
        }
    })
    .unwrap();
    (report, places)
}

fn solid(level: u8, faces: &str) -> String {
    format!(
        "<bldg:lod{level}Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{faces}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod{level}Solid>"
    )
}

#[test]
fn a_broken_shape_costs_its_own_building_and_no_other() {
    let lod1 = solid(1, &FACE.replace('Z', "1"));
    let broken_lod1 =
        "<bldg:lod1Solid><gml:Solid><gml:exterior><gml:Bogus>1</gml:Bogus></gml:exterior></gml:Solid></bldg:lod1Solid>";
    let lod2 = solid(2, &FACE.replace('Z', "5"));
    let elsewhere = solid(2, r##"<gml:surfaceMember xlink:href="#elsewhere"/>"##);
    let broken_lod2 = format!(
        "<bldg:lod2MultiSurface><gml:MultiSurface>{}</gml:MultiSurface></bldg:lod2MultiSurface>",
        FACE.replace("36 136.001 Z", "foo")
    );
    let (lod1, lod2, elsewhere, broken_lod2) = (lod1.as_str(), lod2.as_str(), elsewhere.as_str(), broken_lod2.as_str());
    for (shapes_of, expected) in [
        // A broken LOD1 that nobody needs, and others that somebody does.
        ([&[lod1, lod2][..], &[broken_lod1, lod2], &[lod2], &[lod2]], &[[131, 5], [132, 5], [133, 5], [134, 5]][..]),
        (
            [&[lod1, elsewhere], &[broken_lod1, elsewhere], &[lod1, elsewhere], &[lod1, elsewhere]],
            &[[131, 1], [133, 1], [134, 1]],
        ),
        ([&[broken_lod1, lod2], &[broken_lod1, elsewhere], &[lod1, elsewhere], &[lod2]], &[[131, 5], [133, 1], [134, 5]]),
        // A shape that the first reading skips.
        (
            [&[lod1, elsewhere], &[lod1, elsewhere, broken_lod2], &[lod1, elsewhere], &[lod1, elsewhere]],
            &[[131, 1], [133, 1], [134, 1]],
        ),
        ([&[lod1, elsewhere], &[broken_lod2], &[lod1, broken_lod2], &[lod1, elsewhere]], &[[131, 1], [134, 1]]),
        // One that both skip, and one behind the other.
        (
            [&[broken_lod1, broken_lod2], &[lod1, elsewhere], &[broken_lod1, lod2], &[lod1, elsewhere]],
            &[[132, 1], [133, 5], [134, 1]],
        ),
        ([&[broken_lod1, lod2], &[lod1, broken_lod2], &[lod1, elsewhere], &[lod1, lod2]], &[[131, 5], [133, 1], [134, 5]]),
    ] {
        let (report, places) = read_city(&shapes_of);
        let rows: Vec<_> = report.rows().unwrap().collect();
        assert_eq!(places, expected, "{shapes_of:?}: {rows:?}");
        assert_eq!((report.read, report.refused), (4, 4 - expected.len() as u64), "{shapes_of:?}: {rows:?}");
    }
}

#[test]
fn a_building_whose_best_solid_only_refers_to_its_faces_has_the_shape_of_a_lower_level() {
    let face = |z_m: &str| FACE.replace('Z', z_m);
    let roof_edge = format!("<bldg:lod0RoofEdge><gml:MultiSurface>{}</gml:MultiSurface></bldg:lod0RoofEdge>", face("0"));
    let solid = |level: u8, faces: &str| {
        format!(
            "<bldg:lod{level}Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{faces}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod{level}Solid>"
        )
    };
    let lod1 = solid(1, &(face("1") + &face("4")));
    let elsewhere = solid(2, r##"<gml:surfaceMember xlink:href="#elsewhere"/>"##);
    let building = |shapes: &str| {
        format!(
            "<core:cityObjectMember><bldg:Building><bldg:measuredHeight uom=\"m\">12.5</bldg:measuredHeight>\
            <bldg:storeysAboveGround>9999</bldg:storeysAboveGround>{shapes}</bldg:Building></core:cityObjectMember>"
        )
    };
    let buildings = [roof_edge.clone() + &lod1, roof_edge.clone() + &lod1 + &elsewhere, elsewhere.clone()];
    let text = format!(
        "<core:CityModel xmlns:core=\"http://www.opengis.net/citygml/2.0\" xmlns:bldg=\"http://www.opengis.net/citygml/building/2.0\" \
        xmlns:gml=\"http://www.opengis.net/gml\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"><gml:boundedBy>\
        <gml:Envelope srsName=\"http://www.opengis.net/def/crs/EPSG/0/6697\" srsDimension=\"3\"><gml:lowerCorner>36 136 0</gml:lowerCorner>\
        <gml:upperCorner>37 137 9</gml:upperCorner></gml:Envelope></gml:boundedBy>{}</core:CityModel>",
        buildings.iter().map(|shapes| building(shapes)).collect::<String>()
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plateau.gml");
    std::fs::write(&path, text).unwrap();
    let options = ImportOptions { files: vec![path], kind: LayerKind::Building, ..ImportOptions::default() };
    let mut shapes = Vec::new();
    let report = shared::read(&options, |batch| {
        let height = batch.features.schema().fields().iter().position(|field| field.name == "height_m").unwrap();
        for row in 0..batch.features.len() {
            assert_eq!(batch.features.columns()[height].value(row), Value::Float(12.5));
            let shape = batch.features.geometry(row);
            shapes.push((shape.kind(), shape.parts().count(), shape.lonlat()[1][0].round()));
        }
    })
    .unwrap();
    assert_eq!((report.read, report.imported, report.refused), (3, 2, 1), "{:?}", report.rows().unwrap().collect::<Vec<_>>());
    assert_eq!(shapes, [(GeometryKind::MultiSurface, 2, 136.0); 2]);
    assert!(report.notes.iter().any(|note| note.starts_with("1 features have a shape whose faces")), "{:?}", report.notes);
    let row = report.rows().unwrap().next().unwrap().unwrap();
    assert!(row.reason.contains("xlink"), "{row:?}");
}
