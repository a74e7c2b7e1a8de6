//! The band of the LoRaWAN network, and what follows from it for gateways and nodes.

use super::{GatewayPlan, NodePlan, Plan, PlanError};
use simcore::lorawan::{ChannelPlan, TxParams, UnknownPlan};
use simdev::node::NodeModel;
use wire::lorawan::Band;
use wire::lorawan::region::ChannelSet;

impl Plan {
    /// The band of the network.
    #[must_use]
    pub fn band(&self) -> Band {
        self.operator.band.as_ref().map_or(Band::default(), |band| band.get_ref().0)
    }

    /// The band that a node is built for: what the lab file says, else the module's only one, else the network's.
    #[must_use]
    pub fn band_of(&self, node: &NodePlan) -> Band {
        let only = || node.model.get_ref().parse::<NodeModel>().ok().and_then(NodeModel::only_band);
        node.band.as_ref().map(|band| band.0).or_else(only).unwrap_or_else(|| self.band())
    }

    /// The band that a gateway is built for: what the lab file says, else the network's.
    #[must_use]
    pub fn band_of_gateway(&self, gateway: &GatewayPlan) -> Band {
        gateway.band.as_ref().map_or_else(|| self.band(), |band| band.get_ref().0)
    }

    /// What a gateway listens on.
    ///
    /// # Errors
    /// [`UnknownPlan`] where the band has no gateway of so many channels.
    pub fn channel_plan(&self, gateway: &GatewayPlan) -> Result<ChannelPlan, UnknownPlan> {
        let band = self.band_of_gateway(gateway);
        let sub_band = self.sub_band().filter(|_| band == self.band());
        ChannelPlan::of(band, gateway.channels, sub_band.unwrap_or(1))
    }

    /// The fixed channels that devices are left with.
    #[must_use]
    pub fn network_channels(&self) -> Option<ChannelSet> {
        self.sub_band().map(|number| self.band().region().sub_band_channels(number))
    }

    /// What devices are told of dwell time.
    #[must_use]
    pub fn tx_params(&self) -> Option<TxParams> {
        // Index 5 is 16 dBm, which is what the region allows without a word.
        let told = |limited| TxParams { uplink_dwell: limited, downlink_dwell: limited, max_eirp_index: 5 };
        self.operator.dwell_time.as_ref().map(|limited| told(*limited.get_ref()))
    }

    fn sub_band(&self) -> Option<u8> {
        self.operator.sub_band.as_ref().map(|number| *number.get_ref())
    }

    pub(super) fn check_band(&self, errors: &mut Vec<PlanError>) {
        let (band, region) = (self.band(), self.band().region());
        if let Some(number) = &self.operator.sub_band {
            let message = if !region.is_fixed() {
                Some(format!("{band} has no sub-bands: its channels are not fixed, US915's and AU915's are"))
            } else if !(1..=8).contains(number.get_ref()) {
                Some(format!("{} is no sub-band: 1 to 8 are", number.get_ref()))
            } else {
                None
            };
            errors.extend(message.map(|message| PlanError::new(number.span(), message)));
        }
        if let Some(dwell) = self.operator.dwell_time.as_ref().filter(|_| !region.has_tx_param_setup()) {
            let message = format!("dwell time cannot be set in {band}: AS923 has TxParamSetupReq");
            errors.push(PlanError::new(dwell.span(), message));
        }
        for gateway in &self.gateways {
            if let Some(band) = gateway.band.as_ref().filter(|_| !gateway.simulated) {
                let message =
                    "a gateway outside is told the band of the network, and has no other".to_owned();
                errors.push(PlanError::new(band.span(), message));
            }
            if let Err(error) = self.channel_plan(gateway) {
                errors.push(PlanError::new(gateway.eui.span(), error.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(operator: &str, gateway: &str) -> Result<Plan, String> {
        let source = format!(
            "[lab]\nname = \"t\"\n[operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\n{operator}\n\
             [[gateway]]\neui = \"0016c001f1500001\"\n{gateway}"
        );
        Plan::parse(&source).map_err(|errors| errors[0].message().to_owned())
    }

    #[test]
    fn the_band_decides_what_gateways_hear() {
        let heard = |operator, gateway| {
            let plan = read(operator, gateway).unwrap();
            plan.channel_plan(&plan.gateways[0]).unwrap()
        };
        assert_eq!(heard("", ""), ChannelPlan::Eu868Eight);
        assert_eq!(heard("band = \"AS923\"", "channels = 16"), ChannelPlan::As923Sixteen);
        let sub_band = |first, count| ChannelPlan::SubBands { band: Band::Us915, first, count };
        assert_eq!(heard("band = \"US915\"\nsub_band = 2", ""), sub_band(2, 1));
        assert_eq!(heard("band = \"us915\"", "channels = 64"), sub_band(1, 8));
        assert_eq!(heard("", "band = \"US915\"\nchannels = 64"), sub_band(1, 8));
        assert_eq!(heard("band = \"US915\"\nsub_band = 2", "band = \"EU868\""), ChannelPlan::Eu868Eight);
    }

    #[test]
    fn what_does_not_fit_the_band_is_named() {
        let rows = [
            ("band = \"CN470\"", "", "EU868, US915, AS923 and AU915 are known"),
            ("sub_band = 2", "", "EU868 has no sub-bands"),
            ("band = \"AU915\"\nsub_band = 9", "", "9 is no sub-band: 1 to 8 are"),
            ("band = \"US915\"\ndwell_time = false", "", "AS923 has TxParamSetupReq"),
            ("", "channels = 64", "8 or 16 channels here, not 64"),
            ("", "band = \"US915\"\nsimulated = false", "told the band of the network"),
            ("band = \"US915\"\nsub_band = 8", "channels = 16", "cannot begin at sub-band 8"),
        ];
        for (operator, gateway, want) in rows {
            let error = read(operator, gateway).unwrap_err();
            assert!(error.contains(want), "{operator} {gateway}: {error}");
        }
    }
}
