//! The layers of the synthetic district: columns, titles, and how each is written.

use crate::district::Special;
use crate::plane::{Point, length_m};
use crate::recipe::{City, Error, LayerFile};
use crate::street_things;
use crate::write::{Attribute, LayerWriter, Shape};
use Attribute::{Bool, Float, Int, Null, Text};
use std::path::Path;

/// A layer: its name, kind, titles, what is to be said of its quality, and what writes its features.
pub(crate) struct Layer {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    title: &'static str,
    title_en: &'static str,
    quality: &'static str,
    features: fn(&City, &mut LayerWriter) -> Result<(), Error>,
}

const fn layer(
    name: &'static str,
    kind: &'static str,
    title: &'static str,
    title_en: &'static str,
    quality: &'static str,
    features: fn(&City, &mut LayerWriter) -> Result<(), Error>,
) -> Layer {
    Layer { name, kind, title, title_en, quality, features }
}

/// Every layer, in the order of import.
pub(crate) const LAYERS: &[Layer] = &[
    layer("towns", "town", "镇街", "Towns", "名称与代码为真实统计单元，边界为示意", towns),
    layer("grids", "grid", "网格", "Governance grids", "数量与编码规则真实，边界为模拟", grids),
    layer("water", "water", "水系", "Water", "三横七竖，走向为示意", water),
    layer("green", "green", "绿地与农田", "Green land", "模拟", green),
    layer("roads", "road", "道路", "Roads", "连通路网，模拟", roads),
    layer("buildings", "building", "建筑", "Buildings", "模拟；主城区高度标为实测，其余为估算", buildings),
    layer("gas_pipe", "gas_pipe", "燃气管线", "Gas pipes", "连通管网，模拟；长度与椭球面测地长度相差不超过万分之二", gas_pipe),
    layer("valves", "valve", "燃气阀门", "Gas valves", "模拟", valves),
    layer("regulators", "regulator", "燃气调压设施", "Gas regulators", "模拟", regulators),
    layer("gas_customers", "gas_customer", "燃气用户", "Gas customers", "按建筑计表数，不含任何个人信息，模拟", gas_customers),
    layer("stations", "station", "网格服务驿站", "Grid service stations", "数量真实，位置为模拟", stations),
    layer("sensors", "sensor", "感知设备", "Sensors", "模拟", sensors),
    layer("cameras", "camera", "视频点位", "Cameras", "仅点位与视角，模拟", cameras),
    layer("components", "component", "城市部件", "City components", "十六位编码，模拟", components),
    layer("places", "place", "地名", "Places", "镇街名称真实，村名与位置为模拟", places),
];

/// Writes a layer's features and its metadata.
pub(crate) fn write(layer: &Layer, city: &City, folder: &Path) -> Result<LayerFile, Error> {
    let mut writer = LayerWriter::create(folder, layer.name)?;
    (layer.features)(city, &mut writer)?;
    let (path, features) = writer.finish()?;
    let metadata = folder.join(format!("{}.toml", layer.name));
    let text = format!(
        "title = \"{}（模拟数据）\"\ntitle_en = \"{} (simulated)\"\nsource = \"urbis 合成数据配方，种子 {}，比例 {}\"\ndate = \"2022-12-31\"\n\
         licence = \"Apache-2.0\"\nvertical_datum = \"废黄河\"\nquality = \"{}\"\nsimulated = true\n",
        layer.title, layer.title_en, city.recipe.seed, city.recipe.scale, layer.quality
    );
    std::fs::write(&metadata, text).map_err(|source| Error::Write { path: metadata.clone(), source })?;
    Ok(LayerFile { layer: layer.name.to_owned(), kind: layer.kind.to_owned(), path, metadata, features })
}

fn text(value: &Option<String>) -> Attribute<'_> {
    value.as_deref().map_or(Null, Text)
}

fn towns(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for (number, unit) in city.facts.units.iter().enumerate() {
        for ring in city.district.town_rings(number as u16) {
            out.feature(
                Shape::Polygon(&ring),
                &[("name", Text(&unit.name)), ("name_en", Text(&unit.name_en)), ("code", Text(&unit.code))],
            )?;
        }
    }
    Ok(())
}

