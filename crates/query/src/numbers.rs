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
/// number, and of a sum or mean beyond all numbers.
pub(crate) fn summary<'a>(mut numbers: Vec<f64>) -> impl Iterator<Item = Value<'a>> {
    let mut sum = Sum::default();
    numbers.iter().for_each(|number| sum.add(*number));
    let sum = sum.total();
    let mean = sum / numbers.len() as f64;
    numbers.sort_unstable_by(f64::total_cmp);
    let quantiles = QUANTILES.map(|(_, share)| quantile(&numbers, share));
    let known = move |number: f64| if numbers.is_empty() { None } else { Some(number) };
    let told = [known(sum), known(mean)].into_iter().chain(quantiles);
    told.map(|number| number.filter(|number| number.is_finite()).map_or(Value::Null, Value::Float))
}

/// A sum with what rounding took from each step (Neumaier, ZAMM 54, 1974): the true one to its last places, so that a column
/// of tenths adds up to tenths.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, number: f64) {
        let next = self.sum + number;
        self.lost += if self.sum.abs() >= number.abs() { (self.sum - next) + number } else { (number - next) + self.sum };
        self.sum = next;
    }

    pub(crate) fn total(self) -> f64 {
        // Beyond all numbers, what was lost is none.
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

/// A quantile of sorted numbers.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? as f64 * share;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    let step = above - below;
    // Of numbers at both ends of all there are, the step is beyond them.
    Some(if step.is_finite() { below + step * place.fract() } else { below * (1.0 - place.fract()) + above * place.fract() })
}

#[cfg(test)]
mod tests;
