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

#[test]
fn what_is_beyond_all_numbers_is_not_told() {
    let told: Vec<_> = summary(vec![1.7e308, 1.7e308]).collect();
    assert_eq!((told[0], told[1], told[5]), (Value::Null, Value::Null, Value::Float(1.7e308)));
    let told: Vec<_> = summary(vec![-1.7e308, 1.7e308]).collect();
    assert_eq!(
        (told[0], told[2], told[5], told[8]),
        (Value::Float(0.0), Value::Float(-1.7e308), Value::Float(0.0), Value::Float(1.7e308))
    );
    assert!(told.iter().all(|value| *value != Value::Null));
    assert!(summary(Vec::new()).all(|value| value == Value::Null));
}

#[test]
fn tenths_add_up_to_tenths() {
    let told = |numbers: Vec<f64>| summary(numbers).next();
    assert_eq!(told(vec![0.1; 10]), Some(Value::Float(1.0)));
    assert_eq!(told(vec![1.0, 1e100, 1.0, -1e100]), Some(Value::Float(2.0)));
}
