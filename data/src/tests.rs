use crate::blocks::meet;
use crate::district::{BASIC_GRIDS, SPECIAL_GRIDS, reading_order};
use crate::gas::Pressure;
use crate::land_use::LandUse;
use crate::plane::{Point, contains, crossing, distance_to_segment, length_m};
use crate::recipe::City;
use crate::street_things;
use crate::streets::Sets;
use crate::{Error, Recipe, write_city};
use geographiclib_rs::{Geodesic, InverseGeodesic, PolygonArea, Winding};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use urbis_model::{AreaCode, AreaLevel, ComponentCode};

const RECIPE: Recipe = Recipe { seed: 7, scale: 0.4 };
static CITY: LazyLock<City> = LazyLock::new(|| City::make(RECIPE, &mut |_| ()).unwrap());

fn degrees(point: Point) -> [f64; 2] {
    point.to_e7().map(|e7| e7 as f64 / 1e7)
}

fn geodesic_area_m2(ring: &[Point]) -> f64 {
    let geodesic = Geodesic::wgs84();
    let mut area = PolygonArea::new(&geodesic, Winding::CounterClockwise);
    for &point in &ring[1..] {
        let [lon, lat] = degrees(point);
        area.add_point(lat, lon);
    }
    area.compute(true).1
}

#[test]
fn every_unit_of_the_district_has_one_area() {
    let city = &*CITY;
    assert_eq!(city.facts.units.len(), 22);
    for (number, unit) in city.facts.units.iter().enumerate() {
        let rings = city.district.town_rings(number as u16);
        assert_eq!(rings.len(), 1, "{} has {} parts", unit.name, rings.len());
        assert!(contains(&rings[0], unit.middle()), "{} lies elsewhere", unit.name);
    }
}

#[test]
fn the_district_measures_what_is_published() {
    let rings = CITY.district.outer_rings(|_| true);
    assert_eq!(rings.len(), 2, "the mainland and 海永");
    let km2: f64 = rings.iter().map(|ring| geodesic_area_m2(ring) / 1e6).sum();
    assert!((km2 - 1_148.77).abs() < 2.0, "{km2} km²");
    for point in rings.concat() {
        let [lon, lat] = degrees(point);
        assert!((121.0 + 4.0 / 60.0..=121.0 + 32.0 / 60.0).contains(&lon), "{lon}");
        assert!((31.0 + 46.0 / 60.0..=32.0 + 9.0 / 60.0).contains(&lat), "{lat}");
    }
}

#[test]
fn grids_tile_the_district_exactly() {
    let district = &CITY.district;
    assert_eq!(district.grids.len(), BASIC_GRIDS + SPECIAL_GRIDS);
    assert_eq!(district.grids.iter().filter(|grid| grid.special.is_some()).count(), SPECIAL_GRIDS);
    // No directed edge twice: no overlap along an edge. Every inner edge in both directions: no gap.
    let mut edges = BTreeSet::new();
    for grid in &district.grids {
        let ring: Vec<[i64; 2]> = district.plan.closed(&grid.ring).into_iter().map(Point::to_e7).collect();
        for edge in ring.windows(2) {
            assert_ne!(edge[0], edge[1], "an edge of no length in {}", grid.code);
            assert!(edges.insert((edge[0], edge[1])), "two grids lie on one side of an edge of {}", grid.code);
        }
    }
    let outer = edges.iter().filter(|&&(from, to)| !edges.contains(&(to, from))).count();
    let rings = district.outer_rings(|_| true);
    assert_eq!(outer, rings.iter().map(|ring| ring.len() - 1).sum::<usize>());
    let whole: f64 = rings.iter().map(|ring| exact_area(ring)).sum::<i128>() as f64;
    let parts: f64 = district.grids.iter().map(|grid| exact_area(&district.plan.closed(&grid.ring))).sum::<i128>() as f64;
    assert_eq!(whole, parts);
    let towns: i128 = (0..22).flat_map(|town| district.town_rings(town)).map(|ring| exact_area(&ring)).sum();
    assert_eq!(towns as f64, whole);
}

