//! A browser for tests and the load tool: the offering side, sans-IO like [`crate::Peer`].
//!
//! `handle` and the verbs, then `poll` until `None`. Its errors are strings and its
//! limits are those of its user: nothing here faces a network that is not ours.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

pub use str0m::format::Codec;
pub use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Frequency, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, IceConnectionState, Rtc};

use crate::Certificate;

/// What an offer is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A new media section, sendrecv.
    Add(MediaKind),
    /// Another direction, as in hold.
    Direction(Mid, Direction),
    /// New ICE credentials.
    IceRestart,
}

/// What the client wants or has seen.
#[derive(Debug)]
pub enum Output {
    /// A datagram to send from the client's address.
    Transmit {
        /// Its receiver.
        destination: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// ICE and DTLS are up.
    Connected,
    /// The engine said goodbye (DTLS close_notify).
    Closed,
    /// The engine asks for a keyframe.
    KeyframeRequest(Mid),
    /// An RTP packet came.
    Received(Packet),
    /// Call [`Client::timeout`] then.
    Wake(Instant),
}

/// A received RTP packet.
#[derive(Debug, Clone)]
pub struct Packet {
    /// The media section.
    pub mid: Mid,
    /// SSRC.
    pub ssrc: u32,
    /// Extended sequence number.
    pub sequence: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// Marker bit.
    pub marker: bool,
    /// Payload type.
    pub payload_type: u8,
    /// Payload without header.
    pub payload: Arc<[u8]>,
}

/// One browser with one RTCPeerConnection.
pub struct Client {
    rtc: Rtc,
    address: SocketAddr,
    now: Instant,
    pending: Option<SdpPendingOffer>,
    mids: Vec<Mid>,
    streams: HashMap<Mid, Outgoing>,
    outputs: VecDeque<Output>,
    wrote: bool,
    wake: bool,
}

struct Outgoing {
    sequence: u64,
    timestamp: u32,
}

impl Client {
    /// A client whose socket has `address`.
    ///
    /// # Errors
    /// The address cannot be a candidate.
    pub fn new(now: Instant, address: SocketAddr, certificate: &Certificate) -> Result<Self, String> {
        let mut rtc = crate::rtc::build(certificate, now);
        rtc.add_local_candidate(Candidate::host(address, Protocol::Udp).map_err(|error| error.to_string())?);
        Ok(Self {
            rtc,
            address,
            now,
            pending: None,
            mids: Vec::new(),
            streams: HashMap::new(),
            outputs: VecDeque::new(),
            wrote: false,
            wake: true,
        })
    }

    /// Makes an offer; `None` when the changes need none.
    pub fn offer(&mut self, changes: &[Change]) -> Option<String> {
        let mut api = self.rtc.sdp_api();
        for change in changes {
            match *change {
                Change::Add(kind) => self.mids.push(api.add_media(kind, Direction::SendRecv, None, None, None)),
                Change::Direction(mid, direction) => api.set_direction(mid, direction),
                Change::IceRestart => {
                    api.ice_restart(true);
                }
            }
        }
        let (offer, pending) = api.apply()?;
        self.pending = Some(pending);
        Some(offer.to_sdp_string())
    }

    /// Applies the answer to the last offer.
    ///
    /// # Errors
    /// It is no SDP, does not fit the offer, or there was no offer.
    pub fn answer(&mut self, sdp: &str) -> Result<(), String> {
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(|error| error.to_string())?;
        let pending = self.pending.take().ok_or("no offer is pending")?;
        self.wake = true;
        self.step();
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(|error| error.to_string())?;
        self.step();
        Ok(())
    }

    /// The media sections in the order they were added.
    pub fn mids(&self) -> &[Mid] {
        &self.mids
    }

    /// Whether ICE and DTLS are up.
    pub fn is_connected(&self) -> bool {
        self.rtc.is_connected()
    }

    /// Says goodbye (DTLS close_notify), as a page does that is closed or reloaded.
    ///
    /// Errors: what str0m says of a transport that is not up.
    pub fn close(&mut self) -> Result<(), String> {
        self.rtc.close().map_err(|error| error.to_string())
    }

    /// Sends one packet: `advance` is how far the RTP timestamp has moved since the last.
    /// `false` where the codec or the section was not negotiated.
    pub fn send(&mut self, now: Instant, mid: Mid, codec: Codec, advance: u32, marker: bool, payload: &[u8]) -> bool {
        let payload_type = self.payload_type(mid, codec);
        payload_type.is_some_and(|pt| self.send_as(now, mid, *pt, advance, marker, payload))
    }

