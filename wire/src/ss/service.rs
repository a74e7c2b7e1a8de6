//! Operations on services: arguments and results of register, erase, activate, deactivate and interrogate, and the
//! passwords of barring (TS 24.080 4.2, TS 29.002 17.7.4).

use super::Malformed;
use super::ber::{
    ENUMERATED, NUMERIC_STRING, OCTET_STRING, Reader, SEQUENCE, constructed, context, octet, push, push_with,
};
use super::code::{BasicService, SsCode, SsStatus};
use crate::id::PhoneNumber;

/// International number in the ISDN numbering plan (TS 29.002 AddressString).
const INTERNATIONAL: u8 = 0x91;
/// A number of unknown type in that plan.
const UNKNOWN: u8 = 0x81;
const DIGITS: [u8; 15] = *b"0123456789*#abc";

/// What is to be done with which service: the argument of every operation on services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRequest {
    /// The service.
    pub code: SsCode,
    /// What it is to apply to; everything where it is left out.
    pub basic: Option<BasicService>,
    /// Where calls are to be forwarded to.
    pub number: Option<PhoneNumber>,
    /// How long a call rings before it is forwarded, in seconds.
    pub no_reply: Option<u8>,
}

impl ServiceRequest {
    /// A request about a service as a whole.
    #[must_use]
    pub const fn new(code: SsCode) -> Self {
        Self { code, basic: None, number: None, no_reply: None }
    }

    /// The octets of its element.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push_with(&mut out, SEQUENCE, |out| {
            push(out, OCTET_STRING, &[self.code.0]);
            if let Some(basic) = self.basic {
                basic.write(out);
            }
            if let Some(number) = &self.number {
                push(out, context(4), &address(number));
            }
            if let Some(seconds) = self.no_reply {
                push(out, context(5), &[seconds]);
            }
        });
        out
    }

    /// Reads the element.
    ///
    /// # Errors
    /// [`Malformed`] without a service, or with a number that is none.
    pub fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        let mut inner = Reader::new(Reader::new(octets).required(SEQUENCE, "service request")?);
        let code = SsCode::read(&mut inner)?;
        let basic = BasicService::read(&mut inner)?;
        // An empty [4] is longFTN-Supported of an interrogation.
        let number =
            inner.optional(context(4))?.filter(|value| !value.is_empty()).map(number_of).transpose()?;
        let no_reply = inner.optional(context(5))?.map(|value| octet(value, "no reply time")).transpose()?;
        Ok(Self { code, basic, number, no_reply })
    }
}

/// Call forwarding of one group of basic services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardingFeature {
    /// The group; everything where it is left out.
    pub basic: Option<BasicService>,
    /// Its status.
    pub status: SsStatus,
    /// Where to.
    pub number: Option<PhoneNumber>,
    /// After how many seconds.
    pub no_reply: Option<u8>,
}

impl ForwardingFeature {
    fn write(&self, out: &mut Vec<u8>) {
        push_with(out, SEQUENCE, |out| {
            if let Some(basic) = self.basic {
                basic.write(out);
            }
            push(out, context(4), &[self.status.0]);
            if let Some(number) = &self.number {
                push(out, context(5), &address(number));
            }
            if let Some(seconds) = self.no_reply {
                push(out, context(7), &[seconds]);
            }
        });
    }

    fn read(value: &[u8]) -> Result<Self, Malformed> {
        let mut inner = Reader::new(value);
        let basic = BasicService::read(&mut inner)?;
        let mut feature = Self { basic, status: SsStatus::default(), number: None, no_reply: None };
        while let Some((tag, value)) = inner.next()? {
            match tag {
                0x84 => feature.status = SsStatus(octet(value, "status")?),
                0x85 => feature.number = Some(number_of(value)?),
                0x87 => feature.no_reply = Some(octet(value, "no reply time")?),
                _ => {}
            }
        }
        Ok(feature)
    }
}

