/// Keeps the workers' utilisation near a target, as the HorizontalPodAutoscaler does by CPU.
///
/// Workers = ⌈ready workers × utilisation ÷ target⌉, and no change within a tenth of the target. It cannot see more
/// than full utilisation, so that it rises step by step however much waits, and waiting itself is nothing it knows of.
package struct UtilisationPolicy: ScalingPolicy {
    package let kind = PolicyKind.cpu
    private static let tolerance = 0.1
    private let target: Double
    private var stabilisation = Stabilisation()

    /// - Precondition: `target` is more than 0 and at most 1.
    package init(target: Double) {
        precondition(target > 0 && target <= 1, "The target is '\(target)', expected more than 0 and at most 1.")
        self.target = target
    }

    package mutating func workers(for observation: ScalingObservation) -> Int {
        let ratio = observation.utilisation / target
        // Workers on their way are idle as yet: counted like that they keep the number from rising twice for one cause.
        let present = ratio > 1 ? observation.workers : observation.ready
        let counted = ratio > 1 ? Double(observation.ready) / Double(max(1, present)) * ratio : ratio
        guard abs(counted - 1) > Self.tolerance, ratio <= 1 || counted > 1 else {
            return stabilisation.apply(observation.workers, observation)
        }
        return stabilisation.apply(Int((Double(present) * counted - 1e-9).rounded(.up)), observation)
    }
}
