//! Reads what the relay reports of this endpoint's own stream out of the library's packets, and leaves them as they are.

use std::{collections::VecDeque, time::Instant};

use rtc::{
    interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket},
    rtcp::{receiver_report::ReceiverReport, reception_report::ReceptionReport, sender_report::SenderReport},
    sansio::Protocol,
    shared::error::Error,
};

use super::leg::{News, Teller};
use crate::client::{protocols::rtcp, reports::Reports};

/// See the module. It stands next to the wire, so that it sees the sender reports that go out as well.
pub(super) struct Reporter {
    ssrc: u32,
    reports: Reports,
    teller: Teller,
    read: VecDeque<TaggedPacket>,
    write: VecDeque<TaggedPacket>,
}

impl Reporter {
    /// For the stream that is sent under `ssrc`.
    pub(super) fn new(ssrc: u32, teller: Teller) -> Self {
        Self { ssrc, reports: Reports::default(), teller, read: VecDeque::new(), write: VecDeque::new() }
    }

    fn came(&mut self, blocks: &[ReceptionReport], now: Instant) {
        for block in blocks.iter().filter(|block| block.ssrc == self.ssrc) {
            let block = rtcp::Report {
                ssrc: block.ssrc,
                fraction_lost: block.fraction_lost,
                lost: block.total_lost,
                highest: block.last_sequence_number,
                jitter: block.jitter,
                last_sr: block.last_sender_report,
                delay_since_last_sr: block.delay,
            };
            self.teller.tell(News::Report(self.reports.read(&block, now)));
        }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Reporter {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(compound) = &packet.message.packet {
            for part in compound {
                let part = part.as_any();
                let receiver = part.downcast_ref::<ReceiverReport>().map(|report| &report.reports);
                let sender = part.downcast_ref::<SenderReport>().map(|report| &report.reports);
                if let Some(blocks) = receiver.or(sender) {
                    self.came(blocks, packet.now);
                }
            }
            self.teller.tell(News::Heard);
        }
        self.read.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.read.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(compound) = &packet.message.packet {
            for report in compound.iter().filter_map(|part| part.as_any().downcast_ref::<SenderReport>()) {
                self.reports.sent(report.ntp_time, packet.now);
            }
        }
        self.write.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.write.pop_front()
    }
}

impl Interceptor for Reporter {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
