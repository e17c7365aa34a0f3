internal import Foundation

/// How load is spread over a day: weights at even distances, with straight lines between them, from midnight to
/// midnight.
package struct DayCurve: Hashable, Sendable {
    /// A rise on top of the curve that nobody foresaw.
    package struct Surge: Hashable, Sendable {
        /// Seconds after midnight at which it begins, how long it lasts, and what it multiplies the load by.
        package var begin: Double
        package var length: Double
        package var factor: Double
    }

    /// The weights, the first at midnight.
    package let weights: [Double]
    package let surge: Surge?
    /// Straight lines between even points of a circle: their mean is the mean of the points.
    private let mean: Double

    private static let day = 86_400.0

    private init(weights: [Double], surge: Surge? = nil) {
        mean = weights.reduce(0, +) / Double(weights.count)
        self.weights = weights
        self.surge = surge
    }

    /// The same load all day.
    package static let flat = DayCurve(weights: [1])

    /// A day of offices in one time zone: a twentieth of the load at night, two tops in the working hours, a tail in
    /// the evening. Highest load over mean load: 1.96.
    package static let office = DayCurve(weights: [
        0.10, 0.08, 0.07, 0.07, 0.08, 0.12, 0.25, 0.50, 0.80, 1.00, 1.00, 0.95,
        0.80, 0.85, 0.98, 1.00, 0.95, 0.80, 0.55, 0.40, 0.32, 0.25, 0.18, 0.13,
    ])

    /// The day of offices, and from 14:00 on twice its load for half an hour.
    package static let burst = DayCurve(
        weights: office.weights,
        surge: Surge(begin: 14 * 3600, length: 1800, factor: 2)
    )

    /// Reads `office`, `flat`, `burst`, or 2 to 1,440 weights parted by commas, none negative and not all zero.
    /// - Throws: `SimulationError` `.invalidCurve`.
    package init(_ text: String) throws(SimulationError) {
        switch text {
        case "office": self = .office
        case "flat": self = .flat
        case "burst": self = .burst
        default:
            let parts = text.split(separator: ",", maxSplits: 1440, omittingEmptySubsequences: false)
            let weights = parts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
            guard (2...1440).contains(parts.count), weights.count == parts.count,
                weights.allSatisfy({ (0...1e9).contains($0) }), weights.contains(where: { $0 > 0 })
            else {
                throw SimulationError(
                    .invalidCurve,
                    "The day is '\(text.prefix(80))', expected 'office', 'flat', 'burst', or 2 to 1440 weights parted "
                        + "by commas, none negative and not all zero."
                )
            }
            self.init(weights: weights)
        }
    }

    /// What is known of the day before it comes: the curve without its surge.
    package var foreseen: DayCurve { DayCurve(weights: weights) }

    /// The load at that many seconds after the first midnight, relative to the mean of the foreseen day.
    package func relativeLoad(at seconds: Double) -> Double {
        let time = seconds - (seconds / Self.day).rounded(.down) * Self.day
        let position = time / Self.day * Double(weights.count)
        let index = min(Int(position), weights.count - 1)
        let share = position - Double(index)
        let next = weights[(index + 1) % weights.count]
        let load = (weights[index] + (next - weights[index]) * share) / mean
        guard let surge, time >= surge.begin, time < surge.begin + surge.length else { return load }
        return load * surge.factor
    }

    /// No time has a higher relative load.
    package var highestLoad: Double { (weights.max() ?? 1) / mean * max(1, surge?.factor ?? 1) }
}
