//! Calls (TS 24.008 clause 5): one at a time, ordinary or emergency, in either direction.

use super::timers::MobileTimer;
use super::{Mobile, MobileEvent};
use crate::sim::PhoneBook;
use wire::cause::{CcCause, EmmCause};
use wire::id::PhoneNumber;
use wire::nas::NasUp;
use wire::time::{Duration, Instant};

const T303: Duration = Duration::from_secs(30);
const T310: Duration = Duration::from_secs(30);
const T301: Duration = Duration::from_secs(180);
const T305: Duration = Duration::from_secs(30);
/// Incompatible destination: an incoming call for a module without voice (TS 24.008 10.5.4.11).
const INCOMPATIBLE_DESTINATION: CcCause = CcCause(88);
/// Emergency numbers of every mobile, and those of a mobile without a card (TS 22.101 10.1.1).
const ALWAYS_EMERGENCY: &[&str] = &["112", "911"];
const EMERGENCY_WITHOUT_CARD: &[&str] = &["000", "08", "110", "118", "119", "999"];
/// EF_ECC (TS 31.102 4.2.21).
const EF_ECC: u16 = 0x6fb7;

/// How far a call is, with the `<stat>` of `+CLCC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallPhase {
    Active,
    Dialling,
    Alerting,
    Incoming,
}

impl CallPhase {
    /// `<stat>`.
    pub(crate) const fn stat(self) -> u8 {
        match self {
            Self::Active => 0,
            Self::Dialling => 2,
            Self::Alerting => 3,
            Self::Incoming => 4,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    phase: CallPhase,
    /// The other side; `None` when it withholds its number.
    number: Option<PhoneNumber>,
    outgoing: bool,
    emergency: bool,
}

/// A call as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallView {
    pub(crate) phase: CallPhase,
    pub(crate) number: Option<PhoneNumber>,
    pub(crate) outgoing: bool,
}

/// How a call ended, as far as the final result code depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEnd {
    /// The other side was busy (#17).
    Busy,
    /// Everything else.
    Cleared,
}

/// Why a call cannot even be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DialError {
    /// No network, or none that lets this mobile in.
    NoService,
    /// Registered, but without circuit-switched services.
    NoCircuitServices,
    /// The number is not among the fixed dialling numbers.
    NotFixedNumber,
    /// There is a call already.
    CallInProgress,
    /// The module has no voice.
    NoVoice,
}

impl Mobile {
    pub(crate) fn call(&self) -> Option<CallView> {
        let call = self.call.as_ref()?;
        Some(CallView { phase: call.phase, number: call.number.clone(), outgoing: call.outgoing })
    }

    /// Whether dialling this number is an emergency call (TS 22.101 10.1.1).
    pub(crate) fn is_emergency_number(&self, number: &PhoneNumber) -> bool {
        let dialled = number.as_str();
        let without_card = self.card.is_none() && EMERGENCY_WITHOUT_CARD.contains(&dialled);
        ALWAYS_EMERGENCY.contains(&dialled)
            || without_card
            || self.card_emergency_numbers().iter().any(|ecc| ecc == dialled)
    }

    /// The emergency numbers that this mobile knows with this card.
    pub(crate) fn emergency_numbers(&self) -> Vec<String> {
        let mut numbers: Vec<String> = ALWAYS_EMERGENCY.iter().map(|number| (*number).to_owned()).collect();
        numbers.extend(self.card_emergency_numbers());
        numbers.sort();
        numbers.dedup();
        numbers
    }

    fn card_emergency_numbers(&self) -> Vec<String> {
        let Some(card) = &self.card else { return Vec::new() };
        (1..=u8::MAX)
            .map_while(|record| card.read_record(EF_ECC, record).ok())
            .filter_map(|octets| digits(&octets))
            .collect()
    }

