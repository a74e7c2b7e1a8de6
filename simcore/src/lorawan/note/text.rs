//! The sentences of the notes.

use super::{
    DownlinkFailure, DutyCycleBreach, JoinRefusal, LorawanNote, MicFits, MissReason, MulticastFate, Obstacle,
    SentKind, UplinkRefusal, Window,
};
use std::fmt;
use wire::id::Eui64;

impl fmt::Display for LorawanNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatewayUnknown { gateway } => {
                write!(f, "gateway {gateway} is not registered and is not served")
            }
            Self::GatewayRefused { peer, why, .. } => write!(f, "not served, from {peer}: {why}"),
            Self::GatewayOutsideTunnel { gateway, peer, tunnel } => in_clear(f, *gateway, peer, tunnel),
            Self::GatewayFlood { datagrams } => {
                write!(f, "{datagrams} datagrams of senders that are not served came too fast: dropped")
            }
            Self::GatewayOverPlan { gateway, octets, plan } => over_plan(f, *gateway, *octets, *plan),
            Self::Gateway { gateway, event } => write!(f, "gateway {gateway} {event}"),
            Self::GatewayMissed { gateway, frequency, modulation, why } => {
                write!(f, "gateway {gateway} missed a frame on {frequency} {modulation}: {why}")
            }
            Self::FrameMalformed { error, .. } => write!(f, "frame dropped: {error}"),
            Self::FrameUnexpected { .. } => {
                f.write_str("frame dropped: it is proprietary, or of a kind that only a network sends")
            }
            Self::JoinRefused { dev_nonce, cause, .. } => {
                write!(f, "join-request with DevNonce {dev_nonce} refused: {cause}")
            }
            Self::JoinAccepted { dev_nonce, dev_addr, .. } => {
                write!(f, "join-request with DevNonce {dev_nonce} accepted, DevAddr {dev_addr}")
            }
            Self::SessionStarted { dev_addr, .. } => {
                write!(f, "first valid uplink of the session with DevAddr {dev_addr}")
            }
            Self::UplinkAccepted { fcnt, f_port, gateways, .. } => {
                write!(f, "uplink {fcnt}{} accepted, heard by {gateways}", Port(*f_port))
            }
            Self::CounterReset { fcnt, .. } => write!(f, "the device counts from {fcnt} again, which it may"),
            Self::UplinkRepeated { fcnt, .. } => {
                write!(f, "uplink {fcnt} came again; it is answered and not delivered twice")
            }
            Self::UplinkRefused { sender, cause } => write!(f, "uplink of {sender} refused: {cause}"),
            Self::UplinkUnknownDevAddr { dev_addr } => {
                write!(f, "uplink dropped: no session has DevAddr {dev_addr}")
            }
            Self::MacReceived { command, .. } => write!(f, "device sent {command}"),
            Self::MacAnswered { request, applied: true, .. } => write!(f, "device applied {request}"),
            Self::MacAnswered { request, applied: false, .. } => write!(f, "device refused {request}"),
            Self::MacUnanswered { request, .. } => {
                write!(f, "device did not answer {request} in its next uplink")
            }
            Self::MacUnasked { command, .. } => write!(f, "device sent {command} without being asked"),
            Self::MacNotRepeated { id, .. } => {
                write!(f, "device did not repeat its answer {id:02x} though it heard no downlink since")
            }
            Self::MacUnreadable { error, .. } => write!(f, "MAC commands end early: {error}"),
            Self::DownlinkSent { gateway, window, kind, .. } => {
                write!(f, "{kind} sent{} by gateway {gateway}", In(*window))
            }
            Self::DownlinkMoved { gateway, obstacle, .. } => {
                write!(f, "gateway {gateway} is passed over: {obstacle}")
            }
            Self::DownlinkRetried { gateway, error, missed_by, by, window, .. } => {
                write!(f, "gateway {gateway} answered {error}{}; ", Missed(*missed_by))?;
                write!(f, "it is tried{} by gateway {by}", In(*window))
            }
            Self::DownlinkFailed { cause, .. } => write!(f, "downlink failed: {cause}"),
            Self::DownlinkAcknowledged { fcnt, .. } => write!(f, "downlink {fcnt} acknowledged"),
            Self::DownlinkNotAcknowledged { fcnt, tries, given_up, .. } => {
                let then = if *given_up { "it is given up" } else { "it is sent again" };
                write!(f, "downlink {fcnt} was not acknowledged by the next uplink, try {tries}; {then}")
            }
            Self::Multicast { fcnt, gateway, fate, .. } => fate.tell(f, *fcnt, *gateway),
        }
    }
}

fn in_clear(f: &mut fmt::Formatter<'_>, gateway: Eui64, peer: &str, tunnel: &str) -> fmt::Result {
    write!(f, "not served: in the name of gateway {gateway} from {peer}, outside its tunnel {tunnel}")
}

fn over_plan(f: &mut fmt::Formatter<'_>, gateway: Eui64, octets: u64, plan: u64) -> fmt::Result {
    let (carried, allowed) = (octets as f64 / 1e6, plan as f64 / 1e6);
    write!(f, "gateway {gateway} is on the way to {carried:.1} MB a month on its backhaul, ")?;
    write!(f, "its plan has {allowed:.1} MB")
}

