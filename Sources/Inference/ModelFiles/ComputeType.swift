/// The numbers a model computes with, whatever its file stores.
public enum ComputeType: String, Codable, Sendable, CaseIterable {
    /// Weights as int8 per output row, activations quantised per row, sums in int32. Fast and small.
    case int8
    /// Everything in float32: the reference.
    case float32
}
