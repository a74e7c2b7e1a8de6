//! From the access points and servers of a lab file to the operator's packet gateway.

use super::SetupError;
use crate::plan::{ApnKind, ApnPlan, ServerPlan, ServiceKind, ServicePlan};
use simcore::cellular;
use wire::time::Duration;

/// An access point.
pub(super) fn access_point(apn: &ApnPlan) -> Result<cellular::Apn, SetupError> {
    let pool = apn.pool.0;
    let credentials = match (&apn.user, &apn.password) {
        (Some(user), Some(password)) => {
            let password = password.reveal("a password").map_err(|source| SetupError::Secret {
                what: "password",
                name: apn.name.get_ref().clone(),
                source,
            })?;
            Some(cellular::Credentials { user: user.clone(), password })
        }
        (Some(_), None) | (None, _) => None,
    };
    Ok(cellular::Apn {
        name: apn.name.get_ref().clone(),
        kind: match (apn.kind, &apn.account) {
            (ApnKind::SharedPrivate, _) => cellular::ApnKind::SharedPrivate,
            (ApnKind::SharedPublic, _) => cellular::ApnKind::SharedPublic,
            (ApnKind::Dedicated, account) => cellular::ApnKind::Dedicated {
                account: account.as_ref().map(|account| account.get_ref().clone()).unwrap_or_default(),
            },
        },
        // The network address and the broadcast address are not given to devices.
        pool_start: std::net::Ipv4Addr::from_bits(pool.network.to_bits() + 1),
        pool_size: (1_u32 << (32 - u32::from(pool.prefix))) - 2,
        dns: apn.dns.clone(),
        pdn_type: apn.pdn_type.0.0,
        prefix: apn.prefix,
        single_address: apn.single_address,
        mtu: apn.mtu,
        credentials,
        filtered: apn.content_filter,
        nat_idle: apn.nat_idle.map(|(tcp, udp)| cellular::NatIdle {
            tcp: Duration::from_secs(tcp),
            udp: Duration::from_secs(udp),
        }),
        in_roaming: true,
        tunnel: apn.tunnel,
        qci: apn.qci.0,
    })
}

/// A server behind access points.
pub(super) fn server(server: &ServerPlan) -> cellular::Server {
    cellular::Server {
        name: server.name.get_ref().clone(),
        addresses: server.addresses.get_ref().clone(),
        apns: server.apns.iter().map(|apn| apn.get_ref().clone()).collect(),
        account: server.account.as_ref().map(|account| account.get_ref().clone()),
        filtered: server.filtered,
        services: server.services.iter().map(|service| self::service(service.0)).collect(),
    }
}

const fn service(plan: ServicePlan) -> cellular::ServerService {
    cellular::ServerService {
        protocol: if plan.tcp { cellular::Protocol::Tcp } else { cellular::Protocol::Udp },
        port: plan.port,
        behaviour: match plan.kind {
            ServiceKind::Echo => cellular::Behaviour::Echo,
            ServiceKind::Sink => cellular::Behaviour::Sink,
            ServiceKind::Http => cellular::Behaviour::Http,
        },
    }
}