/// Twice the area in whole square units of 1e-7 degrees: no rounding.
fn exact_area(ring: &[Point]) -> i128 {
    let ring: Vec<[i64; 2]> = ring.iter().map(|point| point.to_e7()).collect();
    ring.windows(2)
        .map(|edge| i128::from(edge[0][0]) * i128::from(edge[1][1]) - i128::from(edge[1][0]) * i128::from(edge[0][1]))
        .sum()
}

#[test]
fn grids_are_simple_rings() {
    let district = &CITY.district;
    for grid in &district.grids {
        let ring = district.plan.closed(&grid.ring);
        assert!(exact_area(&ring) > 0, "{} is not counter-clockwise", grid.code);
        let count = ring.len() - 1;
        for i in 0..count {
            for j in i + 2..count {
                let neighbours = i == 0 && j == count - 1;
                let crossed = crossing(ring[i], ring[i + 1], ring[j], ring[j + 1]);
                assert!(neighbours || crossed.is_none(), "{} crosses itself", grid.code);
            }
        }
    }
}

#[test]
fn codes_are_a_tree_numbered_from_the_north_west() {
    let city = &*CITY;
    let mut seen = BTreeSet::new();
    let mut last: BTreeMap<String, (u32, (i64, i64))> = BTreeMap::new();
    let mut order: Vec<_> = city.district.grids.iter().collect();
    order.sort_by(|l, r| l.code.cmp(&r.code));
    for grid in order {
        let code: AreaCode = grid.code.parse().unwrap();
        assert_eq!(code.level(), AreaLevel::Grid);
        assert!(seen.insert(code), "{code} twice");
        let unit = &city.facts.units[usize::from(grid.town)];
        assert_eq!(code.ancestor(AreaLevel::Town).unwrap().to_string(), unit.code);
        let village = &city.district.villages[grid.village as usize].code;
        assert_eq!(code.ancestor(AreaLevel::Village).unwrap().to_string(), *village);
        let here = (grid.code[12..].parse().unwrap(), reading_order(grid.middle, 600.0));
        if let Some(before) = last.insert(village.clone(), here) {
            assert!(before.0 + 1 == here.0 && before.1 <= here.1, "{code} is out of order");
        } else {
            assert_eq!(here.0, 1, "{village} begins with {code}");
        }
    }
}

#[test]
fn streets_are_one_graph() {
    let streets = &CITY.streets;
    let mut sets = Sets::new(streets.nodes.len());
    for street in &streets.streets {
        assert_eq!(street.line[0], streets.nodes[street.from]);
        assert_eq!(street.line[street.line.len() - 1], streets.nodes[street.to]);
        sets.join(street.from, street.to);
    }
    let root = sets.root(streets.streets[0].from);
    for street in &streets.streets {
        assert_eq!(sets.root(street.from), root, "a street nobody can reach");
    }
    // Nothing but the ferry leads to the island.
    let ferries: Vec<_> = streets.streets.iter().filter(|street| street.name.as_deref() == Some("海永汽渡")).collect();
    assert_eq!(ferries.len(), 1);
    let mut without = Sets::new(streets.nodes.len());
    for street in streets.streets.iter().filter(|street| street.name.as_deref() != Some("海永汽渡")) {
        without.join(street.from, street.to);
    }
    assert_ne!(without.root(ferries[0].from), without.root(ferries[0].to));
    assert!(streets.bridges.len() > 40 && streets.streets.iter().filter(|street| street.bridge).count() < 900);
}

