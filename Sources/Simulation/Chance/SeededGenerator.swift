internal import Foundation

/// Random numbers that depend on a seed alone: SplitMix64 (Steele, Lea, Flood 2014), 64 bits of state.
///
/// Good enough to draw arrivals and lengths from, and the same on every machine; not for anything that must be secret.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameters:
    ///   - seed: decides every number.
    ///   - stream: sets sequences of one seed apart, so that drawing more from one does not shift the others.
    package init(seed: UInt64, stream: UInt64 = 0) {
        state = seed &* 0x2545_f491_4f6c_dd1d &+ stream &* 0xd134_2543_de82_ef95
        _ = next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    /// Uniform in [0, 1), with 53 random bits.
    package mutating func unit() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }

    /// Exponential with mean 1.
    package mutating func exponential() -> Double { -log(1 - unit()) }

    /// Normal with mean 0 and deviation 1 (Box and Muller, one of the two).
    package mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * .pi * unit())
    }
}
