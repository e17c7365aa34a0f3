/// What keeps a simulation from being run, worded for the person who chose its settings.
package struct SimulationError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// A setting is out of its range.
        case invalidSetting
        /// A day's curve is neither known nor a list of weights.
        case invalidCurve
        /// A line of a trace is not what it should be.
        case invalidTrace
        /// What is asked would take more jobs or workers than a simulation may have.
        case tooLarge
    }

    package var code: Code
    package var message: String
    /// The error underneath, where there is one.
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    /// Checks that a setting is a number within its range.
    static func check(_ value: Double, _ name: String, _ range: ClosedRange<Double>) throws(SimulationError) {
        guard value.isFinite, range.contains(value) else {
            throw SimulationError(
                .invalidSetting,
                "The \(name) is '\(text(value))', expected \(text(range.lowerBound)) to \(text(range.upperBound))."
            )
        }
    }

    /// Whole numbers without a point.
    private static func text(_ value: Double) -> String { Int64(exactly: value).map(String.init) ?? "\(value)" }
}