fn grids(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for grid in &city.district.grids {
        let village = &city.district.villages[grid.village as usize];
        let (category, suffix) = match grid.special {
            None => ("basic", "网格"),
            Some(Special::Firm) => ("special", "企业专属网格"),
            Some(Special::Market) => ("special", "市场专属网格"),
            Some(Special::School) => ("special", "学校专属网格"),
            Some(Special::Park) => ("special", "公园专属网格"),
        };
        let order: u32 = grid.code[12..].parse().unwrap_or(0);
        let name = format!("{}第{order}{suffix}", village.name);
        let unit = &city.facts.units[usize::from(grid.town)];
        // 300 households make a basic grid in town, 200 to 300 in the country; special grids have none.
        let spread = (grid.middle.x.abs() * 7.0 + grid.middle.y.abs() * 3.0) as i64 % 100;
        let households = match (grid.special, grid.land_use.urban()) {
            (Some(_), _) => 0,
            (None, true) => 270 + spread * 60 / 100,
            (None, false) => 200 + spread,
        };
        out.feature(
            Shape::Polygon(&city.district.plan.closed(&grid.ring)),
            &[
                ("code", Text(&grid.code)),
                ("name", Text(&name)),
                ("category", Text(category)),
                ("town_code", Text(&unit.code)),
                ("village_code", Text(&village.code)),
                ("households", Int(households)),
            ],
        )?;
    }
    Ok(())
}

fn water(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for water in &city.waters {
        let attributes = [("name", Text(&water.name)), ("class", Text(&water.class))];
        out.feature(Shape::Polygon(&water.ring), &attributes)?;
        if water.middle.len() > 1 {
            out.feature(Shape::Line(&water.middle), &attributes)?;
        }
    }
    for ditch in &city.filled.ditches {
        out.feature(Shape::Line(ditch), &[("name", Null), ("class", Text("stream"))])?;
    }
    Ok(())
}

fn green(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for green in &city.filled.greens {
        out.feature(Shape::Polygon(&green.ring), &[("name", text(&green.name)), ("class", Text(green.class))])?;
    }
    Ok(())
}

fn roads(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for street in &city.streets.streets {
        out.feature(
            Shape::Line(&street.line),
            &[
                ("name", text(&street.name)),
                ("class", Text(street.class.name())),
                ("width_m", Float(street.class.width_m())),
                ("from_node", Int(street.from as i64 + 1)),
                ("to_node", Int(street.to as i64 + 1)),
                ("oneway", Bool(street.oneway)),
                ("bridge", Bool(street.bridge)),
            ],
        )?;
    }
    Ok(())
}

fn buildings(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for building in &city.filled.buildings {
        let block = &city.district.blocks[building.block];
        let grid = &city.district.grids[block.grid as usize];
        let unit = &city.facts.units[usize::from(grid.town)];
        out.feature(
            Shape::Polygon(&building.ring),
            &[
                ("name", text(&building.name)),
                ("use", Text(building.land_use)),
                ("levels", Int(building.levels)),
                ("height_m", Float(building.height_m)),
                // Where the body begins above ground; the ground itself is another column, above 废黄河 datum.
                ("base_height_m", Float(0.0)),
                ("ground_elevation_m", Float(ground_elevation_m(building.ring[0]))),
                ("height_source", Text(if building.measured { "measured" } else { "estimated" })),
                ("year_built", Int(building.year_built)),
                ("town_code", Text(&unit.code)),
            ],
        )?;
    }
    Ok(())
}

/// The ground above 废黄河 datum: 5.2 m in the north-west falls to 2.5 m in the south-east, as published.
fn ground_elevation_m(at: Point) -> f64 {
    (3.85 - at.x / 22_000.0 * 0.9 + at.y / 20_000.0 * 0.35).clamp(2.5, 5.2)
}

fn gas_pipe(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for pipe in &city.gas.pipes {
        out.feature(
            Shape::Line(&pipe.line),
            &[
                ("pressure_class", Text(pipe.pressure.name())),
                ("diameter_mm", Int(pipe.diameter_mm)),
                ("material", Text(if pipe.steel { "steel" } else { "PE" })),
                ("year_laid", Int(pipe.year_laid)),
                ("depth_m", Float(pipe.depth_m)),
                ("from_node", Int(pipe.from as i64 + 1)),
                ("to_node", Int(pipe.to as i64 + 1)),
                ("length_m", Float(length_m(&pipe.line))),
            ],
        )?;
    }
    Ok(())
}

fn valves(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for (number, valve) in city.gas.valves.iter().enumerate() {
        let code = format!("HMF{:05}", number + 1);
        out.feature(
            Shape::Point(valve.at),
            &[
                ("code", Text(&code)),
                ("status", Text(if valve.open { "open" } else { "closed" })),
                ("diameter_mm", Int(valve.diameter_mm)),
                ("node", Int(valve.node as i64 + 1)),
            ],
        )?;
    }
    Ok(())
}

