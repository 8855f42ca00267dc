//! Against numpy's own figures.

use super::*;

/// 25 % of 1, 2, 3, 4 and 40 % of 15, 20, 35, 40, 50 as numpy.quantile gives them.
#[test]
fn quantiles_are_of_type_7() {
    assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), Some(1.75));
    assert_eq!(quantile(&[15.0, 20.0, 35.0, 40.0, 50.0], 0.4), Some(29.0));
    assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
    assert_eq!(quantile(&[], 0.5), None);
}
