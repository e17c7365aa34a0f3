import CKernels
import Testing

/// One table of kernels that this processor can run: the argument of every kernel test.
struct InstructionSet: Sendable, CustomTestStringConvertible {
    private let rawValue: UInt32

    var isa: ck_isa { ck_isa(rawValue: rawValue) }
    var kernels: ck_kernels {
        guard let table = ck_kernels_for(isa) else { preconditionFailure("No table for \(rawValue).") }
        return table.pointee
    }
    var testDescription: String { String(cString: kernels.name) }

    static let available = (0..<UInt32(8)).filter { ck_kernels_for(ck_isa(rawValue: $0)) != nil }.map(Self.init)
}

/// Sizes around the borders of vectors, tiles and panels.
let oddSizes = [1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129, 257]

/// What a kernel writes into a buffer of `count` elements that starts off alignment and as `initial` (a recognisable
/// value by default). Records an issue if an element beyond either end was written.
func written<Element: Equatable>(
    _ count: Int,
    over initial: [Element],
    sentinel: Element,
    sourceLocation: SourceLocation = #_sourceLocation,
    by body: (UnsafeMutablePointer<Element>) -> Void
) -> [Element] {
    let before = 1
    let total = before + count + 64
    let start = UnsafeMutablePointer<Element>.allocate(capacity: total)
    defer { start.deallocate() }
    start.initialize(repeating: sentinel, count: total)
    for (index, element) in initial.enumerated() { start[before + index] = element }
    body(start + before)
    let buffer = UnsafeBufferPointer(start: start, count: total)
    let strayed = buffer[0] != sentinel || buffer[(before + count)...].contains { $0 != sentinel }
    #expect(!strayed, "The kernel wrote beyond its output.", sourceLocation: sourceLocation)
    return Array(buffer[before..<(before + count)])
}

func written(
    _ count: Int,
    over initial: [Float] = [],
    sourceLocation: SourceLocation = #_sourceLocation,
    by body: (UnsafeMutablePointer<Float>) -> Void
) -> [Float] {
    written(count, over: initial, sentinel: -987_654, sourceLocation: sourceLocation, by: body)
}

/// How far a kernel's float may be from the same number computed in double precision.
struct Tolerance {
    var absolute: Double
    var relative: Double

    /// Products of up to 257 terms in −1…1.
    static let product = Tolerance(absolute: 6e-6, relative: 2e-6)
    /// An exact integer times two factors, plus a term.
    static let scaledInteger = Tolerance(absolute: 1e-6, relative: 3e-7)
    static let scaledRow = Tolerance(absolute: 1e-7, relative: 2e-7)
    static let norm = Tolerance(absolute: 2e-6, relative: 2e-6)
    /// Weights and weighted means of values in −1…1.
    static let attention = Tolerance(absolute: 2e-6, relative: 1e-5)
    static let activation = Tolerance(absolute: 4e-7, relative: 4e-7)
    static let logarithmOfSum = Tolerance(absolute: 1e-5, relative: 1e-6)

    func accepts(_ got: Float, for expected: Double) -> Bool {
        abs(Double(got) - expected) <= absolute + relative * abs(expected)
    }
}

/// Records one issue, for the first element outside the tolerance.
func expectClose(
    _ got: [Float],
    _ expected: [Double],
    _ tolerance: Tolerance,
    _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(got.count == expected.count, sourceLocation: sourceLocation)
    let wrong = zip(got, expected).enumerated().first { !tolerance.accepts($1.0, for: $1.1) }
    guard let (index, (value, target)) = wrong else { return }
    Issue.record("\(comment) [\(index)] is \(value), not \(target)", sourceLocation: sourceLocation)
}

/// Records one issue, for the first element whose bits differ.
func expectSameBits(
    _ got: [Float],
    _ expected: [Float],
    _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(got.count == expected.count, sourceLocation: sourceLocation)
    let wrong = zip(got, expected).enumerated().first { $1.0.bitPattern != $1.1.bitPattern }
    guard let (index, (value, target)) = wrong else { return }
    Issue.record("\(comment) [\(index)] is \(value), not \(target)", sourceLocation: sourceLocation)
}

/// The same numbers in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        let width = range.upperBound - range.lowerBound
        return (0..<count).map { _ in range.lowerBound + width * Float(next() >> 40) / 16_777_216 }
    }

    mutating func integers<Number: FixedWidthInteger>(_ count: Int, in range: ClosedRange<Number>) -> [Number] {
        let width = UInt64(Int(range.upperBound) - Int(range.lowerBound) + 1)
        return (0..<count).map { _ in Number(Int(range.lowerBound) + Int(next() % width)) }
    }
}