#[test]
fn every_street_can_be_driven_to_and_from_although_some_are_one_way() {
    let streets = &CITY.streets;
    let one_way = streets.streets.iter().filter(|street| street.oneway).count();
    let core =
        |block: &usize| matches!(CITY.district.blocks[*block].land_use, LandUse::OldTown | LandUse::Centre | LandUse::Estates);
    let inner = streets.streets.iter().filter(|street| street.blocks.iter().flatten().any(core)).count();
    assert!((inner / 20..inner / 5).contains(&one_way), "{one_way} one-way streets of {inner} in the main city");
    // Whole streets: nearly every one-way piece goes on as one at an end, and in the same direction.
    let pieces: Vec<_> = streets.streets.iter().filter(|street| street.oneway).collect();
    let lone = pieces.iter().filter(|street| !pieces.iter().any(|next| next.from == street.to || next.to == street.from)).count();
    assert!(lone * 5 < one_way, "{lone} of {one_way} one-way pieces stand alone");
    let part = streets.strong_parts();
    let first = part[streets.streets[0].from];
    for street in &streets.streets {
        assert_eq!([part[street.from], part[street.to]], [first; 2], "no way there or no way back");
    }
    // The judge itself: of a chain of two nodes joined one way, each is a part of its own.
    let pair = crate::streets::Streets {
        nodes: vec![Point::new(0.0, 0.0), Point::new(9.0, 0.0)],
        streets: vec![crate::streets::Street { from: 0, to: 1, oneway: true, ..streets.streets[0].clone() }],
        bridges: Vec::new(),
    };
    let part = pair.strong_parts();
    assert_ne!(part[0], part[1]);
}

#[test]
fn streets_and_lanes_bend() {
    // A street is an edge of the plan, so a bend is a node where two streets of a class meet at a slight angle.
    let streets = &CITY.streets;
    let at = streets.at_nodes();
    let bend = |node: usize| match at[node][..] {
        [one, other] => {
            let away = |number: usize| (streets.nodes[streets.streets[number].far_from(node)] - streets.nodes[node]).unit();
            let straight = -away(one).dot(away(other));
            (0.7..0.9995).contains(&straight)
        }
        _ => false,
    };
    let bends = (0..at.len()).filter(|&node| bend(node)).count();
    assert!(bends > 2_000, "{bends} bends");
}

#[test]
fn gas_falls_from_class_to_class_on_its_way_to_every_customer() {
    let gas = &CITY.gas;
    let used: BTreeSet<Pressure> = gas.pipes.iter().map(|pipe| pipe.pressure).collect();
    assert_eq!(used.len(), 7, "classes in use: {used:?}");
    let mut at = vec![Vec::new(); gas.nodes.len()];
    for (number, pipe) in gas.pipes.iter().enumerate() {
        at[pipe.from].push(number);
        at[pipe.to].push(number);
    }
    let regulators: BTreeMap<usize, _> = gas.regulators.iter().map(|regulator| (regulator.node, regulator)).collect();
    assert!(regulators.values().all(|regulator| regulator.inlet < regulator.outlet), "a regulator lowers the pressure");
    // From the gate on, only within a class, or through a regulator from its inlet to its outlet.
    let mut reached = BTreeSet::from([(gas.gate, Pressure::HighA)]);
    let mut waiting = vec![(gas.gate, Pressure::HighA)];
    while let Some((node, class)) = waiting.pop() {
        let outlet = regulators.get(&node).filter(|regulator| regulator.inlet == class).map(|regulator| regulator.outlet);
        let along = at[node].iter().map(|&number| &gas.pipes[number]).filter(|pipe| pipe.pressure == class);
        let next = along.map(|pipe| (pipe.from + pipe.to - node, class)).chain(outlet.map(|outlet| (node, outlet)));
        for state in next {
            if reached.insert(state) {
                waiting.push(state);
            }
        }
    }
    let nodes: BTreeSet<usize> = reached.iter().map(|&(node, _)| node).collect();
    assert!(gas.customers.iter().all(|customer| nodes.contains(&customer.node)), "a customer above the pressure that reaches it");
    for pipe in &gas.pipes {
        assert!(reached.contains(&(pipe.from, pipe.pressure)), "a {:?} pipe that nothing feeds", pipe.pressure);
    }
    // Rings: in a town's medium pressure there are more pipes than a tree has.
    let medium: Vec<_> = gas.pipes.iter().filter(|pipe| pipe.pressure == Pressure::MediumA).collect();
    let ends: BTreeSet<usize> = medium.iter().flat_map(|pipe| [pipe.from, pipe.to]).collect();
    assert!(medium.len() > ends.len() + 20, "{} pipes between {} nodes", medium.len(), ends.len());
    // A crew can shut off every stretch of transmission main: valves at its ends and along it.
    let mains: f64 = gas.pipes.iter().filter(|pipe| pipe.pressure < Pressure::MediumA).map(|pipe| length_m(&pipe.line)).sum();
    let valved: BTreeSet<usize> = gas.valves.iter().map(|valve| valve.node).collect();
    let on_mains = gas.pipes.iter().filter(|pipe| pipe.pressure < Pressure::MediumA).flat_map(|pipe| [pipe.from, pipe.to]);
    let valves = on_mains.filter(|node| valved.contains(node)).collect::<BTreeSet<_>>().len();
    assert!(valves as f64 * 3_500.0 > mains, "{valves} valves on {mains} m of transmission main");
}