/// The result of an interrogation (InterrogateSS-Res).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interrogation {
    /// One status for everything.
    Status(SsStatus),
    /// The groups for which the service is active.
    Groups(Vec<BasicService>),
    /// Call forwarding, group by group.
    Forwarding(Vec<ForwardingFeature>),
    /// Line identification: status, and for CLIR its mode (0 permanent, 1 restricted and 2 allowed by default).
    Generic {
        /// Status.
        status: SsStatus,
        /// Mode of CLIR.
        restriction: Option<u8>,
    },
}

impl Interrogation {
    /// The octets of its element.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Status(status) => push(&mut out, context(0), &[status.0]),
            Self::Groups(groups) => push_with(&mut out, constructed(2), |out| {
                groups.iter().for_each(|group| group.write(out));
            }),
            Self::Forwarding(features) => push_with(&mut out, constructed(3), |out| {
                features.iter().for_each(|feature| feature.write(out));
            }),
            Self::Generic { status, restriction } => push_with(&mut out, constructed(4), |out| {
                push(out, OCTET_STRING, &[status.0]);
                if let Some(mode) = restriction {
                    push(out, ENUMERATED, &[*mode]);
                }
            }),
        }
        out
    }

    /// Reads the element.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        let (tag, value) = Reader::new(octets).next()?.ok_or(Malformed("interrogation"))?;
        let mut inner = Reader::new(value);
        match tag {
            0x80 => octet(value, "status").map(|status| Self::Status(SsStatus(status))),
            0xa2 => {
                let mut groups = Vec::new();
                while let Some(group) = BasicService::read(&mut inner)? {
                    groups.push(group);
                }
                Ok(Self::Groups(groups))
            }
            0xa3 => {
                let mut features = Vec::new();
                while let Some(feature) = inner.optional(SEQUENCE)? {
                    features.push(ForwardingFeature::read(feature)?);
                }
                Ok(Self::Forwarding(features))
            }
            0xa4 => {
                let status = SsStatus(octet(inner.required(OCTET_STRING, "status")?, "status")?);
                let restriction =
                    inner.optional(ENUMERATED)?.map(|value| octet(value, "mode")).transpose()?;
                Ok(Self::Generic { status, restriction })
            }
            _ => Err(Malformed("interrogation")),
        }
    }
}

/// The result of a change of call forwarding or barring (SS-Info).
#[must_use]
pub fn changed(code: SsCode, feature: &ForwardingFeature) -> Vec<u8> {
    let mut out = Vec::new();
    let choice = if code.is_forwarding() {
        0
    } else if code.is_barring() {
        1
    } else {
        3
    };
    push_with(&mut out, constructed(choice), |out| {
        push(out, OCTET_STRING, &[code.0]);
        if choice == 3 {
            push(out, context(4), &[feature.status.0]);
        } else {
            push_with(out, SEQUENCE, |out| feature.write(out));
        }
    });
    out
}

/// A password of four digits, as the argument or result that carries it.
#[must_use]
pub fn password(digits: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, NUMERIC_STRING, digits.as_bytes());
    out
}

/// Reads a password.
///
/// # Errors
/// [`Malformed`] unless it is four digits.
pub fn read_password(octets: &[u8]) -> Result<String, Malformed> {
    let value = Reader::new(octets).required(NUMERIC_STRING, "password")?;
    let text = std::str::from_utf8(value).map_err(|_| Malformed("password"))?;
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(text.to_owned()) } else { Err(Malformed("password")) }
}

/// What a request for a password wants: 0 the present one, 1 the new one, 2 the new one again.
#[must_use]
pub fn guidance(step: u8) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, ENUMERATED, &[step]);
    out
}

/// Reads what a request for a password wants.
///
/// # Errors
/// [`Malformed`] for anything else.
pub fn read_guidance(octets: &[u8]) -> Result<u8, Malformed> {
    octet(Reader::new(octets).required(ENUMERATED, "guidance")?, "guidance")
}

/// The argument of registerPassword: the service alone.
#[must_use]
pub fn service_alone(code: SsCode) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, OCTET_STRING, &[code.0]);
    out
}

/// Reads the argument of registerPassword.
///
/// # Errors
/// [`Malformed`] for anything else.
pub fn read_service_alone(octets: &[u8]) -> Result<SsCode, Malformed> {
    SsCode::read(&mut Reader::new(octets))
}