impl MulticastFate {
    fn tell(&self, f: &mut fmt::Formatter<'_>, fcnt: u32, gateway: Eui64) -> fmt::Result {
        write!(f, "multicast message {fcnt}")?;
        match self {
            Self::Sent => write!(f, " sent by gateway {gateway}"),
            Self::Refused(error) => write!(f, ": gateway {gateway} answered {error}"),
            Self::Blocked(obstacle) => write!(f, ": gateway {gateway} is passed over: {obstacle}"),
        }
    }
}

struct Port(Option<u8>);

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |port| write!(f, " on FPort {port}"))
    }
}

struct In(Option<Window>);

impl fmt::Display for In {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(Window::Rx1) => " in RX1",
            Some(Window::Rx2) => " in RX2",
            None => " at once",
        })
    }
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutsidePlan => "no demodulator listens there",
            Self::Sending => "it was sending",
            Self::Demodulators => "all its demodulators were busy",
        })
    }
}

impl fmt::Display for JoinRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDevice => f.write_str("the DevEUI is not registered"),
            Self::WrongAppEui { got } => write!(f, "the device is not registered under AppEUI {got}"),
            Self::WrongMic { fits } => {
                write!(f, "the MIC does not fit the registered AppKey{}", Instead(*fits))
            }
            Self::DevNonceUsed { at } => write!(f, "the DevNonce was already used at {at} s"),
            Self::WrongChannel { frequency } => write!(f, "{frequency} is not a join channel"),
            Self::WrongDataRate { modulation } => {
                write!(f, "{modulation} is not a data rate of the join channels")
            }
            Self::DutyCycle(breach) => breach.fmt(f),
        }
    }
}

impl fmt::Display for UplinkRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongMic { sessions, fits } => {
                let many = if *sessions == 1 { "session" } else { "sessions" };
                write!(f, "the MIC fits the NwkSKey of no session with this DevAddr ({sessions} {many})")?;
                write!(f, "{}", Instead(*fits))
            }
            Self::SessionEnded { at } => {
                write!(f, "it belongs to the session that a newer one replaced at {at} s")
            }
            Self::Replay { fcnt, last } => {
                write!(f, "frame counter {fcnt} was already used, the last one is {last}")
            }
            Self::CounterGap { fcnt, last: Some(last) } => {
                write!(f, "frame counter {fcnt} is 16384 or more above the last one, {last}")
            }
            Self::CounterGap { fcnt, last: None } => {
                write!(f, "frame counter {fcnt} is 16384 or more in the first uplink of the session")
            }
            Self::WrongChannel { frequency } => write!(f, "{frequency} is not a channel of the device"),
            Self::WrongDataRate { modulation } => {
                write!(f, "{modulation} is not a data rate of the channel")
            }
            Self::TooLong { got, limit, data_rate } => {
                write!(f, "{got} octets of FOpts and payload, {data_rate} allows {limit}")
            }
            Self::DutyCycle(breach) => breach.fmt(f),
        }
    }
}

impl fmt::Display for DutyCycleBreach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.3} s on the air within an hour, the duty cycle of the band allows {:.3} s",
            self.used.as_secs_f64(),
            self.allowed.as_secs_f64()
        )
    }
}

impl fmt::Display for SentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JoinAccept => f.write_str("join-accept"),
            Self::Data { fcnt, f_port, confirmed, ack } => {
                let kind = if *confirmed { "confirmed downlink" } else { "downlink" };
                let ack = if *ack { " with ACK" } else { "" };
                write!(f, "{kind} {fcnt}{}{ack}", Port(*f_port))
            }
        }
    }
}

impl fmt::Display for DownlinkFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway { gateway, error, missed_by } => {
                write!(f, "gateway {gateway} answered {error}{}", Missed(*missed_by))
            }
            Self::Blocked { gateway, obstacle } => write!(f, "gateway {gateway} is passed over: {obstacle}"),
            Self::NoTxAck { gateway } => write!(f, "gateway {gateway} did not say what became of it"),
            Self::CounterAtEnd => {
                f.write_str("the session has no downlink counter left, the device must join anew")
            }
            Self::NotLora { data_rate } => write!(f, "{data_rate} of the window is no LoRa modulation"),
            Self::TooLong { got, limit } => {
                write!(
                    f,
                    "{got} octets of payload, the data rate of the window allows {limit}; it is dropped"
                )
            }
        }
    }
}

struct Missed(Option<wire::time::Duration>);

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |late| write!(f, ", the window was missed by {} us", late.as_micros()))
    }
}

struct Instead(Option<MicFits>);

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "",
            Some(MicFits::AppKeyReversed) => "; it fits that key with its octets in reverse",
            Some(MicFits::FormerAppKey) => "; it fits the AppKey that was registered before",
            Some(MicFits::AppSKey) => "; it fits the AppSKey",
            Some(MicFits::AppKey) => "; it fits the AppKey",
            Some(MicFits::SixteenBits) => "; it fits a frame counter of 16 bits",
            Some(MicFits::AnotherHighHalf) => "; it fits a frame counter that is 65536 or more further on",
        })
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("it sends something else then"),
            Self::DutyCycle(breach) => breach.fmt(f),
            Self::NotServed => f.write_str("it is not registered"),
            Self::Offline => f.write_str("it is offline"),
        }
    }
}
