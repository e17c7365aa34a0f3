import CKernels
import Testing

/// A product of random bytes: activations, packed weights and everything that is applied afterwards.
private struct IntegerProduct {
    let m: Int, n: Int, k: Int
    var activations: [UInt8]
    var weights: [Int8]
    var rowScales: [Float]
    var columnScales: [Float]
    var bias: [Float]

    var paddedK: Int { (k + 3) / 4 * 4 }
    var lda: Int { paddedK + 4 }
    var panels: Int { (n + 63) / 64 }
    var ldc: Int { panels * 64 + 3 }

    init(m: Int, n: Int, k: Int) {
        var numbers = SeededNumbers(seed: m << 20 + n << 10 + k)
        (self.m, self.n, self.k) = (m, n, k)
        activations = numbers.integers(m * ((k + 3) / 4 * 4 + 4), in: 1...255)
        weights = numbers.integers(n * k, in: -128...127)
        rowScales = numbers.floats(m, in: 0.001...0.01)
        columnScales = numbers.floats((n + 63) / 64 * 64, in: 0.001...0.01)
        bias = numbers.floats((n + 63) / 64 * 64)
    }

    func run(on set: InstructionSet, rows: Range<Int>, flags: Int32 = 0, over previous: Float = 0) -> [Float] {
        var packed = [Int8](repeating: 1, count: panels * 64 * paddedK)
        var sums = [Int32](repeating: 1, count: panels * 64)
        ck_pack_s8(weights, k, n, k, paddedK, &packed, &sums)
        let from = Array(activations[(rows.lowerBound * lda)..<(rows.upperBound * lda - 4)])
        let start = [Float](repeating: previous, count: rows.count * ldc - 3)
        return written(rows.count * ldc - 3, over: start) {
            set.kernels.gemm_s8(
                rows.count,
                panels,
                paddedK,
                from,
                lda,
                Array(rowScales[rows]),
                packed,
                sums,
                columnScales,
                bias,
                flags,
                $0,
                ldc
            )
        }
    }

    func sum(row: Int, column: Int) -> Int {
        Reference.integerDot(
            activations[(row * lda)..<(row * lda + k)],
            weights[(column * k)..<(column * k + k)]
        )
    }
}