#[test]
fn villages_are_rows_of_houses() {
    // The countryside's houses have a neighbour whose corner is within 45 m of theirs, nearly all: rows, not scattered houses.
    let houses: Vec<&[Point]> =
        CITY.filled.buildings.iter().filter(|building| building.rural).map(|building| &building.ring[1..]).collect();
    let cell = |point: &Point| ((point.x / 45.0).floor() as i64, (point.y / 45.0).floor() as i64);
    let mut near: BTreeMap<(i64, i64), Vec<(usize, Point)>> = BTreeMap::new();
    for (number, corners) in houses.iter().enumerate() {
        corners.iter().for_each(|corner| near.entry(cell(corner)).or_default().push((number, *corner)));
    }
    let beside = |number: usize, corner: &Point| {
        let (x, y) = cell(corner);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        around.filter_map(|cell| near.get(&cell)).flatten().any(|(other, at)| *other != number && (*at - *corner).length() < 45.0)
    };
    let alone =
        houses.iter().enumerate().filter(|(number, corners)| !corners.iter().any(|corner| beside(*number, corner))).count();
    assert!(houses.len() > 3_000 && alone * 50 < houses.len(), "{alone} of {} houses stand alone", houses.len());
    // And they stand along the lanes everywhere: of the rural blocks most of a whole city's have some.
    let city = City::make(Recipe { scale: 1.0, ..RECIPE }, &mut |_| ()).unwrap();
    let built: BTreeSet<usize> =
        city.filled.buildings.iter().filter(|building| building.rural).map(|building| building.block).collect();
    let rural = city.district.blocks.iter().filter(|block| block.land_use == LandUse::Rural).count();
    assert!(built.len() * 20 > rural * 11, "{} of {rural} blocks of the countryside have houses", built.len());
}

#[test]
fn every_customer_reaches_the_gate_station() {
    let gas = &CITY.gas;
    let mut sets = Sets::new(gas.nodes.len());
    for pipe in &gas.pipes {
        assert_eq!((pipe.line[0], pipe.line[pipe.line.len() - 1]), (gas.nodes[pipe.from], gas.nodes[pipe.to]));
        sets.join(pipe.from, pipe.to);
    }
    let gate = sets.root(gas.gate);
    assert!(gas.customers.len() > 5_000, "{}", gas.customers.len());
    for customer in &gas.customers {
        assert_eq!(sets.root(customer.node), gate);
    }
    for node in gas.valves.iter().map(|valve| valve.node).chain(gas.regulators.iter().map(|regulator| regulator.node)) {
        assert_eq!(sets.root(node), gate);
    }
}