    /// Sets up a call. An emergency call is possible on any cell; the search for one comes first where none is known.
    pub(crate) fn dial(&mut self, now: Instant, called: PhoneNumber, clir: bool) -> Result<(), DialError> {
        if !self.config.voice {
            return Err(DialError::NoVoice);
        }
        if self.call().is_some() {
            return Err(DialError::CallInProgress);
        }
        let emergency = self.is_emergency_number(&called);
        if !emergency {
            self.may_dial(&called)?;
        }
        let call =
            Call { phase: CallPhase::Dialling, number: Some(called.clone()), outgoing: true, emergency };
        self.call = Some(call);
        if !emergency {
            self.send(NasUp::Setup { called, clir });
            self.timers.start(MobileTimer::T303, now, T303);
        } else if self.is_registered() {
            self.emergency_setup(now);
        } else {
            self.search.for_emergency = true;
            self.start_search();
        }
        Ok(())
    }

    fn may_dial(&self, called: &PhoneNumber) -> Result<(), DialError> {
        if !self.is_registered() {
            return Err(DialError::NoService);
        }
        if !self.has_circuit_services() {
            return Err(DialError::NoCircuitServices);
        }
        if self.fixed_dialling_allows(called) { Ok(()) } else { Err(DialError::NotFixedNumber) }
    }

    /// Whether fixed dialling is off, or the number is on its list.
    pub(crate) fn fixed_dialling_allows(&self, number: &PhoneNumber) -> bool {
        let Some(card) = &self.card else { return true };
        let active = card.fdn_enabled().unwrap_or(false) && card.phone_book_capacity(PhoneBook::Fdn) > 0;
        !active || card.fdn_allows(number).unwrap_or(false)
    }

    pub(super) fn emergency_setup(&mut self, now: Instant) {
        let Some(dialled) =
            self.call.as_ref().filter(|call| call.emergency).and_then(|call| call.number.clone())
        else {
            return;
        };
        self.send(NasUp::EmergencySetup { dialled });
        self.timers.start(MobileTimer::T303, now, T303);
    }

    /// Answers a call that rings; false when none does.
    pub(crate) fn answer(&mut self) -> bool {
        match &mut self.call {
            Some(call) if call.phase == CallPhase::Incoming => {
                call.phase = CallPhase::Active;
                self.stop_call_timers();
                self.send(NasUp::Connect);
                true
            }
            _ => false,
        }
    }

    /// Ends the call, whatever its phase.
    pub(crate) fn hang_up(&mut self, now: Instant) {
        let Some(call) = self.call.take() else { return };
        let ringing = call.phase == CallPhase::Incoming;
        let cause = if ringing { CcCause::CALL_REJECTED } else { CcCause::NORMAL_CLEARING };
        self.stop_call_timers();
        if !std::mem::take(&mut self.search.for_emergency) {
            self.disconnect(now, cause);
        }
    }

    /// Sends DISCONNECT; the RELEASE COMPLETE that answers it belongs to this call and not to the next one.
    fn disconnect(&mut self, now: Instant, cause: CcCause) {
        self.send(NasUp::Disconnect(cause));
        self.timers.start(MobileTimer::T305, now, T305);
    }

    /// The call ends with the radio or the registration.
    pub(super) fn end_call_locally(&mut self) {
        self.ss_lost();
        if self.call().is_some() {
            self.send(NasUp::Disconnect(CcCause::NORMAL_CLEARING));
            self.end_call(CcCause::NORMAL_CLEARING.name(), CallEnd::Cleared);
        }
        self.search.for_emergency = false;
        self.stop_call_timers();
        self.timers.stop(MobileTimer::T305);
    }

    pub(super) fn call_cell_lost(&mut self) {
        self.ss_lost();
        self.stop_call_timers();
        self.timers.stop(MobileTimer::T305);
        if self.call.is_some() {
            self.end_call("radio link failure", CallEnd::Cleared);
        }
    }

    pub(super) fn call_failed(&mut self, error: DialError) {
        if self.call.is_some() {
            let why = if error == DialError::NoService { "no network service" } else { "call not possible" };
            self.end_call(why, CallEnd::Cleared);
        }
    }

    pub(super) fn call_offered(&mut self, now: Instant, calling: Option<PhoneNumber>) {
        if self.call.is_some() {
            self.send(NasUp::ReleaseComplete(CcCause::USER_BUSY));
            return;
        }
        if !self.config.voice {
            self.send(NasUp::ReleaseComplete(INCOMPATIBLE_DESTINATION));
            return;
        }
        self.call =
            Some(Call { phase: CallPhase::Incoming, number: calling, outgoing: false, emergency: false });
        self.send(NasUp::Alerting);
        self.timers.start(MobileTimer::T301, now, T301);
        self.event(MobileEvent::CallOffered);
    }

