import CKernels
import Foundation
import Testing

@Suite struct ActivationTests {
    struct Function: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rawValue: UInt32
        let reference: @Sendable (Double) -> Double

        init(_ name: String, _ function: ck_activation, _ reference: @escaping @Sendable (Double) -> Double) {
            testDescription = name
            rawValue = function.rawValue
            self.reference = reference
        }
    }

    static let functions = [
        Function("none", CK_ACT_NONE) { $0 },
        Function("relu", CK_ACT_RELU) { max($0, 0) },
        Function("gelu", CK_ACT_GELU, Reference.gelu),
        Function("gelu by tanh", CK_ACT_GELU_TANH, Reference.geluTanh),
        Function("gelu by sigmoid", CK_ACT_GELU_SIGMOID) { $0 * Reference.sigmoid(Double(Float(1.702)) * $0) },
        Function("swish", CK_ACT_SWISH) { $0 * Reference.sigmoid($0) },
        Function("tanh", CK_ACT_TANH) { tanh($0) },
        Function("sigmoid", CK_ACT_SIGMOID, Reference.sigmoid),
    ]

    private func activate(_ x: [Float], _ function: Function, on set: InstructionSet) -> [Float] {
        written(x.count, over: x) {
            set.kernels.activate(ck_activation(rawValue: function.rawValue), x.count, $0)
        }
    }

    @Test(arguments: InstructionSet.available, functions)
    func denseGridIsWithinTolerance(set: InstructionSet, function: Function) {
        let x = (-5000...5000).map { Float($0) / 250 }
        expectClose(activate(x, function, on: set), x.map { function.reference(Double($0)) }, .activation)
    }

    @Test(arguments: InstructionSet.available, functions)
    func hugeAndTinyValuesReachTheLimits(set: InstructionSet, function: Function) {
        let sizes: [Float] = [0, .leastNonzeroMagnitude, 1e-20, 1e-6, 40, 88.3, 88.4, 88.8, 104, 1e4, 1e20, 3e38]
        let x = sizes + sizes.map { -$0 }
        let expected = x.map { function.reference(Double($0)) }
        expectClose(activate(x, function, on: set), expected.map { $0.isNaN ? 0 : $0 }, .activation)
    }

    @Test(arguments: InstructionSet.available, functions)
    func placeInTheRowDoesNotChangeTheBits(set: InstructionSet, function: Function) {
        var numbers = SeededNumbers(seed: 3)
        let x = numbers.floats(257, in: -6...6)
        let whole = activate(x, function, on: set)
        for n in oddSizes {
            expectSameBits(activate(Array(x.suffix(n)), function, on: set), Array(whole.suffix(n)), "n \(n)")
        }
    }
}
