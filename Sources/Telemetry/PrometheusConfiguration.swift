extension PrometheusMetrics {
    /// What is known beforehand about metrics, and how many of them there may be.
    package struct Configuration: Sendable {
        /// Help texts by the metric's label or its name in the exposition.
        package var descriptions: [String: String]
        /// Upper bounds of histograms that need other ones, by the metric's label or its name in the exposition, in
        /// seconds for timers. The order does not matter, and what is not a finite number is left out.
        package var buckets: [String: [Double]]
        /// Upper bounds for timers, in seconds.
        package var durationBuckets: [Double]
        /// Upper bounds for recorders that aggregate.
        package var valueBuckets: [Double]
        /// Series of one metric besides the one for all others.
        package var maximumSeries: Int
        /// Metrics besides those of the process.
        package var maximumMetrics: Int

        package init(
            descriptions: [String: String] = [:],
            buckets: [String: [Double]] = [:],
            durationBuckets: [Double] = Self.usualDurationBuckets,
            valueBuckets: [Double] = Self.usualValueBuckets,
            maximumSeries: Int = 1000,
            maximumMetrics: Int = 1000
        ) {
            self.descriptions = descriptions
            self.buckets = buckets
            self.durationBuckets = durationBuckets
            self.valueBuckets = valueBuckets
            self.maximumSeries = max(0, maximumSeries)
            self.maximumMetrics = max(0, maximumMetrics)
        }

        /// From a millisecond, a cached answer, to a minute, a large document.
        package static let usualDurationBuckets = [
            0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60,
        ]

        /// Powers of two, for sizes and counts.
        package static let usualValueBuckets: [Double] = [
            1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536,
        ]
    }
}
