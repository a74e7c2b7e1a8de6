//! IP packets between mobiles and the network: what both ends read of them, and the link that a TCP/IP stack sits on.
//!
//! TCP, UDP and ICMP themselves are smoltcp's, on both ends; checksums are always made and always checked. Not here:
//! fragments, which neither end makes.

mod link;
mod packet;
mod prefix;
mod router;

pub use link::{Link, lab_time, stack_time};
pub use packet::{Header, MalformedPacket, Transport};
pub use prefix::{NotAPrefix, Prefix};
pub use router::{Advertisement, advertisement, is_solicitation, solicitation};
