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