#[test]
fn pressure_classes_meet_only_in_regulators() {
    let gas = &CITY.gas;
    let mut classes = vec![BTreeSet::new(); gas.nodes.len()];
    for pipe in &gas.pipes {
        classes[pipe.from].insert(pipe.pressure);
        classes[pipe.to].insert(pipe.pressure);
    }
    let regulators: BTreeMap<usize, _> = gas.regulators.iter().map(|regulator| (regulator.node, regulator)).collect();
    assert_eq!(regulators.len(), gas.regulators.len(), "two regulators share a node");
    for (node, classes) in classes.iter().enumerate().filter(|(_, classes)| classes.len() > 1) {
        let regulator = regulators.get(&node).unwrap_or_else(|| panic!("node {node} joins {classes:?} without a regulator"));
        assert_eq!(*classes, BTreeSet::from([regulator.inlet, regulator.outlet]), "node {node}");
    }
    // Without its regulators a customer of low pressure is cut off: no class leaks into another elsewhere.
    let mut sets = Sets::new(gas.nodes.len());
    for pipe in gas.pipes.iter().filter(|pipe| !regulators.contains_key(&pipe.from) && !regulators.contains_key(&pipe.to)) {
        sets.join(pipe.from, pipe.to);
    }
    let gate = sets.root(gas.gate);
    assert!(gas.customers.iter().all(|customer| sets.root(customer.node) != gate));
}

#[test]
fn lengths_are_geodesic_within_two_parts_in_ten_thousand() {
    let geodesic = Geodesic::wgs84();
    for pipe in CITY.gas.pipes.iter().step_by(17) {
        let truth: f64 = pipe
            .line
            .windows(2)
            .map(|pair| {
                let ([lon, lat], [to_lon, to_lat]) = (degrees(pair[0]), degrees(pair[1]));
                let metres: f64 = geodesic.inverse(lat, lon, to_lat, to_lon);
                metres
            })
            .sum();
        let length = length_m(&pipe.line);
        assert!((length - truth).abs() <= truth * 2e-4 + 1e-3, "{length} m for {truth} m");
    }
}

#[test]
fn buildings_stand_clear_of_each_other_of_roads_and_of_water() {
    let city = &*CITY;
    let cell = |point: Point| ((point.x / 200.0).floor() as i64, (point.y / 200.0).floor() as i64);
    let mut near: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (number, building) in city.filled.buildings.iter().enumerate() {
        let cells: BTreeSet<_> = building.ring.iter().map(|&corner| cell(corner)).collect();
        cells.into_iter().for_each(|cell| near.entry(cell).or_default().push(number));
    }
    for (number, building) in city.filled.buildings.iter().enumerate() {
        for other in building.ring.iter().flat_map(|&corner| &near[&cell(corner)]).filter(|&&other| other > number) {
            assert!(!meet(&building.ring, &city.filled.buildings[*other].ring), "buildings {number} and {other} overlap");
        }
    }
    for street in city.streets.streets.iter().filter(|street| street.line.len() == 2) {
        let (a, b) = (street.line[0], street.line[1]);
        let pieces = ((b - a).length() / 60.0).ceil() as usize;
        let around: BTreeSet<_> = (0..=pieces).map(|piece| cell(a.lerp(b, piece as f64 / pieces as f64))).collect();
        for number in around.iter().filter_map(|cell| near.get(cell)).flatten() {
            let ring = &city.filled.buildings[*number].ring;
            let gap = ring.iter().map(|&corner| distance_to_segment(corner, a, b)).fold(f64::MAX, f64::min);
            assert!(
                gap > street.class.width_m() / 2.0,
                "building {number} stands {gap} m from the middle of a {:?}",
                street.class
            );
        }
    }
    for water in &city.waters {
        for building in &city.filled.buildings {
            assert!(!meet(&building.ring, &water.ring), "a building in {}", water.name);
        }
    }
}

#[test]
fn every_station_lies_in_its_own_grid_and_no_other() {
    let city = &*CITY;
    let stations = street_things::stations(city);
    assert_eq!(stations.len(), 1_058);
    let rings: Vec<Vec<Point>> = city.district.grids.iter().map(|grid| city.district.plan.closed(&grid.ring)).collect();
    for station in &stations {
        let homes: Vec<usize> = (0..rings.len()).filter(|&grid| contains(&rings[grid], station.at)).collect();
        assert_eq!(homes, [station.grid]);
    }
}