    pub(super) fn call_proceeding(&mut self, now: Instant) {
        if self.outgoing_in(CallPhase::Dialling) {
            self.timers.stop(MobileTimer::T303);
            self.timers.start(MobileTimer::T310, now, T310);
        }
    }

    pub(super) fn call_alerting(&mut self, now: Instant) {
        if self.outgoing_in(CallPhase::Dialling) {
            self.stop_call_timers();
            self.set_phase(CallPhase::Alerting);
            self.timers.start(MobileTimer::T301, now, T301);
        }
    }

    pub(super) fn call_connected(&mut self) {
        if self.outgoing_in(CallPhase::Dialling) || self.outgoing_in(CallPhase::Alerting) {
            self.stop_call_timers();
            self.set_phase(CallPhase::Active);
            self.event(MobileEvent::CallConnected);
        }
    }

    pub(super) fn call_disconnected(&mut self, cause: CcCause) {
        let crossed = self.timers.is_running(MobileTimer::T305);
        if self.call.is_some() || crossed {
            self.timers.stop(MobileTimer::T305);
            self.send(NasUp::ReleaseComplete(cause));
            self.call_cleared(cause);
        }
    }

    pub(super) fn call_released(&mut self, cause: CcCause) {
        if self.timers.is_running(MobileTimer::T305) {
            self.timers.stop(MobileTimer::T305);
        } else {
            self.call_cleared(cause);
        }
    }

    fn call_cleared(&mut self, cause: CcCause) {
        self.stop_call_timers();
        let end = if cause == CcCause::USER_BUSY { CallEnd::Busy } else { CallEnd::Cleared };
        self.end_call(cause.name(), end);
    }

    pub(super) fn call_service_rejected(&mut self, cause: EmmCause) {
        if self.outgoing_in(CallPhase::Dialling) {
            self.stop_call_timers();
            self.end_call(cause.name(), CallEnd::Cleared);
        }
    }

    pub(super) fn call_timer(&mut self, now: Instant, timer: MobileTimer) {
        // T305: the release that nobody confirmed is over; popping the timer was all there is to do.
        if timer != MobileTimer::T305 {
            let rang = timer == MobileTimer::T301;
            self.call_timed_out(now, if rang { CcCause::NO_ANSWER } else { CcCause::RECOVERY_ON_TIMER });
        }
    }

    fn call_timed_out(&mut self, now: Instant, cause: CcCause) {
        if self.call.is_some() {
            self.disconnect(now, cause);
            self.end_call(cause.name(), CallEnd::Cleared);
        }
    }

    fn end_call(&mut self, why: &'static str, end: CallEnd) {
        if self.call.take().is_some() {
            self.last_failure = Some(why);
            self.event(MobileEvent::CallEnded(end));
        }
    }

    fn outgoing_in(&self, phase: CallPhase) -> bool {
        self.call.as_ref().is_some_and(|call| call.outgoing && call.phase == phase)
    }

    fn set_phase(&mut self, phase: CallPhase) {
        if let Some(call) = &mut self.call {
            call.phase = phase;
        }
    }

    fn stop_call_timers(&mut self) {
        for timer in [MobileTimer::T303, MobileTimer::T310, MobileTimer::T301] {
            self.timers.stop(timer);
        }
    }
}

/// The emergency number of an EF_ECC record: three octets of swapped digits, F where there is none.
fn digits(record: &[u8]) -> Option<String> {
    let nibbles = record.get(..3)?.iter().flat_map(|octet| [octet & 15, octet >> 4]);
    let number: String =
        nibbles.take_while(|digit| *digit < 10).map(|digit| char::from(b'0' + digit)).collect();
    (!number.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emergency_record_is_read_as_31_102_codes_it() {
        assert_eq!(digits(&[0x11, 0xf2, 0xff, 0x00]), Some("112".to_owned()));
        assert_eq!(digits(&[0x99, 0xf9, 0xff]), Some("999".to_owned()));
        assert_eq!(digits(&[0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(digits(&[0x11]), None);
    }
}