    /// The same by payload type, of which a codec may have several.
    pub fn send_as(
        &mut self,
        now: Instant,
        mid: Mid,
        payload_type: u8,
        advance: u32,
        marker: bool,
        payload: &[u8],
    ) -> bool {
        self.now = self.now.max(now);
        let pt = Pt::from(payload_type);
        let Some(media) = self.rtc.media(mid).filter(|media| media.remote_pts().contains(&pt)) else { return false };
        let is_video = media.kind() == MediaKind::Video;
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(mid, None) else { return false };
        let out = self.streams.entry(mid).or_insert(Outgoing { sequence: 1000, timestamp: 0 });
        out.sequence += 1;
        out.timestamp = out.timestamp.wrapping_add(advance);
        let rtp = RtpWrite::new(pt, out.sequence.into(), out.timestamp, now, payload).marker(marker);
        stream.write_rtp(rtp.nackable(is_video));
        self.wrote = true;
        self.wake = true;
        true
    }

    /// Leaves a sequence number out, as if a packet were lost before the network.
    pub fn lose_one(&mut self, mid: Mid) {
        if let Some(out) = self.streams.get_mut(&mid) {
            out.sequence += 1;
        }
    }

    /// Goes on with another SSRC, sequence and timestamp, as a browser does after
    /// `replaceTrack` across kinds or a restarted encoder.
    pub fn change_ssrc(&mut self, mid: Mid, ssrc: u32) {
        let rtx = self.rtc.direct_api().stream_tx_by_mid(mid, None).and_then(|stream| stream.rtx());
        let rtx = rtx.map(|_| Ssrc::from(ssrc ^ 0x5555));
        self.rtc.direct_api().reset_stream_tx(mid, None, ssrc.into(), rtx);
        self.streams.insert(mid, Outgoing { sequence: u64::from(ssrc & 0x3fff), timestamp: ssrc });
    }

    /// Asks the engine for a keyframe of what it sends.
    pub fn request_keyframe(&mut self, mid: Mid) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
        self.wrote = true;
        self.wake = true;
    }

    /// Takes a datagram that came to the client's address.
    pub fn receive(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) {
        self.now = self.now.max(now);
        self.wake = true;
        if let Ok(receive) = Receive::new(Protocol::Udp, source, self.address, bytes) {
            self.rtc.handle_input(str0m::Input::Receive(self.now, receive)).ok();
        }
    }

    /// The time of the last [`Output::Wake`] has come.
    pub fn timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.wake = true;
        self.step();
    }

    /// The next thing it wants or has seen.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            match self.rtc.poll_output().ok()? {
                str0m::Output::Transmit(t) => {
                    return Some(Output::Transmit { destination: t.destination, bytes: t.contents.into() });
                }
                str0m::Output::Event(event) => self.on_event(event),
                str0m::Output::Timeout(_) if self.wrote => self.step(),
                str0m::Output::Timeout(at) => return std::mem::take(&mut self.wake).then_some(Output::Wake(at)),
            }
        }
    }

    fn step(&mut self) {
        self.wrote = false;
        self.rtc.handle_input(str0m::Input::Timeout(self.now)).ok();
    }

    fn on_event(&mut self, event: str0m::Event) {
        match event {
            str0m::Event::Connected | str0m::Event::IceConnectionStateChange(IceConnectionState::Connected)
                if self.rtc.is_connected() =>
            {
                self.outputs.push_back(Output::Connected);
            }
            str0m::Event::Closed => self.outputs.push_back(Output::Closed),
            str0m::Event::KeyframeRequest(request) => self.outputs.push_back(Output::KeyframeRequest(request.mid)),
            str0m::Event::RtpPacket(packet) => {
                let Some(mid) = self.rtc.direct_api().stream_rx(&packet.header.ssrc).map(|s| s.mid()) else { return };
                self.outputs.push_back(Output::Received(Packet {
                    mid,
                    ssrc: *packet.header.ssrc,
                    sequence: *packet.seq_no,
                    timestamp: packet.header.timestamp,
                    marker: packet.header.marker,
                    payload_type: *packet.header.payload_type,
                    payload: packet.payload,
                }));
            }
            _ => {}
        }
    }

    fn payload_type(&self, mid: Mid, codec: Codec) -> Option<Pt> {
        let negotiated = self.rtc.media(mid)?.remote_pts();
        let mut params = self.rtc.codec_config().params().iter().filter(|params| params.spec().codec == codec);
        // Of the telephone events, those with the clock of Opus.
        let wanted = if codec == Codec::Tele { Some(Frequency::FORTY_EIGHT_KHZ) } else { None };
        let fits = |rate| wanted.is_none_or(|wanted| wanted == rate);
        params.find(|p| negotiated.contains(&p.pt()) && fits(p.spec().clock_rate)).map(|params| params.pt())
    }
}
