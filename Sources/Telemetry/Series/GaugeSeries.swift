internal import CoreMetrics

/// A number that rises and falls. The last value that was set counts.
final class GaugeSeries: RecorderHandler, MeterHandler {
    private let number = AtomicDouble()

    var value: Double { number.value }

    func record(_ value: Int64) { number.value = Double(value) }
    func record(_ value: Double) { number.value = value }
    func set(_ value: Int64) { number.value = Double(value) }
    func set(_ value: Double) { number.value = value }

    /// Ignores what is not a finite number: the sum would never become finite again.
    func increment(by amount: Double) {
        guard amount.isFinite else { return }
        number.add(amount)
    }

    func decrement(by amount: Double) { increment(by: -amount) }
}
