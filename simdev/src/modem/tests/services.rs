//! Services that the network keeps, as commands see them.

use super::*;
use wire::cause::SsError;
use wire::nas::{Side, TransactionId};
use wire::ss::{Component, InvokeId, SsMessage, SsMessageKind, guidance, operation, password};

fn own() -> TransactionId {
    TransactionId::new(Side::Mobile, 0).unwrap()
}

impl Bench {
    /// Types a command that asks the network; gives the octets that it sends.
    #[track_caller]
    fn asks(&mut self, command: &str) -> String {
        self.at(command, &[]);
        let message = self.nas();
        let NasUp::Ss(octets) = &message else { panic!("{message}") };
        hex::encode(octets)
    }

    fn answered(&mut self, component: Component) -> Vec<String> {
        self.says(SsMessageKind::ReleaseComplete, component);
        self.lines()
    }

    fn says(&mut self, kind: SsMessageKind, component: Component) {
        self.network(NasDown::Ss(SsMessage::new(own(), kind, component).encode(Side::Network)));
    }
}

fn result(operation: u8, octets: &str) -> Component {
    Component::ReturnResult { id: InvokeId(1), result: Some((operation, hex::decode(octets).unwrap())) }
}

#[test]
fn a_command_leaves_with_the_octets_of_the_standard() {
    // (command, argument of its operation, code of its operation)
    let rows = [
        ("AT+CCFC=0,2", "3003040121", "0e"),
        ("AT+CCFC=2,3,\"+33639980002\",145,1,,,20", "301204012a8301118407913336990800f2850114", "0a"),
        ("AT+CCFC=1,0", "3003040129", "0d"),
        ("AT+CCFC=1,1", "3003040129", "0c"),
        ("AT+CCFC=4,4", "3003040120", "0b"),
        ("AT+CCWA=1,2,1", "3006040141830111", "0e"),
        ("AT+CCWA=1,0", "3003040141", "0d"),
        ("AT+CLCK=\"AO\",2", "3003040192", "0e"),
        ("AT+CLCK=\"AB\",0,\"0000\"", "3003040190", "0d"),
        ("AT+CLCK=\"IR\",1,\"0000\",1", "300604019b830111", "0c"),
        ("AT+CPWD=\"AO\",\"0000\",\"1234\"", "040192", "11"),
        ("AT+CLIP?", "3003040111", "0e"),
        ("AT+CLIR?", "3003040112", "0e"),
    ];
    for (command, argument, code) in rows {
        let mut bench = Bench::registered();
        let octets = bench.asks(command);
        assert!(octets.contains(&format!("0201010201{code}{argument}7f0100")), "{command}: {octets}");
    }
}

#[test]
fn what_the_network_answers_is_shown() {
    let rows = [
        ("AT+CCFC=0,2", "800104", vec!["+CCFC: 0,7", "OK"]),
        (
            "AT+CCFC=2,2",
            "a314301283011184010785079133369908 00f2870114",
            vec!["+CCFC: 1,1,\"+33639980002\",145,,,20", "OK"],
        ),
        ("AT+CCWA=1,2", "a203830111", vec!["+CCWA: 1,1", "OK"]),
        ("AT+CLCK=\"AO\",2", "800104", vec!["+CLCK: 0,7", "OK"]),
        ("AT+CLIP?", "a403040105", vec!["+CLIP: 0,1", "OK"]),
        ("AT+CLIP?", "a403040100", vec!["+CLIP: 0,0", "OK"]),
        ("AT+CLIR?", "a4060401050a0102", vec!["+CLIR: 0,4", "OK"]),
        ("AT+CLIR?", "a4060401050a0101", vec!["+CLIR: 0,3", "OK"]),
    ];
    for (command, octets, lines) in rows {
        let mut bench = Bench::registered();
        bench.asks(command);
        let answer = result(operation::INTERROGATE_SS, &octets.replace(' ', ""));
        assert_eq!(bench.answered(answer), lines, "{command}");
    }
}

#[test]
fn an_error_of_the_network_has_its_code() {
    for (error, code) in [
        (SsError::SUBSCRIPTION_VIOLATION, 3),
        (SsError::NEGATIVE_PASSWORD_CHECK, 16),
        (SsError::SYSTEM_FAILURE, 60),
        (SsError::DATA_MISSING, 61),
        (SsError::CALL_BARRED, 62),
        (SsError::FACILITY_NOT_SUPPORTED, 4),
        (SsError(99), 100),
    ] {
        let mut bench = Bench::registered();
        bench.asks("AT+CCFC=0,1");
        let answer = Component::ReturnError { id: InvokeId(1), error };
        assert_eq!(bench.answered(answer), [format!("+CME ERROR: {code}")]);
    }
    let mut bench = Bench::registered();
    bench.asks("AT+CCFC=0,2");
    bench.wait(secs(61));
    assert_eq!(bench.lines(), ["+CME ERROR: 31"]);
    for (command, code) in [
        ("AT+CCFC=6,2", 50),
        ("AT+CCFC=0,3", 50),
        ("AT+CCFC=4,2", 3),
        ("AT+CLCK=\"AB\",2", 3),
        ("AT+CCFC=0,3,\"x\"", 50),
    ] {
        bench.at(command, &[&format!("+CME ERROR: {code}")]);
    }
    let mut bench = Bench::booted();
    bench.at("AT+CCFC=0,2", &["+CME ERROR: 30"]);
    bench.at("AT+CLIP?", &["+CLIP: 0,2", "OK"]);
}

#[test]
fn a_password_is_given_when_the_network_asks_for_it() {
    let mut bench = Bench::registered();
    bench.asks("AT+CPWD=\"AO\",\"0000\",\"1234\"");
    for (step, digits) in [(0, "0000"), (1, "1234"), (2, "1234")] {
        let id = InvokeId(step + 1);
        let linked = Some(InvokeId(1));
        let argument = guidance(step);
        let invoke = Component::Invoke { id, linked, operation: operation::GET_PASSWORD, argument };
        bench.says(SsMessageKind::Facility, invoke);
        let NasUp::Ss(octets) = bench.nas() else { panic!("no password") };
        let answer = SsMessage::parse(Side::Mobile, &octets).unwrap();
        let result = Some((operation::GET_PASSWORD, password(digits)));
        assert_eq!(answer.components, [Component::ReturnResult { id, result }]);
    }
    assert_eq!(bench.answered(result(operation::REGISTER_PASSWORD, "120431323334")), ["OK"]);

    bench.asks("AT+CLCK=\"AO\",1");
    let argument = guidance(0);
    let id = InvokeId(1);
    bench.says(
        SsMessageKind::Facility,
        Component::Invoke { id, linked: None, operation: operation::GET_PASSWORD, argument },
    );
    assert_eq!(bench.lines(), ["+CME ERROR: 16"], "no password was given with the command");
}
