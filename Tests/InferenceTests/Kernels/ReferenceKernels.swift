import Foundation

/// The kernels as obvious loops in double precision: what the tables are compared with.
enum Reference {
    /// Σ_k a[row][k] · b[column][k] for a row of activations and the row of weights behind one output column.
    static func dot(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    static func integerDot(_ a: ArraySlice<UInt8>, _ b: ArraySlice<Int8>) -> Int {
        zip(a, b).reduce(0) { $0 + (Int($1.0) - 128) * Int($1.1) }
    }

    /// What `flags` make of a product's value.
    static func finished(_ value: Double, relu: Bool, previous: Float?) -> Double {
        let value = relu ? max(value, 0) : value
        return previous.map { Double($0) + value } ?? value
    }

    /// Bytes and scale of one row, in the precision of the kernels, whose results must be the same.
    static func quantized(_ row: ArraySlice<Float>) -> (bytes: [UInt8], scale: Float) {
        let largest = row.map(abs).max() ?? 0
        let factor = 127 / largest
        guard factor.isFinite else { return (row.map { _ in 128 }, 0) }
        return (row.map { UInt8(128 + ($0 * factor).rounded(.toNearestOrEven)) }, largest / 127)
    }

    static func layerNorm(_ row: ArraySlice<Float>, gamma: [Float], beta: [Float], epsilon: Double) -> [Double] {
        let x = row.map(Double.init)
        let mean = x.reduce(0, +) / Double(x.count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        return x.indices.map {
            (x[$0] - mean) / (variance + epsilon).squareRoot() * Double(gamma[$0]) + Double(beta[$0])
        }
    }

    static func rmsNorm(_ row: ArraySlice<Float>, gamma: [Float], epsilon: Double) -> [Double] {
        let x = row.map(Double.init)
        let meanSquare = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
        return x.indices.map { x[$0] / (meanSquare + epsilon).squareRoot() * Double(gamma[$0]) }
    }

    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    static func gelu(_ x: Double) -> Double { 0.5 * x * erfc(-x / 2.squareRoot()) }

    static func geluTanh(_ x: Double) -> Double {
        0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }

    static func softmax(_ scores: [Double]) -> [Double] {
        let largest = scores.max() ?? 0
        let powers = scores.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// One query over rows of keys and values: the weights and the weighted mean.
    static func attention(
        query: ArraySlice<Float>,
        keys: [ArraySlice<Float>],
        values: [ArraySlice<Float>],
        scale: Double
    ) -> (weights: [Double], mean: [Double]) {
        let weights = softmax(keys.map { scale * dot(query, $0) })
        let mean = (0..<query.count).map { column in
            zip(weights, values).reduce(0) { $0 + $1.0 * Double($1.1[$1.1.startIndex + column]) }
        }
        return (weights, mean)
    }

    /// The k best of the logits that take part, and the logarithm of the sum of their exponentials.
    static func best(
        _ k: Int,
        of logits: [Float],
        firstID: Int32
    ) -> (values: [Float], ids: [Int32], logSum: Double) {
        let taking = logits.enumerated().filter { $1 > -.greatestFiniteMagnitude }
        let order = taking.sorted { $0.element != $1.element ? $0.element > $1.element : $0.offset < $1.offset }
        let missing = Swift.max(0, k - order.count)
        let values = order.prefix(k).map(\.element) + [Float](repeating: -.infinity, count: missing)
        let ids = order.prefix(k).map { firstID + Int32($0.offset) } + [Int32](repeating: -1, count: missing)
        let largest = order.first.map { Double($0.element) } ?? -.infinity
        let sum = taking.reduce(0) { $0 + exp(Double($1.element) - largest) }
        return (values, ids, largest + log(sum))
    }
}

extension Array {
    /// The first `width` elements of `count` rows that are `stride` elements apart.
    func rows(_ count: Int, stride: Int, width: Int) -> [ArraySlice<Element>] {
        (0..<count).map { self[($0 * stride)..<($0 * stride + width)] }
    }
}
