//! What is told of many numbers.

use urbis_model::Value;

/// The quantiles that are told, and the names of their columns.
pub const QUANTILES: [(&str, f64); 7] =
    [("min", 0.0), ("q10", 0.1), ("q25", 0.25), ("median", 0.5), ("q75", 0.75), ("q90", 0.9), ("max", 1.0)];

/// The columns of [`summary`].
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ["sum", "mean"].into_iter().chain(QUANTILES.map(|(name, _)| name))
}

/// Sum, mean and exact [`QUANTILES`] (linear between neighbours: type 7 of Hyndman and Fan 1996); nulls where there is no
/// number. The sum is added up in the order given.
pub(crate) fn summary<'a>(mut numbers: Vec<f64>) -> impl Iterator<Item = Value<'a>> {
    let sum: f64 = numbers.iter().sum();
    let mean = sum / numbers.len() as f64;
    numbers.sort_unstable_by(f64::total_cmp);
    let quantiles = QUANTILES.map(|(_, share)| quantile(&numbers, share));
    let known = move |number: f64| if numbers.is_empty() { None } else { Some(number) };
    let told = [known(sum), known(mean)].into_iter().chain(quantiles);
    told.map(|number| number.map_or(Value::Null, Value::Float))
}

/// A quantile of sorted numbers.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? as f64 * share;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests;
