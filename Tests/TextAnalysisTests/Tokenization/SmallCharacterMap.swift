/// Normalization rules as a tokenizer file holds them: "a" is written "b".
enum SmallCharacterMap {
    /// A trie of 512 units, and the rules behind it.
    static func bytes(_ change: (inout [UInt32]) -> Void = { _ in }, rules: [UInt8] = [0x62, 0]) -> [UInt8] {
        var units = [UInt32](repeating: 0x8000_0000, count: 512)
        units[0] = offset(0x100)
        units[0x100 ^ 0x61] = offset(0x02) | 0x100 | 0x61
        units[0x163] = 0x8000_0000
        change(&units)
        var bytes: [UInt8] = []
        withUnsafeBytes(of: UInt32(units.count * 4).littleEndian) { bytes += $0 }
        for unit in units { withUnsafeBytes(of: unit.littleEndian) { bytes += $0 } }
        return bytes + rules
    }

    /// The part of a unit that says how far its children are.
    static func offset(_ value: UInt32) -> UInt32 { value << 10 }
}
