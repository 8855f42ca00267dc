//! The bytes of a run of events: a header that vouches for itself, and a body that it vouches for.
//!
//! ```text
//! header  magic "UFRM" 4, body length 4, first number 8, synced number 8, count 4, CRC-32 of the body 4, CRC-32 of these 32 bytes 4
//! body    for each event: time 8, class 2, payload length 4, payload
//! ```
//!
//! All little-endian; CRC-32 as in IEEE 802.3. The *synced number* is the last that was on the disk for certain when the frame was
//! written. It tells damage from a torn write: a frame that can't be read, followed by one that knew it to be synced, was acknowledged.

use super::{Event, MAX_PAYLOAD_BYTES};

const MAGIC: [u8; 4] = *b"UFRM";

pub(super) const HEADER_BYTES: usize = 36;

const EVENT_HEAD_BYTES: usize = 14;

/// Past this a run is split: about what one damaged byte can cost.
pub(super) const SPLIT_BYTES: usize = 256 << 10;

/// The longest body: one that was not yet split, and one more event.
const MAX_BODY_BYTES: usize = SPLIT_BYTES + EVENT_HEAD_BYTES + MAX_PAYLOAD_BYTES;

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) first_seq: u64,
    pub(super) synced_seq: u64,
    pub(super) count: u32,
    body_bytes: u32,
    body_crc: u32,
}

/// Bytes that an event takes in a frame.
pub(super) fn event_bytes(event: &Event) -> usize {
    EVENT_HEAD_BYTES + event.payload.len()
}

/// Writes events behind each other, the first with this number, split past so many bytes, at most [`SPLIT_BYTES`]; without events a frame
/// that says only what is synced.
pub(super) fn write(events: &[Event], first_seq: u64, synced_seq: u64, split_bytes: usize, out: &mut Vec<u8>) {
    let mut rest = events;
    let mut seq = first_seq;
    loop {
        let start = out.len();
        out.resize(start + HEADER_BYTES, 0);
        let mut count = 0;
        while let Some((event, behind)) = rest.split_first()
            && out.len() - start < split_bytes
        {
            out.extend(event.time_us.to_le_bytes());
            out.extend(event.class.to_le_bytes());
            out.extend((event.payload.len() as u32).to_le_bytes());
            out.extend(&event.payload);
            (rest, count) = (behind, count + 1);
        }
        let body = &out[start + HEADER_BYTES..];
        let frame = Frame { first_seq: seq, synced_seq, count, body_bytes: body.len() as u32, body_crc: checksum(body) };
        out[start..start + HEADER_BYTES].copy_from_slice(&frame.header());
        seq += u64::from(count);
        if rest.is_empty() {
            return;
        }
    }
}

impl Frame {
    fn header(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.body_bytes.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.synced_seq.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.count.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.body_crc.to_le_bytes());
        let crc = checksum(&bytes[..32]);
        bytes[32..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header that these bytes begin with; none where they are no whole header, or one that this log can't have written.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
        let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        if bytes[..4] != MAGIC || checksum(&bytes[..32]) != u32_at(32) {
            return None;
        }
        let frame =
            Self { body_bytes: u32_at(4), first_seq: u64_at(8), synced_seq: u64_at(16), count: u32_at(24), body_crc: u32_at(28) };
        let is_ours = frame.body_bytes as usize <= MAX_BODY_BYTES
            && frame.body_bytes as usize >= frame.count as usize * EVENT_HEAD_BYTES
            && frame.first_seq > frame.synced_seq
            && frame.first_seq.checked_add(u64::from(frame.count)).is_some();
        is_ours.then_some(frame)
    }

    /// Header and body, bytes.
    pub(super) fn bytes(&self) -> usize {
        HEADER_BYTES + self.body_bytes as usize
    }

    /// The number after its last.
    pub(super) fn next_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count)
    }

    /// The body of the frame that these bytes begin with, if it is whole.
    pub(super) fn body<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(HEADER_BYTES..self.bytes()).filter(|body| checksum(body) == self.body_crc)
    }

    /// Calls with number, time, class and payload of each event of a whole body; false where it does not hold what its header says.
    pub(super) fn walk<'a>(&self, mut body: &'a [u8], mut each: impl FnMut(u64, i64, u16, &'a [u8])) -> bool {
        for seq in self.first_seq..self.next_seq() {
            let Some((head, rest)) = body.split_first_chunk::<EVENT_HEAD_BYTES>() else { return false };
            let time_us = i64::from_le_bytes(head[..8].try_into().expect("8 bytes"));
            let class = u16::from_le_bytes(head[8..10].try_into().expect("2 bytes"));
            let length = u32::from_le_bytes(head[10..].try_into().expect("4 bytes")) as usize;
            let Some((payload, behind)) = rest.split_at_checked(length) else { return false };
            each(seq, time_us, class, payload);
            body = behind;
        }
        body.is_empty()
    }
}

/// A fuzzer has to get past it, to what the bytes then say.
fn checksum(bytes: &[u8]) -> u32 {
    if cfg!(fuzzing) { 0 } else { crc32fast::hash(bytes) }
}

/// Where the next bytes lie that may begin a frame.
pub(super) fn next_magic(bytes: &[u8]) -> Option<usize> {
    bytes.windows(MAGIC.len()).position(|window| window == MAGIC)
}