#[test]
fn counts_follow_the_scale() {
    let city = &*CITY;
    let near = |count: usize, wanted: f64| assert!((count as f64 / wanted - 1.0).abs() < 0.05, "{count} for {wanted}");
    near(city.filled.buildings.len(), 60_000.0 * RECIPE.scale);
    near(street_things::components(city).len(), 200_000.0 * RECIPE.scale);
    near(street_things::sensors(city).len(), 10_000.0 * RECIPE.scale);
    near(street_things::cameras(city).len(), 4_000.0 * RECIPE.scale);
    for scale in [0.0, -1.0, f64::NAN, 60.0] {
        assert!(matches!(City::make(Recipe { seed: 1, scale }, &mut |_| ()), Err(Error::Scale { .. })), "{scale}");
    }
}

#[test]
fn bearings_point_along_their_streets() {
    for step in 0..3600 {
        let angle = f64::from(step) / 10.0;
        let (sin, cos) = angle.to_radians().sin_cos();
        let bearing = street_things::bearing_deg(Point::new(sin, cos)) as f64;
        let off = (bearing - angle).rem_euclid(360.0);
        assert!(off.min(360.0 - off) < 0.9, "{bearing} for {angle}");
    }
}

#[test]
fn the_same_recipe_writes_the_same_bytes() {
    let recipe = Recipe { seed: 5, scale: 0.05 };
    let write = |recipe: &Recipe| {
        let folder = tempfile::tempdir().unwrap();
        let mut stages = 0;
        let files = write_city(recipe, folder.path(), &mut |progress| {
            assert_eq!(progress.done, stages);
            stages += 1;
        });
        let files = files.unwrap();
        assert_eq!(stages, 4 + files.len());
        let bytes = |file: &crate::LayerFile| {
            (file.layer.clone(), std::fs::read(&file.path).unwrap(), std::fs::read(&file.metadata).unwrap())
        };
        files.iter().map(bytes).collect::<Vec<_>>()
    };
    let first = write(&recipe);
    assert_eq!(first, write(&recipe));
    assert_ne!(first, write(&Recipe { seed: 6, ..recipe }));
    // Bytes that another machine must give too: a digest of all of them, by FNV-1a.
    let digest = first.iter().flat_map(|(_, bytes, metadata)| bytes.iter().chain(metadata));
    let digest = digest.fold(0xcbf2_9ce4_8422_2325u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    assert_eq!(
        format!("{digest:016x}"),
        include_str!("tests/digest.txt").trim(),
        "a change of the recipe changes this on purpose"
    );
}

#[test]
fn files_hold_what_they_promise() {
    let folder = tempfile::tempdir().unwrap();
    let plan = crate::DemoPlan::haimen().unwrap();
    let files = write_city(&Recipe { seed: 3, scale: 0.02 }, folder.path(), &mut |_| ()).unwrap();
    assert!(plan.recipe);
    let planned: Vec<_> = plan.layers.iter().map(|layer| (layer.name.to_string(), layer.kind.to_string())).collect();
    assert_eq!(planned, files.iter().map(|file| (file.layer.clone(), file.kind.clone())).collect::<Vec<_>>());
    for (file, layer) in files.iter().zip(&plan.layers) {
        assert_eq!(folder.path().join(&layer.file), file.path);
        assert_eq!(folder.path().join(layer.metadata_file.as_ref().unwrap()), file.metadata);
        let metadata: toml::Table = toml::from_str(&std::fs::read_to_string(&file.metadata).unwrap()).unwrap();
        assert!(metadata["title"].as_str().unwrap().ends_with("（模拟数据）") && metadata["simulated"].as_bool().unwrap());
        let text = std::fs::read_to_string(&file.path).unwrap();
        assert_eq!(text.lines().count() as u64, file.features);
        assert!(file.features > 0, "{} is empty", file.layer);
        let mut columns = None;
        for (at, line) in text.lines().enumerate() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let properties = row["properties"].as_object().unwrap();
            assert_eq!(properties["source_id"], (at + 1).to_string());
            let names: Vec<String> = properties.keys().cloned().collect();
            assert_eq!(*columns.get_or_insert_with(|| names.clone()), names, "{} line {}", file.layer, at + 1);
            if file.layer == "components" {
                let code: ComponentCode = properties["code"].as_str().unwrap().parse().unwrap();
                assert_eq!(code.class().to_string(), properties["class"]);
            }
        }
    }
}

