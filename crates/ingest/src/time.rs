//! Days and instants as the model writes them.

const DAY_MILLIS: i64 = 86_400_000;
/// From 0000-03-01, where [`days_from_civil`] counts from, to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;

/// The day `YYYY-MM-DD` of a text `YYYY-MM-DD` or `YYYY/MM/DD`; none when there is no such day.
pub(crate) fn day(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || !text.is_ascii() || bytes[4] != bytes[7] || !matches!(bytes[4], b'-' | b'/') {
        return None;
    }
    let (year, month, day) = (digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..])?);
    (1..=days_in(year, month)).contains(&day).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The instant in UTC of an RFC 3339 text; `T` may be a space. None without an offset: a local time is no instant.
pub(crate) fn instant_utc(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = day(date)?;
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset_min) = match clock.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let (clock, offset) = clock.split_at_checked(clock.len().checked_sub(6)?)?;
            let sign = match offset.as_bytes()[0] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let (hours, minutes) = offset[1..].split_once(':')?;
            (clock, sign * (i64::from(digits(hours)?) * 60 + i64::from(digits(minutes)?)))
        }
    };
    let (seconds, millis) = match clock.split_once('.') {
        Some((clock, part)) if part.bytes().all(|c| c.is_ascii_digit()) => (clock, digits(&format!("{part:0<3}")[..3])?),
        Some(_) => return None,
        None => (clock, 0),
    };
    let mut parts = seconds.split(':');
    let (hour, minute, second) = (digits(parts.next()?)?, digits(parts.next()?)?, digits(parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let fields = date.split('-').map(digits).collect::<Option<Vec<_>>>()?;
    instant([fields[0], fields[1], fields[2]], [hour, minute, second], millis, offset_min)
}

/// The day so many days after 1970-01-01; none outside the years 0 to 9999.
pub(crate) fn day_since_epoch(days: i64) -> Option<String> {
    let (year, month, day) = civil_from_days(days.checked_add(EPOCH_DAYS)?);
    (0..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// Day and clock `YYYY-MM-DDThh:mm:ss.sss` so many milliseconds after 1970 began; none outside the years 0 to 9999.
pub(crate) fn clock_since_epoch(millis: i64) -> Option<String> {
    let day = day_since_epoch(millis.div_euclid(DAY_MILLIS))?;
    Some(format!("{day}T{}", clock(millis.rem_euclid(DAY_MILLIS))))
}

/// The time of day `hh:mm:ss.sss` so many milliseconds after midnight, of 0 to 86,400,000.
pub(crate) fn clock(millis: i64) -> String {
    let (seconds, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// How many days after 1970-01-01 a day `YYYY-MM-DD` is; negative before.
pub(crate) fn days_since_epoch(day: &str) -> Option<i32> {
    let day = self::day(day)?;
    let fields = day.split('-').map(digits).collect::<Option<Vec<_>>>()?;
    i32::try_from(days_from_civil(fields[0], fields[1], fields[2]) - EPOCH_DAYS).ok()
}

/// How many milliseconds after 1970 began an RFC 3339 text's instant is; negative before.
pub(crate) fn millis_since_epoch(text: &str) -> Option<i64> {
    let instant = instant_utc(text)?;
    let days = i64::from(days_since_epoch(instant.get(..10)?)?);
    let number = |range: std::ops::Range<usize>| instant.get(range).and_then(digits).map(i64::from);
    let seconds = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    Some(days * DAY_MILLIS + seconds * 1000 + number(20..23)?)
}

/// The instant in UTC of a date and clock that run `offset_min` minutes ahead of UTC; none when there is no such.
pub(crate) fn instant(
    [year, month, day]: [u32; 3],
    [hour, minute, second]: [u32; 3],
    millis: u32,
    offset_min: i64,
) -> Option<String> {
    let valid = (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second < 60 && millis < 1000;
    if !valid || offset_min.abs() > 18 * 60 {
        return None;
    }
    let minutes = days_from_civil(year, month, day) * 1440 + i64::from(hour * 60 + minute) - offset_min;
    let (year, month, day) = civil_from_days(minutes.div_euclid(1440));
    let of_day = minutes.rem_euclid(1440);
    (0..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{second:02}.{millis:03}Z", of_day / 60, of_day % 60))
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Days since 0000-03-01 of the proleptic Gregorian calendar, after Howard Hinnant's "chrono-compatible low-level
/// date algorithms".
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
