import CKernels
import Testing

@Suite struct QuantizeTests {
    private func quantize(
        _ x: [Float],
        on set: InstructionSet,
        m: Int,
        k: Int,
        stride: Int
    ) -> (bytes: [[UInt8]], scales: [Float]) {
        let padded = (k + 3) / 4 * 4
        var scales = [Float](repeating: -1, count: m)
        let bytes = written(m * padded, over: [UInt8](), sentinel: 77) {
            set.kernels.quantize_rows(m, k, padded, x, stride, $0, padded, &scales)
        }
        return (bytes.rows(m, stride: padded, width: padded).map { Array($0) }, scales)
    }

    @Test(arguments: InstructionSet.available, oddSizes)
    func anySizeGivesTheBytesOfTheReference(set: InstructionSet, k: Int) {
        var numbers = SeededNumbers(seed: k)
        let x = numbers.floats(4 * (k + 5), in: -3...3)
        let got = quantize(x, on: set, m: 4, k: k, stride: k + 5)
        for (index, row) in x.rows(4, stride: k + 5, width: k).enumerated() {
            let expected = Reference.quantized(row)
            let padding = [UInt8](repeating: 128, count: (k + 3) / 4 * 4 - k)
            #expect(got.bytes[index] == expected.bytes + padding)
            #expect(got.scales[index] == expected.scale)
        }
    }

    @Test(arguments: InstructionSet.available)
    func halvesRoundToEven(set: InstructionSet) {
        let x: [Float] = [127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, -127, 126.5, 125.5]
        let got = quantize(x, on: set, m: 1, k: x.count, stride: x.count)
        #expect(got.bytes[0].prefix(10) == [255, 128, 130, 130, 128, 126, 126, 1, 254, 254])
        #expect(got.scales == [1])
    }

    /// The last is so small that the factor 127 / max|x| overflows.
    @Test(arguments: InstructionSet.available, [0, -0.0, .leastNonzeroMagnitude] as [Float])
    func rowOfZerosGetsScaleZeroAndNeutralBytes(set: InstructionSet, value: Float) {
        let x = (0..<21).map { $0 % 2 == 0 ? value : 0 }
        let got = quantize(x, on: set, m: 1, k: 21, stride: 21)
        #expect(got.bytes[0].allSatisfy { $0 == 128 })
        #expect(got.scales == [0])
    }

    @Test(arguments: InstructionSet.available)
    func hugeRowStaysWithinTheRangeOfBytes(set: InstructionSet) {
        let huge = Float.greatestFiniteMagnitude
        let x: [Float] = [huge, -huge, huge / 2, 0, -0.0, 1] + [Float](repeating: -huge, count: 13)
        let got = quantize(x, on: set, m: 1, k: x.count, stride: x.count)
        #expect(got.bytes[0] == [255, 1, 192, 128, 128, 128] + [UInt8](repeating: 1, count: 13) + [128])
        #expect(got.scales == [huge / 127])
    }

    @Test(arguments: InstructionSet.available)
    func bytesOfARowWithoutNumbersAreNeverZero(set: InstructionSet) {
        let x: [Float] = [.nan, 1, -1, .infinity, -.infinity, .nan, 0, 2, 3]
        let got = quantize(x, on: set, m: 1, k: 9, stride: 9)
        #expect(got.bytes[0].allSatisfy { $0 != 0 })
    }

    @Test(arguments: InstructionSet.available)
    func rowOfABatchHasTheBytesOfTheRowAlone(set: InstructionSet) {
        var numbers = SeededNumbers(seed: 1)
        let x = numbers.floats(64 * 100)
        let all = quantize(x, on: set, m: 64, k: 100, stride: 100)
        for row in 0..<64 {
            let alone = quantize(Array(x[(row * 100)..<(row * 100 + 100)]), on: set, m: 1, k: 100, stride: 100)
            #expect(alone.bytes[0] == all.bytes[row] && alone.scales[0] == all.scales[row])
        }
    }
}

