//! The datum trap of decision 1, against values that pyproj computed with ballpark operations disallowed.
#![expect(clippy::print_stderr, reason = "a skipped case says so")]

use super::*;

/// One line of `tests/oracle/datum.json`, made by `tests/oracle/datum.py`.
#[derive(serde::Deserialize)]
struct Case {
    crs: String,
    place: String,
    x: f64,
    y: f64,
    lon: f64,
    lat: f64,
    /// The grid file that the operation reads, under each of its names; empty when it reads none.
    grids: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

/// Of latitude, roughly: 10,000 km from pole to equator.
const METRES_PER_DEGREE: f64 = 111_111.0;

/// Whether PROJ finds a grid file, in the folders where distributions and people put it (PROJ, "Resource files").
fn is_installed(grid: &str) -> bool {
    let named = ["PROJ_DATA", "PROJ_LIB"].into_iter().filter_map(std::env::var_os);
    let folders = named.flat_map(|list| std::env::split_paths(&list).collect::<Vec<_>>());
    folders.chain(["/usr/share/proj".into(), "/usr/local/share/proj".into()]).any(|folder| folder.join(grid).exists())
}

#[test]
fn places_land_where_an_independent_tool_puts_them() {
    let oracle: Oracle = serde_json::from_str(include_str!("../../tests/oracle/datum.json")).unwrap();
    assert!(oracle.cases.len() >= 12);
    for case in oracle.cases {
        let mut transformation = Transformation::from(&case.crs).unwrap_or_else(|error| panic!("{}: {error:?}", case.place));
        let mut position = [[case.x, case.y]];
        transformation.apply(&mut position);
        let [lon, lat] = position[0];
        if !case.grids.is_empty() && !case.grids.iter().any(|grid| is_installed(grid)) {
            let grids = case.grids.join(" or ");
            let operation = transformation.last_operation();
            eprintln!("SKIPPED {}: the grid {grids} is not installed (Debian: proj-data), so {operation:?} was taken", case.crs);
            // The way round is a few metres off, and says so in its accuracy; it must not be a ballpark one.
            let accuracy_m = operation.and_then(|operation| operation.accuracy_m).unwrap_or(f64::NAN);
            let off_m = (lon - case.lon).hypot(lat - case.lat) * METRES_PER_DEGREE;
            assert!(off_m <= 2.0 * accuracy_m, "{off_m} m from the place at a stated accuracy of {accuracy_m} m");
            continue;
        }
        // 1e-9 degrees are 0.1 mm; both use PROJ, of different versions and databases.
        assert!(
            (lon - case.lon).abs() < 1e-8 && (lat - case.lat).abs() < 1e-8,
            "{} {}: {lon}, {lat} instead of {}, {}",
            case.place,
            case.crs,
            case.lon,
            case.lat
        );
    }
}

#[test]
fn the_direct_route_to_4490_would_be_metres_off() {
    // What decision 1 forbids: the null shift to CGCS2000. 3417460, 5369562 lies in Schutterwald.
    let mut right = Transformation::from("EPSG:31467").unwrap_or_else(|_| panic!("known"));
    let mut position = [[3_417_460.0, 5_369_562.0]];
    right.apply(&mut position);
    let operation = right.last_operation().unwrap();
    assert!(!operation.name.contains("Ballpark"), "{}", operation.name);
    assert!(operation.accuracy_m.is_some_and(|accuracy_m| accuracy_m <= 5.0), "{operation:?}");
    // The same easting and northing on the Bessel ellipsoid without any shift (EPSG:31467 undone to EPSG:4314).
    let unshifted = [7.883_4, 48.461_5];
    assert!((position[0][0] - unshifted[0]).abs() < 0.01 && (position[0][1] - unshifted[1]).abs() < 0.02, "{position:?}");
}

#[test]
fn facts_of_crss() {
    for (definition, cgcs2000, wgs84, geographic, meridian) in [
        ("EPSG:4490", true, false, true, None),
        ("EPSG:4326", false, true, true, None),
        ("EPSG:4979", false, true, true, None),
        ("EPSG:4549", true, false, false, Some(120.0)),
        ("EPSG:4547", true, false, false, Some(114.0)),
        ("EPSG:3857", false, true, false, Some(0.0)),
        ("EPSG:7415", false, false, false, Some(5.387_638_89)),
        ("EPSG:4479", true, false, false, None),
    ] {
        match Transformation::from(definition) {
            Ok(transformation) => {
                let facts = transformation.facts();
                assert_eq!(
                    (facts.is_cgcs2000, facts.is_wgs84, facts.is_geographic),
                    (cgcs2000, wgs84, geographic),
                    "{definition}: {facts:?}"
                );
                assert_eq!(
                    facts.central_meridian_deg.map(|deg| (deg * 1e6).round() / 1e6),
                    meridian.map(|deg: f64| (deg * 1e6).round() / 1e6),
                    "{definition}"
                );
            }
            // A geocentric CRS has no map plane.
            Err(error) => {
                assert!(definition == "EPSG:4479" && matches!(error, NoTransformation::Unknown(_)), "{definition}: {error:?}")
            }
        }
    }
}

#[test]
fn what_can_not_be_done_is_said() {
    assert!(matches!(Transformation::from("EPSG:32767"), Err(NoTransformation::Unknown(_))));
    assert!(matches!(Transformation::from("nonsense"), Err(NoTransformation::Unknown(_))));
    // Unknown datum on a known ellipsoid: only a ballpark operation would lead anywhere.
    let local = r#"GEOGCRS["local",DATUM["local datum",ELLIPSOID["GRS 1980",6378137,298.257222101]],CS[ellipsoidal,2],AXIS["longitude",east],AXIS["latitude",north],ANGLEUNIT["degree",0.0174532925199433]]"#;
    assert!(matches!(Transformation::from(local), Err(NoTransformation::NoOperation)));
}
