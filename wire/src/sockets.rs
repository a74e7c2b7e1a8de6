//! The families of socket commands: what a maker calls its TCP, UDP, DNS and ping commands.

/// Whose socket commands a module has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketFamily {
    /// `+QIOPEN` and its like.
    Quectel,
    /// `+NETOPEN`, `+CIPOPEN` and their like.
    Simcom,
    /// `+USOCR` and its like; a context is used as it is.
    UbloxR4,
    /// `+USOCR` and its like, over a profile that `+UPSDA` activates.
    UbloxR5,
    /// `#SD` and its like.
    Telit,
    /// `+KTCPCFG` and its like.
    Sierra,
    /// `#XSOCKET` and its like.
    Nordic,
}
