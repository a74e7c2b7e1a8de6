//! Times as SMPP writes them: sixteen characters, absolute or relative (SMPP 3.4 clause 7.1.1).

use simcore::cellular::EsmeTime;
use wire::sms::Timestamp;
use wire::time::Duration;

/// Days of a year and of a month, where a relative time counts in these.
const YEAR: u64 = 365;
const MONTH: u64 = 30;
/// The furthest that local time may be from UTC, in quarters of an hour.
const FURTHEST: u64 = 48;

/// Reads a time; `None` in place of it where there is none.
///
/// # Errors
/// `()` for anything else.
pub fn read(text: &str) -> Result<Option<EsmeTime>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let (digits, kind) = text.split_at_checked(15).ok_or(())?;
    let pair = |at: usize| -> Result<u64, ()> {
        let digits = digits.get(at..at + 2).ok_or(())?;
        if digits.bytes().all(|octet| octet.is_ascii_digit()) {
            digits.parse().map_err(|_| ())
        } else {
            Err(())
        }
    };
    let [year, month, day, hour, minute, second] =
        [pair(0)?, pair(2)?, pair(4)?, pair(6)?, pair(8)?, pair(10)?];
    let tenth = digits.as_bytes().get(12).is_some_and(u8::is_ascii_digit);
    let zone = pair(13)?;
    match kind {
        "R" if tenth => {
            let days = year * YEAR + month * MONTH + day;
            Ok(Some(EsmeTime::After(Duration::from_secs(((days * 24 + hour) * 60 + minute) * 60 + second))))
        }
        "+" | "-" if tenth && zone <= FURTHEST => {
            let semi_octets = |value: u64| ((value / 10 % 10) | ((value % 10) << 4)) as u8;
            let sign = if kind == "-" { 8 } else { 0 };
            let date = [year, month, day, hour, minute, second, zone].map(semi_octets);
            let [year, month, day, hour, minute, second, zone] = date;
            let date = Timestamp::from_octets([year, month, day, hour, minute, second, zone | sign]);
            if date.utc().is_some() { Ok(Some(EsmeTime::At(date))) } else { Err(()) }
        }
        _ => Err(()),
    }
}

/// Writes an absolute time.
pub fn write(time: Timestamp) -> String {
    let Some((local, zone)) = time.civil() else { return String::new() };
    let sign = if zone < 0 { '-' } else { '+' };
    format!("{}0{:02}{sign}", local.strftime("%y%m%d%H%M%S"), zone.unsigned_abs())
}

/// Writes a time as receipts do: to the minute, as the clocks show it.
pub fn write_short(time: Timestamp) -> String {
    time.civil().map(|(local, _)| local.strftime("%y%m%d%H%M").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_clause_writes_them() {
        let after = |seconds| Ok(Some(EsmeTime::After(Duration::from_secs(seconds))));
        assert_eq!(read(""), Ok(None));
        // The example of clause 7.1.1.2: two years, six months, ten days, 23 hours, 34 minutes and 29 seconds.
        assert_eq!(read("020610233429000R"), after(((2 * 365 + 180 + 10) * 24 + 23) * 3600 + 34 * 60 + 29));
        assert_eq!(read("000001000000000R"), after(86_400));
        let Ok(Some(EsmeTime::At(date))) = read("260314092653408+") else { panic!("no date") };
        assert_eq!(date.to_string(), "26/03/14,09:26:53+08");
        assert_eq!(write(date), "260314092653008+");
        assert_eq!(write_short(date), "2603140926");
        let Ok(Some(EsmeTime::At(date))) = read("260314092653016-") else { panic!("no date") };
        assert_eq!(date.to_string(), "26/03/14,09:26:53-16");
        for wrong in [
            "26031409265300+",
            "261314092653000+",
            "260230092653000+",
            "260314092653049+",
            "260314092653000",
            "26031409265300xR",
            "2603140926530000",
            "+60314092653000+",
            "öööööööö",
        ] {
            assert_eq!(read(wrong), Err(()), "{wrong}");
        }
    }
}
