//! What a person does by hand to one simulated gateway: its aerial, its distance from a node, its backhaul, its answers.
//!
//! None of it is told to the network server, which has to find out.

use crate::bench::GatewaySeat;
use crate::hands::DISCONNECTED;
use crate::seats::Simulated;
use crate::{Lab, SeatId};
use simcore::lorawan::TxAck;
use wire::id::Eui64;

/// What was asked for is not on the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSimulated {
    /// The gateway.
    #[error("gateway {0} is none of the lab's simulated gateways")]
    Gateway(Eui64),
    /// The node.
    #[error("the device is no simulated LoRaWAN node")]
    Node,
}

impl Lab {
    /// A simulated gateway.
    ///
    /// # Errors
    /// [`NotSimulated`].
    pub fn gateway(&self, eui: Eui64) -> Result<&GatewaySeat, NotSimulated> {
        let mut gateways = self.bench.gateways.iter();
        gateways.find(|seat| seat.gateway.eui() == eui).ok_or(NotSimulated::Gateway(eui))
    }

    fn gateway_mut(&mut self, eui: Eui64) -> Result<&mut GatewaySeat, NotSimulated> {
        let mut gateways = self.bench.gateways.iter_mut();
        gateways.find(|seat| seat.gateway.eui() == eui).ok_or(NotSimulated::Gateway(eui))
    }

    /// Connects or disconnects the aerial of a simulated gateway.
    ///
    /// # Errors
    /// [`NotSimulated`].
    pub fn set_aerial(&mut self, gateway: Eui64, connected: bool) -> Result<(), NotSimulated> {
        let radio = self.gateway(gateway)?.radio;
        self.bench.lora_air.set_path_loss(radio, (!connected).then_some(DISCONNECTED));
        Ok(())
    }

    /// Sets the loss in dB between a simulated gateway and a simulated node, both ways, wherever they stand and whatever
    /// becomes of their aerials.
    ///
    /// # Errors
    /// [`NotSimulated`].
    pub fn set_loss(&mut self, gateway: Eui64, node: SeatId, decibel: u16) -> Result<(), NotSimulated> {
        let radio = self.gateway(gateway)?.radio;
        let seat = self.bench.seats.get(node).and_then(|seat| seat.device.as_ref());
        let Some(Simulated::Node(_, node)) = seat else { return Err(NotSimulated::Node) };
        self.bench.lora_air.set_pair_path_loss(radio, *node, Some(decibel));
        Ok(())
    }

    /// Lets a simulated gateway answer its next `count` downlinks with this word instead of sending them.
    ///
    /// # Errors
    /// [`NotSimulated`].
    pub fn refuse_downlinks(
        &mut self,
        gateway: Eui64,
        word: &TxAck,
        count: usize,
    ) -> Result<(), NotSimulated> {
        let seat = self.gateway_mut(gateway)?;
        (0..count).for_each(|_| seat.gateway.refuse_next(word.clone()));
        Ok(())
    }

    /// Cuts or mends the backhaul of a simulated gateway.
    ///
    /// # Errors
    /// [`NotSimulated`].
    pub fn set_backhaul(&mut self, gateway: Eui64, works: bool) -> Result<(), NotSimulated> {
        let now = self.now;
        let seat = self.gateway_mut(gateway)?;
        if works {
            seat.backhaul.mend(now);
            return Ok(());
        }
        let last = seat.backhaul.cut(now).filter(|_| seat.forwarder.is_none());
        if let Some(last) = last {
            self.bench.core.lorawan.handle_keep_alive(last, gateway);
        }
        Ok(())
    }
}
