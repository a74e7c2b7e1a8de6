//! What happened to a gateway or its backhaul, and what it sent that is not served.

use std::fmt;
use wire::air::lora::{Hertz, Modulation};
use wire::id::Eui64;
use wire::lorawan::Band;
use wire::time::{Duration, Instant};

/// What is to be told of one gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayEvent {
    /// It is built for another band than the network's and forwards a frame, which is not served.
    AnotherBand {
        /// Its band.
        band: Band,
        /// Carrier frequency of the frame.
        frequency: Hertz,
    },
    /// It told of itself at intervals and no longer does.
    Offline {
        /// When it was heard last.
        since: Instant,
    },
    /// It was offline and tells of itself again.
    Online {
        /// How long nothing came from it.
        away: Duration,
    },
    /// A frame that it received is lost: its backhaul is cut, and it keeps nothing for later.
    UplinkLost {
        /// Carrier frequency of the frame.
        frequency: Hertz,
        /// Its modulation.
        modulation: Modulation,
    },
    /// It forwards the last uplink of a device again, as a gateway may whose acknowledgement was lost; it is dropped.
    Repeats {
        /// The device.
        dev_eui: Eui64,
        /// The whole counter.
        fcnt: u32,
    },
    /// A network server that is not ours wants a frame of another length than its data has; the forwarder sends as many octets
    /// as the field says.
    DownlinkSize {
        /// `size`.
        announced: usize,
        /// Octets in `data`.
        got: usize,
    },
    /// A network server that is not ours wants a frame of uplink polarity; the forwarder sends it, and no node hears it.
    DownlinkUpright {
        /// Carrier frequency of the frame.
        frequency: Hertz,
    },
}

impl GatewayEvent {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::AnotherBand { .. } => "gateway-of-another-band",
            Self::Offline { .. } => "gateway-offline",
            Self::Online { .. } => "gateway-online",
            Self::UplinkLost { .. } => "uplink-lost-on-backhaul",
            Self::Repeats { .. } => "gateway-repeated-uplink",
            Self::DownlinkSize { .. } => "gateway-downlink-size",
            Self::DownlinkUpright { .. } => "gateway-downlink-upright",
        }
    }
}

impl fmt::Display for GatewayEvent {
    /// What follows the name of the gateway.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherBand { band, frequency } => {
                write!(f, "is built for {band}, which is not the band of the network: ")?;
                write!(f, "what it heard on {frequency} is not served")
            }
            Self::Offline { since } => write!(f, "has been silent since {since} s: it is offline"),
            Self::Online { away } => write!(f, "is there again after {:.3} s", away.as_secs_f64()),
            Self::UplinkLost { frequency, modulation } => {
                write!(f, "received a frame on {frequency} {modulation} and could not forward it: ")?;
                f.write_str("its backhaul is cut, the frame is lost")
            }
            Self::Repeats { dev_eui, fcnt } => {
                write!(f, "forwards uplink {fcnt} of device {dev_eui} again; it is dropped")
            }
            Self::DownlinkSize { announced, got } => {
                write!(f, "is asked for a downlink of size {announced} whose data has {got} octets: ")?;
                write!(f, "it sends {announced}")
            }
            Self::DownlinkUpright { frequency } => {
                write!(
                    f,
                    "is asked for a downlink on {frequency} without ipol: it sends it, no node hears it"
                )
            }
        }
    }
}
