import CKernels
import Testing

@Suite struct TransposeTests {
    @Test(arguments: InstructionSet.available, [1, 7, 8, 9, 16, 17, 33, 64, 65])
    func everyElementMovesAndPaddingIsZero(set: InstructionSet, s: Int) {
        for width in [1, 7, 8, 9, 15, 64, 65] {
            var numbers = SeededNumbers(seed: s)
            let x = numbers.floats(s * (width + 3))
            let lds = (s + 15) / 16 * 16 + 16
            let got = written(width * lds) { set.kernels.transpose(s, width, x, width + 3, $0, lds) }
            let expected = (0..<(width * lds)).map { $0 % lds < s ? x[$0 % lds * (width + 3) + $0 / lds] : 0 }
            expectSameBits(got, expected, "width \(width)")
        }
    }
}

/// One head over shared keys, inputs and all.
private struct SharedAttention {
    let m: Int, s: Int, width: Int
    let queries: [Float]
    let keys: [Float]
    let values: [Float]
    var scale: Float = 0.3

    var stride: Int { width + 5 }

    init(m: Int, s: Int, width: Int, magnitude: Float = 1) {
        var numbers = SeededNumbers(seed: s << 10 + width)
        (self.m, self.s, self.width) = (m, s, width)
        queries = numbers.floats(m * (width + 5), in: -magnitude...magnitude)
        keys = numbers.floats(s * (width + 5))
        values = numbers.floats(s * (width + 5) - 5)
    }

    func run(
        on set: InstructionSet,
        rows: Range<Int>,
        padding: Int = 0
    ) -> (weights: [ArraySlice<Float>], means: [ArraySlice<Float>], padded: [Float]) {
        let lds = (s + 15) / 16 * 16 + padding
        let transposed = written(width * lds) { set.kernels.transpose(s, width, keys, stride, $0, lds) }
        let from = Array(queries[(rows.lowerBound * stride)..<(rows.upperBound * stride - 5)])
        var means: [Float] = []
        let weights = written(rows.count * lds) { weights in
            means = written(rows.count * stride - 5) {
                set.kernels.attend_shared(
                    rows.count,
                    s,
                    width,
                    scale,
                    from,
                    stride,
                    transposed,
                    lds,
                    values,
                    stride,
                    weights,
                    $0,
                    stride
                )
            }
        }
        return (
            weights.rows(rows.count, stride: lds, width: s), means.rows(rows.count, stride: stride, width: width),
            weights
        )
    }

    func expected(row: Int) -> (weights: [Double], mean: [Double]) {
        Reference.attention(
            query: queries[(row * stride)..<(row * stride + width)],
            keys: keys.rows(s, stride: stride, width: width),
            values: values.rows(s, stride: stride, width: width),
            scale: Double(scale)
        )
    }
}

@Suite struct SharedAttentionTests {
    @Test(arguments: InstructionSet.available, oddSizes)
    func anyNumberOfKeysGivesTheReference(set: InstructionSet, s: Int) {
        for (m, width) in [(1, 64), (7, 9), (3, 33)] {
            let attention = SharedAttention(m: m, s: s, width: width)
            let got = attention.run(on: set, rows: 0..<m)
            for row in 0..<m {
                let expected = attention.expected(row: row)
                expectClose(Array(got.weights[row]), expected.weights, .attention, "weights, width \(width)")
                expectClose(Array(got.means[row]), expected.mean, .attention, "means, width \(width)")
            }
        }
    }

    @Test(arguments: InstructionSet.available, [1, 7, 8, 15, 16, 17, 64, 65])
    func anyWidthGivesTheReference(set: InstructionSet, width: Int) {
        let attention = SharedAttention(m: 2, s: 19, width: width)
        let got = attention.run(on: set, rows: 0..<2)
        for row in 0..<2 {
            expectClose(Array(got.means[row]), attention.expected(row: row).mean, .attention)
        }
    }

    @Test(arguments: InstructionSet.available)
    func enormousScoresPickOneKey(set: InstructionSet) {
        let attention = SharedAttention(m: 3, s: 21, width: 8, magnitude: 1e6)
        let got = attention.run(on: set, rows: 0..<3)
        for row in 0..<3 {
            expectClose(Array(got.weights[row]), attention.expected(row: row).weights, .attention)
        }
    }

