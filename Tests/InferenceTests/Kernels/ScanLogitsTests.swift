import CKernels
import Foundation
import Testing

@Suite struct ScanLogitsTests {
    struct Outcome: Equatable {
        var values: [Float]
        var ids: [Int32]
        var maximum: Float
        var sum: Float

        var logSum: Double { Double(maximum) + log(Double(sum)) }
    }

    /// Scans blocks in order, with ids counted on from `firstID`.
    private func scan(
        _ blocks: [[Float]],
        k: Int,
        firstID: Int32 = 0,
        withSum: Bool = true,
        on set: InstructionSet
    ) -> Outcome {
        var ids = [Int32](repeating: -1, count: k)
        var maximum: Float = 0
        var sum: Float = 0
        let values = written(k, over: [Float](repeating: -.infinity, count: k)) { values in
            ids.withUnsafeMutableBufferPointer { ids in
                var state = ck_row_scan(
                    maximum: -.infinity,
                    sum: 0,
                    k: Int32(k),
                    values: values,
                    ids: ids.baseAddress
                )
                var next = firstID
                for block in blocks {
                    set.kernels.scan_logits(block.count, block, next, withSum ? 1 : 0, &state)
                    next += Int32(block.count)
                }
                (maximum, sum) = (state.maximum, state.sum)
            }
        }
        return Outcome(values: values, ids: ids, maximum: maximum, sum: sum)
    }

    @Test(arguments: InstructionSet.available, oddSizes + [1000])
    func anySizeGivesTheReference(set: InstructionSet, n: Int) {
        var numbers = SeededNumbers(seed: n)
        let logits = numbers.floats(n, in: -20...20)
        for k in [1, 4, 5, 40] {
            let got = scan([logits], k: k, firstID: 640, on: set)
            let expected = Reference.best(k, of: logits, firstID: 640)
            #expect(got.values == expected.values && got.ids == expected.ids, "k \(k)")
            #expect(got.maximum == expected.values[0])
            #expect(Tolerance.logarithmOfSum.accepts(Float(got.logSum), for: expected.logSum))
        }
    }

    @Test(arguments: InstructionSet.available)
    func blocksInSequenceGiveTheBestOfAll(set: InstructionSet) {
        var numbers = SeededNumbers(seed: 5)
        let logits = numbers.floats(257, in: -5...5)
        let blocks = [0..<64, 64..<65, 65..<200, 200..<257].map { Array(logits[$0]) }
        let got = scan(blocks, k: 9, on: set)
        let expected = Reference.best(9, of: logits, firstID: 0)
        #expect(got.values == expected.values && got.ids == expected.ids)
        #expect(Tolerance.logarithmOfSum.accepts(Float(got.logSum), for: expected.logSum))
    }

    @Test(arguments: InstructionSet.available)
    func equalValuesKeepTheSmallerID(set: InstructionSet) {
        let logits = (0..<100).map { Float($0 % 4) } + [-0.0, 0]
        for k in [1, 3, 26, 60, 102] {
            let got = scan([logits], k: k, on: set)
            #expect(got.ids == Reference.best(k, of: logits, firstID: 0).ids, "k \(k)")
            #expect(scan([Array(logits.prefix(37)), Array(logits.dropFirst(37))], k: k, on: set).ids == got.ids)
        }
    }

    @Test(arguments: InstructionSet.available)
    func excludedLogitsTakeNoPart(set: InstructionSet) {
        let least = -Float.greatestFiniteMagnitude
        var logits = (0..<50).map { $0 % 3 == 0 ? -Float.infinity : least }
        logits[17] = 2
        logits[40] = -1e30
        let got = scan([logits], k: 4, on: set)
        #expect(got.values == [2, -1e30, -.infinity, -.infinity])
        #expect(got.ids == [17, 40, -1, -1])
        #expect(got.maximum == 2 && Tolerance.logarithmOfSum.accepts(got.sum, for: 1))
    }

    @Test(arguments: InstructionSet.available)
    func blockOfExcludedLogitsChangesNothing(set: InstructionSet) {
        let excluded = [Float](repeating: -.greatestFiniteMagnitude, count: 21)
        let none = scan([excluded, excluded.map { _ in -.infinity }], k: 2, on: set)
        #expect(none == Outcome(values: [-.infinity, -.infinity], ids: [-1, -1], maximum: -.infinity, sum: 0))
        let some: [Float] = [1, 3, 2]
        let around = scan([excluded, some, excluded], k: 2, on: set)
        #expect(around.values == [3, 2] && around.ids == [22, 23])
        #expect(around.maximum == 3 && around.sum == scan([some], k: 2, on: set).sum)
    }

    @Test(arguments: InstructionSet.available)
    func risingMaximumRescalesTheSum(set: InstructionSet) {
        let got = scan([[0, 0], [1000, 1000, 1000], [-1000]], k: 1, on: set)
        #expect(got.maximum == 1000 && Tolerance.logarithmOfSum.accepts(Float(got.logSum), for: 1000 + log(3)))
    }

    @Test(arguments: InstructionSet.available)
    func scanWithoutSumLeavesTheSumAlone(set: InstructionSet) {
        let got = scan([[1, 2, 3]], k: 2, withSum: false, on: set)
        #expect(got == Outcome(values: [3, 2], ids: [2, 1], maximum: -.infinity, sum: 0))
    }

    @Test(arguments: InstructionSet.available)
    func scanForTheSumAloneNeedsNoPlaces(set: InstructionSet) {
        let got = scan([[1, 1, 1, 1]], k: 0, on: set)
        #expect(got.maximum == 1 && Tolerance.logarithmOfSum.accepts(got.sum, for: 4))
    }
}
