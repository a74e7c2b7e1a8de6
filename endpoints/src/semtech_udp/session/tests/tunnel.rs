//! What comes in the name of a gateway beside its tunnel.

use super::*;

#[test]
fn what_comes_beside_the_tunnel_is_told_and_changes_nothing() {
    let tunnels = BTreeMap::from([(GATEWAY, "127.8.0.0/16".parse().unwrap())]);
    let mut session = Session::new(BTreeSet::from([GATEWAY])).with_tunnels(tunnels);
    let inside = SocketAddr::from(([127, 8, 0, 1], 40_000));
    let pull = Datagram::PullData { version: Version::V2, token: 1, gateway: GATEWAY }.emit();
    session.handle_datagram(Instant::ZERO, inside, &pull);
    assert!(next_answer(&mut session).is_some());
    traffic(&mut session);
    let body = br#"{"stat":{"rxnb":1}}"#.to_vec();
    let push = Datagram::PushData { version: Version::V2, token: 7, gateway: GATEWAY, body }.emit();
    let ack = Datagram::TxAck { token: 9, gateway: GATEWAY, body: Vec::new() }.emit();
    for octets in [pull, push, ack] {
        session.handle_datagram(Instant::ZERO, address(40_001), &octets);
        assert_eq!(session.next_answer(), None);
        let told = session.poll_event();
        let Some(DoorEvent::OutsideTunnel { address: from, gateway: GATEWAY, tunnel }) = told else {
            panic!("{told:?}")
        };
        assert_eq!((from, tunnel.to_string()), (address(40_001), "127.8.0.0/16".to_owned()));
        assert!(session.poll_event().is_none());
    }
    assert_eq!(session.pull_resp(GATEWAY, &downlink()).unwrap().0, inside, "downlinks go into the tunnel");
    // A flood in its name is one of a stranger.
    for _ in 0..1_000 {
        pull_from(&mut session, address(40_001));
    }
    let told = std::iter::from_fn(|| event(&mut session)).count();
    assert!(told < 40, "{told} events");
    pull_from(&mut session, inside);
    assert!(next_answer(&mut session).is_some(), "the tunnel is served");
}

fn pull_from(session: &mut Session, from: SocketAddr) {
    let pull = Datagram::PullData { version: Version::V2, token: 1, gateway: GATEWAY };
    session.handle_datagram(Instant::ZERO, from, &pull.emit());
}
