//! The few protobuf bytes that a tile is made of (protobuf encoding guide; MVT 2.1 `vector_tile.proto`).

/// Appends a varint.
#[inline]
pub fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Below this a varint takes at most four bytes.
const FOUR_BYTE_END: u64 = 1 << 28;

/// Appends two varints, which are mostly short: spread to bytes by shifts, without a loop, and copied as one word.
#[inline]
pub fn varint_pair(out: &mut Vec<u8>, first: u64, second: u64) {
    if first >= FOUR_BYTE_END || second >= FOUR_BYTE_END {
        varint(out, first);
        varint(out, second);
        return;
    }
    let ((first, first_len), (second, second_len)) = (short_varint(first), short_varint(second));
    let word = first | second << (8 * first_len);
    let len = out.len() + (first_len + second_len) as usize;
    out.extend_from_slice(&word.to_le_bytes());
    out.truncate(len);
}

/// The bytes of a varint below [`FOUR_BYTE_END`], least first, and how many they are.
#[inline]
fn short_varint(number: u64) -> (u64, u32) {
    let spread = number & 0x7f | (number & 0x3f80) << 1 | (number & 0x1f_c000) << 2 | (number & 0xfe0_0000) << 3;
    let len = (70 - (number | 1).leading_zeros()) / 7;
    (spread | 0x0080_8080 & ((1 << (8 * (len - 1))) - 1), len)
}

/// How many bytes [`varint`] writes.
pub fn varint_len(number: u64) -> usize {
    (64 - (number | 1).leading_zeros() as usize).div_ceil(7)
}

/// Appends a length-delimited field: its key byte, its length, its bytes.
pub fn field(out: &mut Vec<u8>, key: u8, bytes: &[u8]) {
    out.push(key);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Signed to unsigned with small magnitudes staying small.
#[inline]
pub fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// Key bytes: field number times eight plus wire type.
pub mod key {
    /// Tile.layers
    pub const TILE_LAYER: u8 = 3 << 3 | 2;
    /// Layer.name
    pub const LAYER_NAME: u8 = 1 << 3 | 2;
    /// Layer.features
    pub const LAYER_FEATURE: u8 = 2 << 3 | 2;
    /// Layer.keys
    pub const LAYER_KEY: u8 = 3 << 3 | 2;
    /// Layer.values
    pub const LAYER_VALUE: u8 = 4 << 3 | 2;
    /// Layer.extent
    pub const LAYER_EXTENT: u8 = 5 << 3;
    /// The number of Layer.\[urbis.dropped\], in the range that `vector_tile.proto` leaves to extensions (16 to max).
    pub const DROPPED_FIELD: u32 = 1001;
    /// Layer.\[urbis.dropped\], a varint of two bytes.
    pub const LAYER_DROPPED: [u8; 2] = [(DROPPED_FIELD << 3 & 0x7f | 0x80) as u8, (DROPPED_FIELD << 3 >> 7) as u8];
    /// Layer.version
    pub const LAYER_VERSION: u8 = 15 << 3;
    /// Feature.id
    pub const FEATURE_ID: u8 = 1 << 3;
    /// Feature.tags
    pub const FEATURE_TAGS: u8 = 2 << 3 | 2;
    /// Feature.type
    pub const FEATURE_TYPE: u8 = 3 << 3;
    /// Feature.geometry
    pub const FEATURE_GEOMETRY: u8 = 4 << 3 | 2;
    /// Value.string_value
    pub const VALUE_STRING: u8 = 1 << 3 | 2;
    /// Value.float_value
    pub const VALUE_FLOAT: u8 = 2 << 3 | 5;
    /// Value.double_value
    pub const VALUE_DOUBLE: u8 = 3 << 3 | 1;
    /// Value.uint_value
    pub const VALUE_UINT: u8 = 5 << 3;
    /// Value.sint_value
    pub const VALUE_SINT: u8 = 6 << 3;
    /// Value.bool_value
    pub const VALUE_BOOL: u8 = 7 << 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_two_varints() {
        let edges = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit]).collect::<Vec<_>>();
        for &first in &edges {
            for &second in &edges {
                let (mut pair, mut apart) = (Vec::new(), Vec::new());
                varint_pair(&mut pair, first, second);
                varint(&mut apart, first);
                varint(&mut apart, second);
                assert_eq!(pair, apart, "{first}, {second}");
                assert_eq!(pair.len(), varint_len(first) + varint_len(second));
            }
        }
    }
}