fn address(number: &PhoneNumber) -> Vec<u8> {
    let mut out = vec![if number.is_international() { INTERNATIONAL } else { UNKNOWN }];
    let digit = |byte: &u8| DIGITS.iter().position(|known| known == byte).unwrap_or(0x0f) as u8;
    let digits: Vec<u8> = number.digits().as_bytes().iter().map(digit).collect();
    out.extend(digits.chunks(2).map(|pair| match pair {
        [low, high] => high << 4 | low,
        [low] => 0xf0 | low,
        _ => 0xff,
    }));
    out
}

fn number_of(octets: &[u8]) -> Result<PhoneNumber, Malformed> {
    let (kind, digits) = octets.split_first().ok_or(Malformed("number"))?;
    let mut text = String::from(if kind & 0x70 == 0x10 { "+" } else { "" });
    let nibbles = digits.iter().flat_map(|octet| [octet & 15, octet >> 4]).take_while(|nibble| *nibble < 15);
    for nibble in nibbles {
        text.push(char::from(*DIGITS.get(usize::from(nibble)).ok_or(Malformed("number"))?));
    }
    text.parse().map_err(|_| Malformed("number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn forwarded() -> PhoneNumber {
        "+33639980002".parse().unwrap()
    }

    #[test]
    fn requests_have_the_octets_of_the_standard() {
        // Each argument was dissected as such by Wireshark 4.0 within its operation.
        let rows = [
            ("3003040121", ServiceRequest::new(SsCode::CFU)),
            (
                "3006040192830111",
                ServiceRequest { basic: Some(BasicService::SPEECH), ..ServiceRequest::new(SsCode::BAOC) },
            ),
            (
                "301204012a8301118407913336990800f2850114",
                ServiceRequest {
                    code: SsCode::CFNRY,
                    basic: Some(BasicService::SPEECH),
                    number: Some(forwarded()),
                    no_reply: Some(20),
                },
            ),
        ];
        for (octets, request) in rows {
            assert_eq!(hex::encode(request.encode()), octets);
            assert_eq!(ServiceRequest::parse(&hex::decode(octets).unwrap()), Ok(request));
        }
    }

    #[test]
    fn results_have_the_octets_of_the_standard() {
        let feature = ForwardingFeature {
            basic: Some(BasicService::SPEECH),
            status: SsStatus(7),
            number: Some(forwarded()),
            no_reply: None,
        };
        let generic = Interrogation::Generic { status: SsStatus(5), restriction: Some(2) };
        let rows = [
            ("800104", Interrogation::Status(SsStatus(4))),
            ("a203830111", Interrogation::Groups(vec![BasicService::SPEECH])),
            ("a311300f8301118401078507913336990800f2", Interrogation::Forwarding(vec![feature.clone()])),
            ("a4060401050a0102", generic),
        ];
        for (octets, result) in rows {
            assert_eq!(hex::encode(result.encode()), octets);
            assert_eq!(Interrogation::parse(&hex::decode(octets).unwrap()), Ok(result));
        }
        assert_eq!(
            hex::encode(changed(SsCode::CFU, &feature)),
            "a0160401213011300f8301118401078507913336990800f2"
        );
        assert_eq!(read_password(&password("0000")).as_deref(), Ok("0000"));
        assert!(read_password(&password("00a0")).is_err() && read_password(&[]).is_err());
        assert_eq!(read_guidance(&guidance(2)), Ok(2));
    }

    #[test]
    fn garbage_is_malformed_or_read_and_never_panics() {
        let mut rng = Seed(29002).rng();
        for _ in 0..20_000 {
            let mut octets: Vec<u8> = (0..rng.below(24)).map(|_| rng.below(256) as u8).collect();
            if rng.chance(700) && octets.len() > 2 {
                octets[0] = [0x30, 0xa3, 0xa4, 0x80, 0xa2][rng.below(5) as usize];
                octets[1] = octets.len() as u8 - 2;
            }
            if let Ok(request) = ServiceRequest::parse(&octets) {
                assert_eq!(ServiceRequest::parse(&request.encode()), Ok(request));
            }
            let _ = (Interrogation::parse(&octets), read_password(&octets), read_guidance(&octets));
        }
    }
}