    @Test(arguments: InstructionSet.available)
    func weightsPastTheLastKeyAreZero(set: InstructionSet) {
        let attention = SharedAttention(m: 13, s: 19, width: 8)
        let got = attention.run(on: set, rows: 0..<13, padding: 16).padded
        #expect(got.rows(13, stride: 48, width: 48).allSatisfy { $0.dropFirst(19).allSatisfy { $0 == 0 } })
    }

    @Test(arguments: InstructionSet.available, [5, 64, 65])
    func batchAndPaddingDoNotChangeTheBitsOfARow(set: InstructionSet, s: Int) {
        let attention = SharedAttention(m: 64, s: s, width: 20)
        let alone = (0..<64).map { attention.run(on: set, rows: $0..<($0 + 1)) }
        for m in Array(1...13) + [64] {
            let batch = attention.run(on: set, rows: 0..<m, padding: m % 2 * 32)
            for row in 0..<m {
                expectSameBits(Array(batch.weights[row]), Array(alone[row].weights[0]), "row \(row) of \(m)")
                expectSameBits(Array(batch.means[row]), Array(alone[row].means[0]), "row \(row) of \(m)")
            }
        }
    }
}

/// All heads of one row over cached positions that lie anywhere.
private struct CachedAttention {
    let length: Int, heads: Int, width: Int
    let query: [Float]
    let keys: [Float]
    let values: [Float]

    var ld: Int { heads * width }

    init(length: Int, heads: Int, width: Int) {
        var numbers = SeededNumbers(seed: length << 10 + width)
        (self.length, self.heads, self.width) = (length, heads, width)
        query = numbers.floats(heads * width, in: -3...3)
        keys = numbers.floats(length * heads * width)
        values = numbers.floats(length * heads * width)
    }

    /// `rows[t]` says where position t lies in a cache of `capacity` rows; the others hold values not to be read.
    func run(on set: InstructionSet, rows: [Int32], capacity: Int) -> [Float] {
        func cache(_ x: [Float]) -> [Float] {
            var cache = [Float](repeating: .nan, count: capacity * ld)
            for (t, row) in rows.enumerated() {
                cache.replaceSubrange((Int(row) * ld)..<((Int(row) + 1) * ld), with: x[(t * ld)..<((t + 1) * ld)])
            }
            return cache
        }
        let (keys, values) = (cache(keys), cache(values))
        var scores = [Float](repeating: 0, count: (length + 15) / 16 * 16)
        return written(ld) {
            set.kernels.attend_cached(length, heads, width, 0.3, query, keys, values, ld, rows, &scores, $0)
        }
    }

    func expected() -> [Double] {
        (0..<heads).flatMap { head in
            let part = (head * width)..<((head + 1) * width)
            return Reference.attention(
                query: query[part],
                keys: (0..<length).map { keys[($0 * ld + part.lowerBound)..<($0 * ld + part.upperBound)] },
                values: (0..<length).map { values[($0 * ld + part.lowerBound)..<($0 * ld + part.upperBound)] },
                scale: Double(Float(0.3))
            ).mean
        }
    }
}

@Suite struct CachedAttentionTests {
    @Test(arguments: InstructionSet.available, oddSizes)
    func anyLengthGivesTheReference(set: InstructionSet, length: Int) {
        for (heads, width) in [(1, 64), (3, 9), (2, 33)] {
            let attention = CachedAttention(length: length, heads: heads, width: width)
            let got = attention.run(on: set, rows: (0..<Int32(length)).reversed(), capacity: length)
            expectClose(got, attention.expected(), .attention, "width \(width)")
        }
    }

    @Test(arguments: InstructionSet.available, [1, 7, 8, 15, 16, 17, 63, 64, 65, 100, 129])
    func anyWidthGivesTheReference(set: InstructionSet, width: Int) {
        let attention = CachedAttention(length: 13, heads: 2, width: width)
        let got = attention.run(on: set, rows: Array(0..<13), capacity: 13)
        expectClose(got, attention.expected(), .attention)
    }

    @Test(arguments: InstructionSet.available, [1, 9, 33])
    func placeInTheCacheDoesNotChangeTheBits(set: InstructionSet, length: Int) {
        let attention = CachedAttention(length: length, heads: 2, width: 20)
        let packed = attention.run(on: set, rows: Array(0..<Int32(length)), capacity: length)
        let spread = attention.run(on: set, rows: (0..<Int32(length)).map { 2 * $0 + 1 }, capacity: 2 * length + 3)
        expectSameBits(spread, packed)
    }
}
