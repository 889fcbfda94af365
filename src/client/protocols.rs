//! The one place that names the relay's protocol modules, from which a leg is built (DTLS, SRTP, RTP, RTCP).

pub use crate::relay::{
    dtls::{Dtls, DtlsError, Identity, SrtpKeys},
    reception::{MAX_MISSING, Reception},
    rtcp,
    rtp::{self, Kind},
    srtp::{Opener, RTCP_OVERHEAD, Sealer, SrtpError, TAG_LEN},
};