@Suite struct RowKernelTests {
    @Test(arguments: InstructionSet.available, oddSizes)
    func scaledRowsAddTheAddendWhereThereIsOne(set: InstructionSet, n: Int) {
        var numbers = SeededNumbers(seed: n)
        let bytes: [Int8] = numbers.integers(n, in: -128...127)
        let x = numbers.floats(n)
        let addend = numbers.floats(n)
        for addend in [addend, nil] {
            let terms = addend ?? [Float](repeating: 0, count: n)
            let fromBytes = written(n) { out in
                if let addend {
                    set.kernels.dequantize_row(n, bytes, 0.03, addend, out)
                } else {
                    set.kernels.dequantize_row(n, bytes, 0.03, nil, out)
                }
            }
            let fromFloats = written(n) { out in
                if let addend {
                    set.kernels.scale_row(n, x, 22.6, addend, out)
                } else {
                    set.kernels.scale_row(n, x, 22.6, nil, out)
                }
            }
            let factors = (Double(Float(0.03)), Double(Float(22.6)))
            expectClose(fromBytes, (0..<n).map { Double(bytes[$0]) * factors.0 + Double(terms[$0]) }, .scaledRow)
            expectClose(fromFloats, (0..<n).map { Double(x[$0]) * factors.1 + Double(terms[$0]) }, .scaledRow)
        }
    }

    @Test(arguments: InstructionSet.available, oddSizes)
    func productOfRowsIsExact(set: InstructionSet, n: Int) {
        var numbers = SeededNumbers(seed: n)
        let x = numbers.floats(n)
        let y = numbers.floats(n)
        expectSameBits(written(n, over: x) { set.kernels.multiply(n, $0, y) }, zip(x, y).map { $0 * $1 })
    }
}

@Suite struct NormTests {
    private struct Rows {
        let n: Int
        let x: [Float]
        let gamma: [Float]
        let beta: [Float]

        init(m: Int, n: Int) {
            var numbers = SeededNumbers(seed: n)
            self.n = n
            x = numbers.floats(m * n, in: -2...3)
            gamma = numbers.floats(n, in: 0.5...1.5)
            beta = numbers.floats(n)
        }

        func layer(_ set: InstructionSet, _ rows: Range<Int>, inPlace: Bool = false) -> [Float] {
            normalised(rows, inPlace: inPlace) { x, out in
                set.kernels.layer_norm(rows.count, n, x, n, gamma, beta, 1e-5, out, n)
            }
        }

        func rms(_ set: InstructionSet, _ rows: Range<Int>, inPlace: Bool = false) -> [Float] {
            normalised(rows, inPlace: inPlace) { x, out in
                set.kernels.rms_norm(rows.count, n, x, n, gamma, 1e-5, out, n)
            }
        }

        private func normalised(
            _ rows: Range<Int>,
            inPlace: Bool,
            by body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
        ) -> [Float] {
            let from = Array(x[(rows.lowerBound * n)..<(rows.upperBound * n)])
            return written(from.count, over: inPlace ? from : []) { out in
                if inPlace {
                    body(out, out)
                } else {
                    body(from, out)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available, oddSizes)
    func anySizeIsNormalisedLikeTheReference(set: InstructionSet, n: Int) {
        let norm = Rows(m: 3, n: n)
        let epsilon = Double(Float(1e-5))
        let split = norm.x.rows(3, stride: n, width: n)
        expectClose(
            norm.layer(set, 0..<3),
            split.flatMap { Reference.layerNorm($0, gamma: norm.gamma, beta: norm.beta, epsilon: epsilon) },
            .norm
        )
        expectClose(
            norm.rms(set, 0..<3),
            split.flatMap { Reference.rmsNorm($0, gamma: norm.gamma, epsilon: epsilon) },
            .norm
        )
    }

    @Test(arguments: InstructionSet.available, oddSizes)
    func batchAndPlaceDoNotChangeTheBitsOfARow(set: InstructionSet, n: Int) {
        let norm = Rows(m: 13, n: n)
        let layers = norm.layer(set, 0..<13)
        let roots = norm.rms(set, 0..<13)
        for row in 0..<13 {
            let part = (row * n)..<(row * n + n)
            expectSameBits(norm.layer(set, row..<(row + 1)), Array(layers[part]), "row \(row)")
            expectSameBits(norm.rms(set, row..<(row + 1)), Array(roots[part]), "row \(row)")
        }
        expectSameBits(norm.layer(set, 0..<13, inPlace: true), layers)
        expectSameBits(norm.rms(set, 0..<13, inPlace: true), roots)
    }

    @Test(arguments: InstructionSet.available)
    func constantRowBecomesBeta(set: InstructionSet) {
        let beta: [Float] = (0..<33).map { Float($0) }
        let gamma = [Float](repeating: 1, count: 33)
        for value: Float in [0, -0.0, 4] {
            let x = [Float](repeating: value, count: 33)
            let got = written(33) { set.kernels.layer_norm(1, 33, x, 33, gamma, beta, 1e-5, $0, 33) }
            #expect(got == beta)
        }
    }
}
