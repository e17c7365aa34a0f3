internal import Synchronization

/// All series by metric and labels. Its lock is taken when metrics are made, destroyed or listed, never to count.
final class SeriesRegistry: Sendable {
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// A metric with its series.
    struct Family {
        let name: MetricName
        let kind: Kind
        let help: String
        var series: [LabelSet: any AnyObject & Sendable] = [:]
        /// Which of the series stand for all others.
        var shared: Set<LabelSet> = []

        /// The labels under which a series is kept that is asked for by these dimensions; `nil` if there is no room.
        mutating func labels(for dimensions: [(String, String)], maximum: Int) -> LabelSet? {
            let labels = LabelSet(dimensions)
            if series[labels] != nil || series.count - shared.count < maximum { return labels }
            let overflow = LabelSet.overflow(of: dimensions)
            // The sets of label names of a metric come from code; a handful is already unusual.
            guard shared.contains(overflow) || shared.count < LabelSet.maximumLabels else { return nil }
            shared.insert(overflow)
            return overflow
        }
    }

    private struct State {
        var families: [MetricName: Family] = [:]
        /// Names that may appear at the beginning of a line, with the metric they belong to.
        var owners: [String: MetricName] = [:]
        var rejected: UInt64 = 0
    }

    private let configuration: PrometheusMetrics.Configuration
    private let state: Mutex<State>

    /// - Parameter reserved: names that are not to be had.
    init(_ configuration: PrometheusMetrics.Configuration, reserved: [String]) {
        self.configuration = configuration
        let owners = reserved.map { ($0, MetricName($0)) }
        state = Mutex(State(owners: Dictionary(owners) { first, _ in first }))
    }

    /// The series with these labels, made if it is missing; one that nobody sees if the name is not to be had.
    func series<Series: AnyObject & Sendable>(
        _ name: MetricName,
        _ label: String,
        _ kind: Kind,
        _ dimensions: [(String, String)],
        make: () -> Series
    ) -> Series {
        state.withLock { state in
            guard var family = state.families[name] ?? claim(name, label, kind, &state), family.kind == kind,
                let labels = family.labels(for: dimensions, maximum: configuration.maximumSeries)
            else {
                state.rejected += 1
                return make()
            }
            if let series = family.series[labels] as? Series { return series }
            let series = make()
            family.series[labels] = series
            state.families[name] = family
            return series
        }
    }

    /// Takes a series out, unless it is one for all others.
    func remove(_ handler: any AnyObject & Sendable) {
        state.withLock { state in
            for (name, family) in state.families {
                let found = family.series.first { $0.value === handler && !family.shared.contains($0.key) }
                guard let labels = found?.key else { continue }
                state.families[name]?.series[labels] = nil
            }
        }
    }

    /// The metrics that have series, ordered by name, and how often one was refused.
    func snapshot() -> (families: [Family], rejected: UInt64) {
        state.withLock { state in
            let families = state.families.values.filter { !$0.series.isEmpty }
            return (families.sorted { $0.name < $1.name }, state.rejected)
        }
    }

    /// A new metric, unless one of the names on its lines is another's or there are too many.
    private func claim(_ name: MetricName, _ label: String, _ kind: Kind, _ state: inout State) -> Family? {
        let suffixes = kind == .histogram ? ["", "_bucket", "_sum", "_count"] : [""]
        let names = suffixes.map { name.text + $0 }
        guard names.allSatisfy({ state.owners[$0] == nil }) else { return nil }
        guard state.families.count < configuration.maximumMetrics else { return nil }
        for text in names { state.owners[text] = name }
        let descriptions = configuration.descriptions
        let help = descriptions[label] ?? descriptions[name.text] ?? "No description of \(name.text)."
        return Family(name: name, kind: kind, help: help)
    }
}