fn regulators(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    let gate = city.gas.gate;
    out.feature(
        Shape::Point(city.gas.nodes[gate]),
        &[
            ("code", Text("HMT00000")),
            ("name", Text("海门港新区门站")),
            ("inlet_class", Null),
            ("outlet_class", Text("high_a")),
            ("node", Int(gate as i64 + 1)),
        ],
    )?;
    for (number, regulator) in city.gas.regulators.iter().enumerate() {
        let code = format!("HMT{:05}", number + 1);
        out.feature(
            Shape::Point(regulator.at),
            &[
                ("code", Text(&code)),
                ("name", Text(&regulator.name)),
                ("inlet_class", Text(regulator.inlet.name())),
                ("outlet_class", Text(regulator.outlet.name())),
                ("node", Int(regulator.node as i64 + 1)),
            ],
        )?;
    }
    Ok(())
}

fn gas_customers(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for customer in &city.gas.customers {
        out.feature(
            Shape::Point(customer.at),
            &[("class", Text(customer.class)), ("meters", Int(customer.meters)), ("node", Int(customer.node as i64 + 1))],
        )?;
    }
    Ok(())
}

fn stations(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for (number, station) in street_things::stations(city).iter().enumerate() {
        let grid = &city.district.grids[station.grid];
        let name = format!("{}网格服务驿站", city.district.villages[grid.village as usize].name);
        let code = format!("HMYZ{:04}", number + 1);
        out.feature(
            Shape::Point(station.at),
            &[
                ("name", Text(&name)),
                ("code", Text(&code)),
                ("grid_code", Text(&grid.code)),
                ("hours", Text(if station.whole_day { "00:00-24:00" } else { "08:00-20:00" })),
                ("equipment", Text("急救箱;充电;饮水;自动体外除颤器")),
            ],
        )?;
    }
    Ok(())
}

fn sensors(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for (number, sensor) in street_things::sensors(city).iter().enumerate() {
        let code = format!("HMS{:06}", number + 1);
        out.feature(
            Shape::Point(sensor.at),
            &[
                ("code", Text(&code)),
                ("class", Text(sensor.class)),
                ("unit", Text(sensor.unit)),
                ("interval_s", Int(sensor.interval_s)),
                ("name", Text(sensor.name)),
            ],
        )?;
    }
    Ok(())
}

fn cameras(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    for (number, camera) in street_things::cameras(city).iter().enumerate() {
        // GB/T 28181: centre (8), industry (2), type 131 camera, network 0, sequence (6).
        let code = format!("32061400001310{:06}", number + 1);
        out.feature(
            Shape::Point(camera.at),
            &[
                ("code", Text(&code)),
                ("bearing_deg", Int(camera.bearing_deg)),
                ("fov_deg", Int(camera.fov_deg)),
                ("range_m", Int(camera.range_m)),
            ],
        )?;
    }
    Ok(())
}

fn components(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    let mut numbers = std::collections::BTreeMap::new();
    for component in street_things::components(city) {
        let number = numbers.entry(component.class).or_insert(0u32);
        *number += 1;
        let code = format!("320614{}{number:06}", component.class);
        out.feature(
            Shape::Point(component.at),
            &[("code", Text(&code)), ("class", Text(component.class)), ("name", Text(component.name))],
        )?;
    }
    Ok(())
}

fn places(city: &City, out: &mut LayerWriter) -> Result<(), Error> {
    let mut place = |at: Point, name: &str, name_en: &str, class: &str| {
        out.feature(Shape::Point(at), &[("name", Text(name)), ("name_en", Text(name_en)), ("class", Text(class))])
    };
    place(Point::from_degrees([121.17, 31.90]), "海门区", "Haimen District", "city")?;
    for unit in &city.facts.units {
        place(unit.middle(), &unit.name, &unit.name_en, "town")?;
    }
    for village in &city.district.villages {
        place(village.middle, &village.name, &village.name_en, "village")?;
    }
    for zone in &city.facts.zones {
        place(zone.middle(), &zone.name, "", "poi")?;
    }
    let mut last = None;
    for building in &city.filled.buildings {
        let notable = matches!(building.land_use, "school" | "hospital");
        if let Some(name) = building.name.as_ref().filter(|_| notable && last != Some(building.block)) {
            place(building.ring[0], name, if building.land_use == "school" { "School" } else { "Hospital" }, "poi")?;
            last = Some(building.block);
        }
    }
    Ok(())
}
