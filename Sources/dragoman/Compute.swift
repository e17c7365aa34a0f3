import ArgumentParser
import Inference

/// The value of `--compute`.
enum Compute: String, ExpressibleByArgument, CaseIterable {
    case int8
    case float32

    var type: ComputeType {
        switch self {
        case .int8: .int8
        case .float32: .float32
        }
    }
}
