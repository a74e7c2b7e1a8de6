//! Tones in a call: START DTMF, as long as the host wants it, STOP DTMF, one key after the other (TS 24.008 5.5.7).

use super::super::Mobile;
use super::super::timers::MobileTimer;
use super::CallPhase;
use wire::at::error::CmeError;
use wire::nas::CallContent;
use wire::time::{Duration, Instant};

/// A tone lasts at least this long.
const SHORTEST: Duration = Duration::from_millis(70);

impl Mobile {
    /// Sends keys, each for this long; one command's keys follow those of the one before.
    pub(crate) fn send_tones(&mut self, keys: &[char]) -> Result<(), CmeError> {
        if !self.calls.any_in(&[CallPhase::Active]) {
            return Err(CmeError::OPERATION_NOT_ALLOWED);
        }
        let idle = self.calls.tones.is_empty();
        self.calls.tones.extend(keys);
        if idle {
            self.start_tone();
        }
        Ok(())
    }

    /// How long a tone lasts (`+VTD`).
    pub(crate) fn set_tone_length(&mut self, length: Duration) {
        self.calls.tone_length = length;
    }

    fn start_tone(&mut self) {
        let active = self.calls.list.iter().find(|call| call.phase == CallPhase::Active);
        let Some(transaction) = active.and_then(|call| call.transaction) else {
            return self.calls.tones.clear();
        };
        if let Some(key) = self.calls.tones.front().copied() {
            self.send_call(transaction, CallContent::StartDtmf(key));
        }
    }

    pub(super) fn tone_started(&mut self, now: Instant) {
        self.timers.start(MobileTimer::Dtmf, now, self.calls.tone_length.max(SHORTEST));
    }

    pub(in crate::modem::mobile) fn end_tone(&mut self) {
        let active = self.calls.list.iter().find(|call| call.phase == CallPhase::Active);
        if let Some(transaction) = active.and_then(|call| call.transaction) {
            self.send_call(transaction, CallContent::StopDtmf);
        }
    }

    pub(super) fn next_tone(&mut self) {
        self.calls.tones.pop_front();
        self.start_tone();
    }
}
