//! The dial strings of the packet domain (TS 27.007 10.2.1).

use wire::at::error::CmeError;

/// The context that a dial string without one means.
const DEFAULT_CONTEXT: u8 = 1;

/// The context that a dial string asks for; `None` when it is a number of the telephone network.
///
/// `*99[*<address>[*<L2P>[*<cid>]]]#` asks for the packet domain, `*98[*<cid>]#` for IP, which hosts also write with
/// the empty fields of the other. Either way the line speaks PPP: no module offers a host anything else here.
pub(super) fn packet_context(string: &str) -> Option<Result<u8, CmeError>> {
    let string = string.trim_start_matches(['T', 't', 'P', 'p']).trim();
    let body = string.strip_suffix('#')?;
    let (fields, short) = match body.strip_prefix("*99") {
        Some(fields) => (fields, false),
        None => (body.strip_prefix("*98")?, true),
    };
    let fields: Vec<&str> = match fields.strip_prefix('*') {
        Some(fields) => fields.split('*').collect(),
        None if fields.is_empty() => Vec::new(),
        None => return None,
    };
    let context = match fields.as_slice() {
        [] | [_] if !short => Some(""),
        [] => Some(""),
        [cid] => Some(*cid),
        [_, layer] => is_ppp(layer).then_some(""),
        [_, layer, cid] => is_ppp(layer).then_some(*cid),
        _ => None,
    };
    Some(context.and_then(number).ok_or(CmeError::INVALID_DIAL_STRING))
}

fn is_ppp(layer: &str) -> bool {
    matches!(layer.to_ascii_uppercase().as_str(), "" | "PPP" | "1")
}

fn number(cid: &str) -> Option<u8> {
    if cid.is_empty() { Some(DEFAULT_CONTEXT) } else { cid.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dial_strings_of_the_packet_domain() {
        let wrong = Some(Err(CmeError::INVALID_DIAL_STRING));
        for (string, want) in [
            ("*99#", Some(Ok(1))),
            ("T*99#", Some(Ok(1))),
            ("*99***1#", Some(Ok(1))),
            ("*99***3#", Some(Ok(3))),
            ("*99**PPP*2#", Some(Ok(2))),
            ("*99*10.0.0.1*PPP*2#", Some(Ok(2))),
            ("*99**1*2#", Some(Ok(2))),
            ("*98#", Some(Ok(1))),
            ("*98*2#", Some(Ok(2))),
            ("*98***2#", Some(Ok(2))),
            ("*99***x#", wrong),
            ("*99***300#", wrong),
            ("*99**X25*1#", wrong),
            ("*99*1*2*3*4#", wrong),
            ("*99", None),
            ("*100#", None),
            ("+33639980002", None),
        ] {
            assert_eq!(packet_context(string), want, "{string}");
        }
    }
}
