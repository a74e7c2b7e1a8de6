//! What ran, with what: the head of every report.

use crate::execute::Bed;
use crate::identify::identify;
use crate::loading::LabFile;
use lab::plan::{DevicePlan, PortPlan};
use reports::run::{About, DeviceInfo, Mode, Source};

/// What a run is about.
pub fn about(bed: &Bed<'_>, lab: &LabFile) -> About {
    let plan = &lab.plan;
    let source = |file: &crate::suite::SuiteSource| Source {
        path: format!("{}.rhai", file.name),
        sha256: file.hash(),
    };
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lab: plan.lab.name.clone(),
        lab_file: lab.path.clone(),
        lab_hash: lab.hash.clone(),
        sources: bed.kit.files().map(source).collect(),
        seed: lab.seed.0,
        mode: if bed.live { Mode::Live } else { Mode::Virtual },
        calendar: bed.calendar.timestamp(wire::time::Instant::ZERO).to_string(),
        devices: plan
            .devices
            .iter()
            .enumerate()
            .map(|(index, device)| device_info(bed, index, device))
            .collect(),
    }
}

fn device_info(bed: &Bed<'_>, index: usize, device: &DevicePlan) -> DeviceInfo {
    let plan = bed.plan;
    let entry = |label: &str, value: String| (label.to_owned(), value);
    let (kind, model, identities) = match device {
        DevicePlan::Modem(modem) => {
            let mut identities = vec![entry("IMEI", modem.imei.0.to_string())];
            if let Some(sim) = modem.sim.as_ref().and_then(|sim| plan.sim(sim.get_ref())) {
                identities.push(entry("IMSI", sim.imsi.0.to_string()));
                identities.push(entry("ICCID", sim.iccid.0.to_string()));
                identities.push(entry("MSISDN", sim.msisdn.0.to_string()));
                let memory = sim.memory.as_ref().map_or_else(|| sim.form.0.memory(), |memory| memory.0);
                identities.push(entry("card", format!("{} {memory}, {}", sim.form.0, sim.kind.0)));
                identities.push(entry("account", sim.account.get_ref().clone()));
            }
            if !modem.defects.is_empty() {
                let defects: Vec<&str> =
                    modem.defects.iter().map(|defect| defect.get_ref().as_str()).collect();
                identities.push(entry("imitated defects", defects.join(", ")));
            }
            if let Some(who) = identify(bed, index) {
                identities.push(entry("answers as", who));
            }
            ("modem", modem.model.get_ref(), identities)
        }
        DevicePlan::Node(node) => {
            let mut identities = vec![
                entry("DevEUI", node.dev_eui.0.to_string()),
                entry("AppEUI", node.app_eui.0.to_string()),
            ];
            if !node.defects.is_empty() {
                let defects: Vec<&str> =
                    node.defects.iter().map(|defect| defect.get_ref().as_str()).collect();
                identities.push(entry("imitated defects", defects.join(", ")));
            }
            ("lora-node", node.model.get_ref(), identities)
        }
    };
    let port = match device.port() {
        PortPlan::Simulated => "simulated".to_owned(),
        PortPlan::Serial(name) => name.to_string(),
    };
    DeviceInfo {
        name: device.name().get_ref().clone(),
        kind: kind.to_owned(),
        model: model.clone(),
        port,
        identities,
    }
}
