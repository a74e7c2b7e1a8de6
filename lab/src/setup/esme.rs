//! From the applications of a lab file to the ESMEs of the service centre.

use super::SetupError;
use crate::plan::EsmePlan;
use crate::plan::esme::{OutbindPlan, Password};
use simcore::cellular;

/// An application.
pub(super) fn esme(esme: &EsmePlan) -> Result<cellular::Esme, SetupError> {
    let system_id = esme.system_id.get_ref().clone();
    let password = esme
        .password
        .reveal::<Password>(Password::EXPECTED)
        .map_err(|source| SetupError::Secret { what: "password", name: system_id.clone(), source })?;
    let outbind = esme.outbind.as_ref().map(|outbind| called(outbind, &system_id)).transpose()?;
    Ok(cellular::Esme {
        system_id,
        password: password.0,
        account: esme.account.get_ref().clone(),
        addresses: esme.addresses.get_ref().iter().map(|address| address.get_ref().0.clone()).collect(),
        max_binds: esme.max_binds.get(),
        window: esme.window.get(),
        rate: esme.rate.get(),
        queue: esme.queue.get(),
        outbind,
    })
}

fn called(outbind: &OutbindPlan, system_id: &str) -> Result<cellular::Outbind, SetupError> {
    let name = system_id.to_owned();
    let password = outbind
        .password
        .reveal::<Password>(Password::EXPECTED)
        .map_err(|source| SetupError::Secret { what: "password of outbind", name, source })?;
    Ok(cellular::Outbind { address: outbind.address.0, password: password.0 })
}
