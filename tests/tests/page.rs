//! The planner's page as a person uses it, in a real Chromium. Screenshots stay in `tests/artefacts/` for a person to judge.

use serde_json::{Value, json};
use urbis_tests::{City, artefacts, fixture, helsinki, http::encode, oracle, tool};

#[test]
fn a_planner_loads_toggles_clicks_draws_downloads_and_switches_language() {
    let chromium = std::env::var("URBIS_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    if !tool(&chromium, "the page in a browser") {
        return;
    }
    let city = City::empty();
    let helsinki = helsinki();
    for (layer, kind) in [("buildings", "building"), ("roads", "road"), ("water", "water")] {
        assert!(matches!(city.import(&helsinki, layer, &["--kind", kind]).code, Some(0 | 3)), "{layer}");
    }
    // Two more versions of the buildings: without the tall ones, and with them again.
    let low = city.folder().join("low.geojson");
    let low_only = ["query", "buildings", "--filter", "height_m < 18 OR height_m IS NULL", "--out"];
    city.urbis(&[&low_only[..], &[low.to_str().expect("UTF-8")]].concat()).expect_done();
    for file in [&low, &helsinki] {
        assert!(matches!(city.import(file, "buildings", &["--kind", "building"]).code, Some(0 | 3)), "{file:?}");
    }
    city.import(&fixture("bubenec.gpkg"), "plots", &["--source-layer", "plots"]).expect_done();
    // A hundred sensors over two kilometres: clusters from afar.
    let sensors = (0..100).map(|nth| format!("{},{}", 24.93 + f64::from(nth % 10) * 3e-3, 60.16 + f64::from(nth / 10) * 2e-3));
    let sensors = city.write("sensors.csv", format!("lon,lat\n{}\n", sensors.collect::<Vec<_>>().join("\n")));
    city.import(&sensors, "sensors", &["--kind", "sensor", "--crs", "EPSG:4490"]).expect_done();
    let server = city.serve();
    if !server.get("/").text().contains("assets/") {
        urbis_tests::skip("the page", "it is not built into this binary (./run test builds it)");
        return;
    }
    let arguments = [server.url("").into(), artefacts().into_os_string()];
    let arguments: Vec<_> = arguments.iter().map(std::ffi::OsString::as_os_str).collect();
    let Some(seen) = oracle::node("page", &arguments, &Value::Null) else { return };
    let steps = &seen["steps"];
    for (name, result) in steps.as_object().expect("steps") {
        assert!(result["failed"].is_null(), "{name}: {result}\n{seen:#}");
    }

    assert!(steps["load"]["drawn"].as_u64() > Some(50), "buildings are drawn: {}", steps["load"]);
    assert_eq!(steps["load"]["simulated"], 0, "real data must not be marked as simulated");
    assert_eq!(steps["toggle"]["off"], 0, "{}", steps["toggle"]);
    assert!(steps["toggle"]["on"].as_u64() > Some(0), "{}", steps["toggle"]);

    let id = steps["click"]["id"].as_u64().expect("an id");
    let card = steps["click"]["card"].as_str().expect("text");
    assert!(card.contains(&format!("buildings/{id}")), "the card shows the building that was clicked: {card}");

    // The count on screen is the answer to the outline that was drawn.
    let ring: Vec<String> = ring(&steps["draw"]["ring"]);
    let wkt = format!("POLYGON(({}))", ring.join(","));
    let asked = server.json(&format!("/collections/buildings/items?limit=1&intersects={}", encode(&wkt)));
    assert_eq!(steps["draw"]["count"], asked["numberMatched"], "{wkt}");
    assert!(steps["draw"]["count"].as_u64() > Some(0));
    assert_eq!(steps["download"], json!({ "csv": steps["draw"]["count"], "geojson": steps["draw"]["count"], "mark": 0xFEFF }));
    assert_eq!(steps["filter"], json!({ "status": 200, "count": steps["draw"]["count"] }));

    assert_eq!((&steps["language"]["before"]["lang"], &steps["language"]["after"]["lang"]), (&json!("zh-CN"), &json!("en")));
    assert!(steps["measure"].as_str().is_some_and(|text| text.ends_with('m')), "{}", steps["measure"]);
    for tool in ["measure", "query", "buffer"] {
        let crossing = &steps["crossing"][tool];
        assert!(crossing["drawn"].as_u64() > Some(0) && crossing["numbers"] == 0, "{tool}: {crossing}");
        assert!(crossing["words"].as_str().is_some_and(|words| words.contains("边界自相交")), "{tool}: {crossing}");
    }
    for refused in steps["distance"]["seen"].as_array().expect("refusals") {
        assert_eq!((&refused["answers"], &refused["outlines"]), (&json!(0), &json!(0)), "{refused}");
        assert!(refused["words"].as_str().is_some_and(|words| words.contains("50,000")), "{refused}");
    }
    let restored = &steps["restored"];
    assert_eq!(restored["query"]["count"], steps["draw"]["count"], "{restored}");
    assert!(restored["buffer"]["count"].as_u64() > Some(0), "{restored}");
    assert!(restored["query"]["rows"].as_u64() >= Some(4), "rows are seen on a small screen: {restored}");
    assert_eq!(restored["measure"], steps["measure"]);
    let absent = &steps["absent"];
    assert!(absent["words"].as_str().is_some_and(|words| words.contains("版本 2")), "{absent}");
    let name = absent["name"].as_str().expect("a name");
    assert!(["listed", "card"].iter().all(|text| absent[text].as_str().is_some_and(|text| text.contains(name))), "{absent}");
    let compared = server.json("/collections/buildings/changes?from=2&to=3&limit=1");
    assert_eq!(steps["compare"]["count"], compared["numberMatched"], "{}", steps["compare"]);
    assert_eq!(steps["compare"]["restored"], compared["numberMatched"], "{}", steps["compare"]);
    assert_eq!(steps["compare"]["added"], compared["counts"]["added"], "{}", steps["compare"]);
    assert!(compared["counts"]["added"].as_u64() > Some(0), "{compared}");
    assert!(steps["compare"]["drawn"].as_u64() > Some(0), "{}", steps["compare"]);
    assert!(steps["compare"]["unchanged"].as_u64() > Some(0), "what has not changed is dimmed, not hidden: {}", steps["compare"]);
    assert_eq!(steps["compare"]["hidden"], 0, "a class that was put away is not drawn: {}", steps["compare"]);
    let rest = "removed,taller,lower,moved,reshaped,attributes";
    let rest = server.json(&format!("/collections/buildings/changes?from=2&to=3&limit=1&class={rest}"));
    assert_eq!(steps["compare"]["left"], rest["numberMatched"], "nor counted: {}", steps["compare"]);
    let (before, after) = (&steps["cluster"]["before"], &steps["cluster"]["after"]);
    assert!(
        after["zoom"].as_f64() > before["zoom"].as_f64().map(|zoom| zoom + 1.9),
        "a click opens a cluster: {}",
        steps["cluster"]
    );
    assert!(after["points"].as_u64().unwrap_or(1) < before["points"].as_u64().expect("a cluster"), "{}", steps["cluster"]);
    assert!(steps["search"].as_u64() > Some(0), "{}", steps["search"]);
    for axis in 0..3 {
        let [one, other] = [0, 1].map(|view| steps["link"][view][axis].as_f64().expect("a number"));
        assert!((one - other).abs() < 0.01, "a link opens the same view: {}", steps["link"]);
    }
    // Without its server the picture is marked as old; when the server comes back, so do the tiles that failed meanwhile.
    let (lost, back) = (&steps["outage"]["lost"], &steps["outage"]["back"]);
    assert!(lost["stale"] == true && lost["banner"].as_str().is_some_and(|text| text.contains("已中断")), "{}", steps["outage"]);
    assert!(
        back["stale"] == false && back["drawn"].as_u64() > Some(0) && lost["missing"].as_u64() > Some(0),
        "{}",
        steps["outage"]
    );
    assert!(steps["privacy"].as_str().is_some_and(|text| text.len() > 200), "{}", steps["privacy"]);

    assert_eq!(seen["outside"], json!([]), "the page asks nobody else");
    assert_eq!(seen["failed"], json!([]), "no request fails");
    assert_eq!(seen["errors"], json!([]), "the console is clean");
}

fn ring(corners: &Value) -> Vec<String> {
    let mut ring: Vec<String> =
        corners.as_array().expect("corners").iter().map(|corner| format!("{} {}", corner[0], corner[1])).collect();
    ring.push(ring[0].clone());
    ring
}
