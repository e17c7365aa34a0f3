import CKernels
import Testing

@Suite struct PackingTests {
    @Test(arguments: [1, 63, 64, 65, 129], [1, 3, 4, 5, 9])
    func bytesLieInPanelsOfSixtyFourColumnsByFour(n: Int, k: Int) {
        var numbers = SeededNumbers(seed: n << 10 + k)
        let weights: [Int8] = numbers.integers(n * (k + 2), in: -128...127)
        let padded = (k + 3) / 4 * 4
        let columns = (n + 63) / 64 * 64
        var sums: [Int32] = []
        let packed = written(columns * padded, over: [Int8](), sentinel: 99) { packed in
            sums = written(columns, over: [Int32](), sentinel: 99) {
                ck_pack_s8(weights, k + 2, n, k, padded, packed, $0)
            }
        }
        for column in 0..<columns {
            let expected = (0..<padded).map { column < n && $0 < k ? weights[column * (k + 2) + $0] : 0 }
            let panel = column / 64 * 64 * padded
            #expect((0..<padded).map { packed[panel + $0 / 4 * 256 + column % 64 * 4 + $0 % 4] } == expected)
            #expect(sums[column] == expected.reduce(0) { $0 + 128 * Int32($1) })
        }
    }

    @Test(arguments: [1, 7, 63, 64], [1, 9])
    func floatsLieInRowsOfSixtyFourColumns(columns: Int, k: Int) {
        var numbers = SeededNumbers(seed: columns)
        let weights = numbers.floats(columns * (k + 2))
        let panel = written(k * 64) { ck_pack_f32_panel(weights, k + 2, columns, k, $0) }
        #expect(panel == (0..<(k * 64)).map { $0 % 64 < columns ? weights[$0 % 64 * (k + 2) + $0 / 64] : 0 })
    }

    @Test(arguments: oddSizes)
    func weightsAreQuantisedToTheNearest(n: Int) {
        var numbers = SeededNumbers(seed: n)
        let weights = numbers.floats(n, in: -0.2...0.2)
        var scale: Float = 0
        let bytes = written(n, over: [Int8](), sentinel: 99) { scale = ck_quantize_weights(weights, n, $0) }
        let expected = 127 / weights.map(abs).reduce(0, max)
        #expect(scale == expected)
        #expect(bytes == weights.map { Int8(($0 * expected).rounded(.toNearestOrEven)) })
    }

    @Test(arguments: [0, -0.0, .leastNonzeroMagnitude, .infinity, .nan] as [Float])
    func weightsWithoutAUsableScaleStayWithinTheRange(value: Float) {
        let weights = [Float](repeating: value, count: 9)
        var scale: Float = 0
        let bytes = written(9, over: [Int8](), sentinel: 99) { scale = ck_quantize_weights(weights, 9, $0) }
        #expect(scale == 1)
        #expect(bytes.allSatisfy { $0 >= -127 })
    }

    @Test func everyHalfIsWidenedExactly() {
        let patterns = (0...UInt16.max).map { $0 }
        let got = widened(patterns, by: ck_half_to_float)
        let wrong = zip(patterns, got).filter { $1.bitPattern != widenedHalf($0) }
        #expect(wrong.isEmpty)
    }

    @Test func everyBfloat16IsWidenedExactly() {
        let patterns = (0...UInt16.max).map { $0 }
        let got = widened(patterns, by: ck_bfloat16_to_float)
        #expect(zip(patterns, got).allSatisfy { $1.bitPattern == UInt32($0) << 16 })
    }

    /// The patterns as little-endian bytes off alignment.
    private func widened(
        _ patterns: [UInt16],
        by body: (UnsafeRawPointer?, Int, UnsafeMutablePointer<Float>?) -> Void
    ) -> [Float] {
        let bytes: [UInt8] = [0] + patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        return bytes.withUnsafeBytes { bytes in
            written(patterns.count) {
                body(UnsafeRawBufferPointer(rebasing: bytes[1...]).baseAddress, patterns.count, $0)
            }
        }
    }

    /// IEEE 754's definition of binary16: (−1)^sign · 2^(e − 15) · (1 + m / 1024), subnormal without the 1 at e = 1.
    /// What is not a number keeps its payload.
    private func widenedHalf(_ pattern: UInt16) -> UInt32 {
        let exponent = Int(pattern >> 10 & 31)
        let mantissa = Float(pattern & 1023)
        let sign: FloatingPointSign = pattern >> 15 == 0 ? .plus : .minus
        if exponent == 31 {
            return Float(sign: sign, exponent: 0, significand: .infinity).bitPattern | UInt32(pattern & 1023) << 13
        }
        let significand = exponent == 0 ? mantissa / 1024 : 1 + mantissa / 1024
        return Float(sign: sign, exponent: max(exponent, 1) - 15, significand: significand).bitPattern
    }
}
