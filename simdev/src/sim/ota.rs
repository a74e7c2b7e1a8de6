//! Remote management of the card's files over the air.
//!
//! Spec: TS 31.115 clause 4 (packets in a short message), ETSI TS 102 225 clause 5.1.4 (order of the checks), TS 102 226
//! clauses 5 and 6 (scripts, file management). The card takes commands for the files of the USIM that are ciphered, have a
//! checksum and a counter above the last one that was accepted; everything else is answered with a status and changes
//! nothing. Commands have the operator's rights: everything but a file that is never changed can be written.

use super::apdu::{Answer, Channel, Command};
use super::directory::Directory;
use super::{SimCard, StatusWord};
use wire::ota::{
    COMMAND_ELEMENT, Counter, OtaKeys, Proof, ProofWanted, RESPONSE_ELEMENT, ResponsePacket, ResponseStatus,
    Script, SealedCommand, TAR_USIM_FILES,
};
use wire::sms::{Direction, Tpdu};

/// The instructions of remote file management (TS 102 226 clause 6.4).
const ALLOWED: &[u8] = &[0xa4, 0xb0, 0xd6, 0xb2, 0xdc, 0xa2, 0x32, 0xf2];
/// Tags of an expanded answer: the template, how many commands, an answer of a command.
const RESPONSE_TEMPLATE: u8 = 0xab;
const EXECUTED: u8 = 0x80;
const ANSWER: u8 = 0x23;
/// Octets that an answer may have, so that it fits a delivery report.
const LONGEST_ANSWER: usize = 80;

/// The keys of the card and the last counter that was accepted.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    keys: OtaKeys,
    counter: u64,
}

impl Remote {
    pub(super) const fn new(keys: OtaKeys) -> Self {
        Self { keys, counter: 0 }
    }
}

/// A short message for the card: the user data of the delivery report, empty where no proof of receipt is wanted.
pub(super) fn receive(card: &mut SimCard, tpdu: &[u8]) -> Result<Vec<u8>, StatusWord> {
    let Ok(Tpdu::Deliver(deliver)) = Tpdu::parse(Direction::NetworkToMobile, tpdu) else {
        return Err(StatusWord::INCORRECT_DATA);
    };
    let header = deliver.user_data.header().map(|header| header.octets().to_vec());
    let packet = match header.as_deref() {
        Some([COMMAND_ELEMENT, 0, ..]) => deliver.user_data.payload().octets(),
        Some(_) | None => return Err(StatusWord::INCORRECT_DATA),
    };
    let sealed = SealedCommand::parse(packet).ok_or(StatusWord::INCORRECT_DATA)?;
    let (status, data) = match carry_out(card, &sealed) {
        Ok(data) => (ResponseStatus::OK, data),
        Err(status) => (status, Vec::new()),
    };
    Ok(proof(card, &sealed, status, data))
}

fn carry_out(card: &mut SimCard, sealed: &SealedCommand) -> Result<Vec<u8>, ResponseStatus> {
    let packet = sealed.open(&card.remote.keys)?;
    if sealed.tar != TAR_USIM_FILES {
        return Err(ResponseStatus::UNKNOWN_APPLICATION);
    }
    let security = sealed.security;
    let counts = matches!(security.counter, Counter::Higher | Counter::OneHigher);
    if !(security.checksum && security.ciphered && counts) {
        return Err(ResponseStatus::INSUFFICIENT_SECURITY);
    }
    if packet.counter <= card.remote.counter {
        return Err(ResponseStatus::COUNTER_LOW);
    }
    if security.counter == Counter::OneHigher && packet.counter > card.remote.counter + 1 {
        return Err(ResponseStatus::COUNTER_HIGH);
    }
    card.remote.counter = packet.counter;
    match Script::parse(&packet.data) {
        Ok(Script::Compact(commands)) => Ok(compact(card, &commands)),
        Ok(Script::Expanded { action, commands }) => Ok(expanded(card, action.as_deref(), &commands)),
        Err(_) => Err(ResponseStatus::SECURITY_ERROR),
    }
}

/// How many commands were carried out, the last status word, the last data.
fn compact(card: &mut SimCard, commands: &[Vec<u8>]) -> Vec<u8> {
    let run = run(card, commands);
    let (data, status) = run.last().cloned().unwrap_or((Vec::new(), StatusWord::OK));
    let mut answer = vec![run.len() as u8];
    answer.extend(status.0.to_be_bytes());
    answer.extend(data.into_iter().take(LONGEST_ANSWER));
    answer
}

fn expanded(card: &mut SimCard, action: Option<&[u8]>, commands: &[Vec<u8>]) -> Vec<u8> {
    if let Some(action) = action {
        card.command_terminal(action);
    }
    let run = run(card, commands);
    let mut objects = vec![EXECUTED, 1, run.len() as u8];
    if let Some((data, status)) = run.last() {
        let shown: Vec<u8> = data.iter().take(LONGEST_ANSWER).copied().collect();
        objects.extend([ANSWER, shown.len() as u8 + 2]);
        objects.extend(shown);
        objects.extend(status.0.to_be_bytes());
    }
    let mut answer = vec![RESPONSE_TEMPLATE, objects.len() as u8];
    answer.extend(objects);
    answer
}

/// Carries out commands up to the first that fails, that one included. The USIM is selected.
fn run(card: &mut SimCard, commands: &[Vec<u8>]) -> Vec<(Vec<u8>, StatusWord)> {
    let mut channel = Channel::of_operator(Directory::Usim);
    let mut answers = Vec::new();
    for octets in commands {
        let answer = Command::parse(octets).and_then(|command| {
            if ALLOWED.contains(&command.instruction) {
                card.execute(&mut channel, &command)
            } else {
                Err(StatusWord::UNKNOWN_INSTRUCTION)
            }
        });
        let (data, status) = match answer {
            Ok(Answer::Done(status)) => (Vec::new(), status),
            Ok(Answer::Data(data) | Answer::Waiting(data)) => (data, StatusWord::OK),
            Err(status) => (Vec::new(), status),
        };
        answers.push((data, status));
        if !status.is_ok() {
            break;
        }
    }
    answers
}

/// The proof of receipt as the command wants it, with the header that announces it.
fn proof(card: &SimCard, sealed: &SealedCommand, status: ResponseStatus, data: Vec<u8>) -> Vec<u8> {
    let wanted = match sealed.security.proof.wanted {
        ProofWanted::Never => false,
        ProofWanted::Always => true,
        ProofWanted::OnError => status != ResponseStatus::OK,
    };
    if !wanted {
        return Vec::new();
    }
    // What cannot be trusted is not answered with the keys of the card.
    let trusted = !matches!(
        status,
        ResponseStatus::CHECKSUM_FAILED | ResponseStatus::CIPHERING_ERROR | ResponseStatus::SECURITY_ERROR
    );
    let proof = if trusted {
        sealed.security.proof
    } else {
        Proof { checksum: false, ciphered: false, ..sealed.security.proof }
    };
    let response = ResponsePacket { tar: sealed.tar, counter: card.remote.counter, status, data };
    let mut octets = vec![2, RESPONSE_ELEMENT, 0];
    octets.extend(response.seal(&card.remote.keys, proof));
    octets
}

#[cfg(test)]
mod tests;