#[test]
fn shipped_plans_name_files_that_the_repository_has() {
    let plans = [
        ("helsinki", crate::DemoPlan::helsinki(), "OpenStreetMap"),
        ("schutterwald", crate::DemoPlan::schutterwald(), "pandapipes"),
    ];
    for (name, plan, owner) in plans {
        let plan = plan.unwrap();
        assert!(!plan.recipe);
        let written = tempfile::tempdir().unwrap();
        crate::write_shipped_files(&plan, written.path()).unwrap();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        for layer in &plan.layers {
            let [here, there] = [&folder, written.path()].map(|folder| std::fs::read(folder.join(&layer.file)).unwrap());
            assert!(here == there, "{}", layer.file.display());
            let metadata = layer.metadata.clone().unwrap();
            assert!(metadata.licence.contains(owner), "{}", layer.name);
        }
    }
}

#[test]
fn broken_plans_name_the_layer() {
    let plan =
        |layer: &str| crate::DemoPlan::parse(&format!("title = \"a\"\ntitle_en = \"a\"\n[[layers]]\nfile = \"x\"\n{layer}"));
    let said = |layer: &str| plan(layer).unwrap_err().to_string();
    assert!(
        said("name = \"A b\"\nkind = \"road\"").contains("layer 1") && said("name = \"a\"\nkind = \"tree\"").contains("kind")
    );
    assert!(said("name = \"a\"\nkind = \"road\"\n[layers.metadata]\nvertical_datum = \"sea\"").contains("vertical datum"));
    assert!(plan("name = \"a\"\nkind = \"road\"\ncolour = 1").is_err(), "an unknown key is a mistake");
    assert_eq!(plan("name = \"a\"\nkind = \"road\"").unwrap().layers.len(), 1);
}

#[test]
fn every_grid_is_divided_into_blocks() {
    let district = &CITY.district;
    let filled: BTreeSet<u32> = district.blocks.iter().map(|block| block.grid).collect();
    assert_eq!(filled.len(), district.grids.len());
}

#[test]
fn code_tables_hold_codes_with_a_source() {
    let rows = |text: &'static str| text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let mut units = 0;
    for row in rows(include_str!("../codes/divisions.csv")) {
        let code: AreaCode = row[0].parse().unwrap();
        assert!(!row[6].is_empty() && !row[7].is_empty(), "{code} has no source");
        if row[5].is_empty() {
            units += usize::from(code.level() == AreaLevel::Town);
        } else {
            assert_eq!(code.canonical().to_string(), row[5]);
        }
    }
    assert_eq!(units, 22);
    let classes: BTreeMap<_, _> = rows(include_str!("../codes/component_classes.csv")).map(|row| (row[0], row[1])).collect();
    assert_eq!(classes.len(), 48);
    for component in street_things::components(&CITY) {
        assert_eq!(classes.get(component.class), Some(&component.name));
    }
    let events: Vec<_> = rows(include_str!("../codes/event_classes.csv")).collect();
    assert_eq!(events.len(), 15);
    for row in events {
        row[0].parse::<urbis_model::EventClass>().unwrap();
        assert!(!["0407", "0412", "0413", "0502"].contains(&row[0]), "{} is about people", row[0]);
    }
}
