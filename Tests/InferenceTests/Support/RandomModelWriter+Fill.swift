extension RandomModelWriter {
    /// SplitMix64 as a function of the position, so that element i does not depend on those before it.
    struct Numbers {
        private let seed: UInt64

        /// The numbers of one variable.
        init(model: String, variable: String) {
            seed = FNV1a.hash(bytes: "\(model)/\(variable)".utf8)
        }

        /// The number of element `index`.
        func callAsFunction(_ index: Int) -> UInt64 {
            var z = seed &+ UInt64(truncatingIfNeeded: index &+ 1) &* 0x9E37_79B9_7F4A_7C15
            z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z &>> 31)
        }
    }

    /// Computes a float32 element as numpy does: every operation rounded on its own.
    static func uniform(_ z: UInt64, center: Float, range: Float) -> Float {
        let u = Float(UInt32(truncatingIfNeeded: z &>> 40)) * 0x1p-24
        return (u - 0.5) * range + center
    }

    /// The bits of the nearest half-precision number, ties to even, of a magnitude below 65,520.
    ///
    /// `Float16` does not exist on every platform that Swift runs on.
    static func float16Bits(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: (value.bitPattern & 0x8000_0000) &>> 16)
        let magnitude = value.bitPattern & 0x7FFF_FFFF
        if magnitude < 0x3880_0000 {
            // Adding 0.5 leaves the float's own rounding with steps of 2^-24, those of subnormal halves.
            let rounded = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
            return sign | UInt16(truncatingIfNeeded: rounded)
        }
        let rounded = magnitude &+ 0x0FFF &+ ((magnitude &>> 13) & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded &- 0x3800_0000) &>> 13)
    }

    /// The bits of the nearest bfloat16 number, ties to even.
    static func bfloat16Bits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16)
    }

    /// A quantised weight of 8 bits, from -127 to 127.
    static func int8(_ z: UInt64) -> Int8 {
        let value = Int8(truncatingIfNeeded: z &>> 56)
        return value == -128 ? -127 : value
    }

    /// A quantised weight of 16 bits, of which the reference uses 11: from -1024 to 1023.
    static func int16(_ z: UInt64) -> Int16 {
        Int16(truncatingIfNeeded: z &>> 53) &- 1024
    }
}

/// The 64-bit FNV-1a hash.
enum FNV1a {
    private static let offset: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01B3

    /// The hash of bytes.
    static func hash(bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(offset) { ($0 ^ UInt64($1)) &* prime }
    }

    /// The hash with little-endian 64-bit words in the place of bytes, which is eight times as fast.
    static func hash(words: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var value = offset
        var index = 0
        while index < words.count {
            value = (value ^ UInt64(littleEndian: words[index])) &* prime
            index &+= 1
        }
        return value
    }
}
