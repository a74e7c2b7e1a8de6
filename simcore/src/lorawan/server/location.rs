//! Where a device is, from the gateways that heard its last uplink: their places, weighted by signal strength.
//!
//! The weight is the amplitude, 10^(RSSI/20): a gateway that hears 20 dB better counts ten times. With one gateway the
//! answer is that gateway's place. It is no ranging; expect kilometres.

use super::super::link::Reception;
use super::NetworkServer;
use super::config::Position;
use super::gateways::Gateways;
use wire::id::Eui64;
use wire::time::Instant;

/// An estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The place.
    pub position: Position,
    /// From so many gateways.
    pub gateways: usize,
    /// When the uplink came.
    pub at: Instant,
}

/// The whole circle, in millionths of a degree.
const CIRCLE: f64 = 360e6;

impl NetworkServer {
    /// Where the device was at its last uplink; none when no gateway that heard it has a known place.
    #[must_use]
    pub fn location(&self, dev_eui: Eui64) -> Option<Location> {
        let heard = &self.devices.get(dev_eui)?.traffic.last_uplink.as_ref()?.heard;
        let places = self.gateways.places(&heard.receptions);
        Some(Location { position: weighted(&places)?, gateways: places.len(), at: heard.first_at })
    }
}

impl Gateways {
    /// Where somebody is whom these gateways heard.
    pub(super) fn locate(&self, receptions: &[Reception]) -> Option<Position> {
        weighted(&self.places(receptions))
    }

    fn places(&self, receptions: &[Reception]) -> Vec<(Position, i16)> {
        let place = |reception: &Reception| self.config(reception.gateway)?.position;
        receptions.iter().filter_map(|heard| Some((place(heard)?, heard.rssi_dbm))).collect()
    }
}

fn weighted(places: &[(Position, i16)]) -> Option<Position> {
    let (first, strongest) = places.first().copied()?;
    let (mut sum, mut north, mut east) = (0.0, 0.0, 0.0);
    for (position, rssi_dbm) in places {
        let weight = 10f64.powf(f64::from(*rssi_dbm - strongest) / 20.0);
        let step = f64::from(position.longitude) - f64::from(first.longitude);
        // Two gateways on either side of the date line are neighbours.
        let step = step - (step / CIRCLE).round() * CIRCLE;
        sum += weight;
        north += weight * (f64::from(position.latitude) - f64::from(first.latitude));
        east += weight * step;
    }
    let longitude = f64::from(first.longitude) + east / sum;
    let longitude = longitude - (longitude / CIRCLE).round() * CIRCLE;
    Some(Position {
        latitude: (f64::from(first.latitude) + north / sum).round() as i32,
        longitude: longitude.round() as i32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(latitude: i32, longitude: i32) -> Position {
        Position { latitude, longitude }
    }

    #[test]
    fn the_nearer_gateway_counts_more() {
        assert_eq!(weighted(&[]), None);
        assert_eq!(weighted(&[(at(1, 2), -80)]), Some(at(1, 2)));
        let (a, b) = (at(48_000_000, 2_000_000), at(49_000_000, 4_000_000));
        assert_eq!(weighted(&[(a, -80), (b, -80)]), Some(at(48_500_000, 3_000_000)));
        // 20 dB are ten to one: one eleventh of the way.
        assert_eq!(weighted(&[(a, -80), (b, -100)]), Some(at(48_090_909, 2_181_818)));
        let (east, west) = (at(0, 179_000_000), at(0, -179_500_000));
        assert_eq!(weighted(&[(east, -80), (west, -80)]), Some(at(0, 179_750_000)));
    }
}