@Suite struct IntegerGEMMTests {
    @Test(arguments: InstructionSet.available)
    func unscaledProductOfAnySizeIsExact(set: InstructionSet) {
        let shapes = oddSizes.map { (3, 65, $0) } + oddSizes.map { (2, $0, 9) } + [5, 6, 7, 13].map { ($0, 64, 17) }
        for (m, n, k) in shapes {
            var product = IntegerProduct(m: m, n: n, k: k)
            product.rowScales = product.rowScales.map { _ in 1 }
            product.columnScales = product.columnScales.map { _ in 1 }
            product.bias = product.bias.map { _ in 0 }
            let got = product.run(on: set, rows: 0..<m)
            for row in 0..<m {
                let columns = got[(row * product.ldc)..<(row * product.ldc + n)]
                let expected = (0..<n).map { Float(product.sum(row: row, column: $0)) }
                expectSameBits(Array(columns), expected, "m \(m), n \(n), k \(k)")
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func extremeBytesOverManyTermsDoNotSaturate(set: InstructionSet) {
        let signs: [(UInt8, Int8)] = [(255, 127), (1, 127), (255, -127), (1, -127), (255, -128), (1, -128)]
        for (activation, weight) in signs {
            var product = IntegerProduct(m: 5, n: 64, k: 4096)
            product.activations = product.activations.map { _ in activation }
            product.weights = product.weights.map { _ in weight }
            product.rowScales = product.rowScales.map { _ in 1 }
            product.columnScales = product.columnScales.map { _ in 1 }
            product.bias = product.bias.map { _ in 0 }
            let got = product.run(on: set, rows: 0..<5)
            let expected = Float((Int(activation) - 128) * Int(weight) * 4096)
            #expect((0..<5).allSatisfy { row in got[(row * 67)..<(row * 67 + 64)].allSatisfy { $0 == expected } })
        }
    }

    @Test(arguments: InstructionSet.available, 0..<Int32(4))
    func scalesBiasAndFlagsAreApplied(set: InstructionSet, flags: Int32) {
        let product = IntegerProduct(m: 7, n: 129, k: 33)
        let accumulates = flags & Int32(CK_ACCUMULATE) != 0
        let got = product.run(on: set, rows: 0..<7, flags: flags, over: 0.25)
        for row in 0..<7 {
            let expected = (0..<129).map { (column: Int) -> Double in
                let factor = Double(product.rowScales[row]) * Double(product.columnScales[column])
                let value = Double(product.sum(row: row, column: column)) * factor + Double(product.bias[column])
                return Reference.finished(
                    value,
                    relu: flags & Int32(CK_RELU) != 0,
                    previous: accumulates ? 0.25 : nil
                )
            }
            expectClose(Array(got[(row * product.ldc)..<(row * product.ldc + 129)]), expected, .scaledInteger)
        }
    }

    @Test(arguments: InstructionSet.available)
    func rowOfABatchHasTheBitsOfTheRowAlone(set: InstructionSet) {
        let product = IntegerProduct(m: 64, n: 129, k: 100)
        let alone = (0..<64).map { product.run(on: set, rows: $0..<($0 + 1)).prefix(192) }
        for m in Array(1...13) + [64] {
            let batch = product.run(on: set, rows: 0..<m)
            for row in 0..<m {
                let got = batch[(row * product.ldc)..<(row * product.ldc + 192)]
                expectSameBits(Array(got), Array(alone[row]), "row \(row) of \(m)")
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func distanceBetweenOutputRowsIsLeftAlone(set: InstructionSet) {
        let product = IntegerProduct(m: 3, n: 64, k: 8)
        let got = product.run(on: set, rows: 0..<3, over: 42)
        #expect((0..<2).allSatisfy { got[($0 * 67 + 64)..<($0 * 67 + 67)].allSatisfy { $0 == 42 } })
    }
}

private struct FloatProduct {
    let m: Int, n: Int, k: Int
    let activations: [Float]
    let weights: [Float]
    let bias: [Float]

    var lda: Int { k + 3 }
    var panels: Int { (n + 63) / 64 }
    var ldc: Int { panels * 64 + 3 }

    init(m: Int, n: Int, k: Int) {
        var numbers = SeededNumbers(seed: m << 20 + n << 10 + k)
        (self.m, self.n, self.k) = (m, n, k)
        activations = numbers.floats(m * (k + 3))
        weights = numbers.floats(n * k)
        bias = numbers.floats((n + 63) / 64 * 64)
    }

    func run(on set: InstructionSet, rows: Range<Int>, flags: Int32 = 0, over previous: Float = 0) -> [Float] {
        let packed = (0..<panels).flatMap { panel in
            let columns = panel * 64..<min(n, panel * 64 + 64)
            let from = Array(weights[(columns.lowerBound * k)..<(columns.upperBound * k)])
            return written(k * 64) { ck_pack_f32_panel(from, k, columns.count, k, $0) }
        }
        let from = Array(activations[(rows.lowerBound * lda)..<(rows.upperBound * lda - 3)])
        let start = [Float](repeating: previous, count: rows.count * ldc - 3)
        return written(rows.count * ldc - 3, over: start) {
            set.kernels.gemm_f32(rows.count, panels, k, from, lda, packed, bias, flags, $0, ldc)
        }
    }

    func expected(row: Int, relu: Bool = false, previous: Float? = nil) -> [Double] {
        (0..<n).map { column in
            let dot = Reference.dot(
                activations[(row * lda)..<(row * lda + k)],
                weights[(column * k)..<(column * k + k)]
            )
            return Reference.finished(dot + Double(bias[column]), relu: relu, previous: previous)
        }
    }
}

@Suite struct FloatGEMMTests {
    @Test(arguments: InstructionSet.available)
    func productOfAnySizeIsThatOfTheReference(set: InstructionSet) {
        let shapes = oddSizes.map { (3, 65, $0) } + oddSizes.map { (2, $0, 9) } + [5, 6, 7, 13].map { ($0, 64, 17) }
        for (m, n, k) in shapes {
            let product = FloatProduct(m: m, n: n, k: k)
            let got = product.run(on: set, rows: 0..<m)
            for row in 0..<m {
                let columns = got[(row * product.ldc)..<(row * product.ldc + n)]
                expectClose(Array(columns), product.expected(row: row), .product, "m \(m), n \(n), k \(k)")
            }
        }
    }

    @Test(arguments: InstructionSet.available, 0..<Int32(4))
    func biasAndFlagsAreApplied(set: InstructionSet, flags: Int32) {
        let product = FloatProduct(m: 7, n: 129, k: 33)
        let previous: Float? = flags & Int32(CK_ACCUMULATE) != 0 ? 0.25 : nil
        let got = product.run(on: set, rows: 0..<7, flags: flags, over: 0.25)
        for row in 0..<7 {
            let expected = product.expected(
                row: row,
                relu: flags & Int32(CK_RELU) != 0,
                previous: previous
            )
            expectClose(Array(got[(row * product.ldc)..<(row * product.ldc + 129)]), expected, .product)
        }
    }

    @Test(arguments: InstructionSet.available)
    func rowOfABatchHasTheBitsOfTheRowAlone(set: InstructionSet) {
        let product = FloatProduct(m: 64, n: 129, k: 100)
        let alone = (0..<64).map { product.run(on: set, rows: $0..<($0 + 1)).prefix(192) }
        for m in Array(1...13) + [64] {
            let batch = product.run(on: set, rows: 0..<m)
            for row in 0..<m {
                let got = batch[(row * product.ldc)..<(row * product.ldc + 192)]
                expectSameBits(Array(got), Array(alone[row]), "row \(row) of \(m)")
            }
        }
    }
}
