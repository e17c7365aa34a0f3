internal import CoreMetrics

/// A number that only rises. Whole and fractional amounts are kept apart, so that neither loses precision to the other.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let whole = AtomicCount()
    private let fractional = AtomicDouble()

    var value: Double { Double(whole.value) + fractional.value }

    /// Ignores amounts below zero: a counter that falls reads as a restart.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.add(UInt64(amount))
    }

    /// Ignores amounts below zero and what is not a finite number.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fractional.add(amount)
    }

    func reset() {
        whole.reset()
        fractional.value = 0
    }
}
