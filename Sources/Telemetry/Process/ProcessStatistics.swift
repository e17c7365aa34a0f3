/// What a process uses. What the kernel does not tell is `nil`.
package struct ProcessStatistics: Hashable, Sendable {
    package var residentBytes: Double?
    package var virtualBytes: Double?
    package var cpuSeconds: Double?
    /// Since 1970-01-01 UTC.
    package var startSeconds: Double?
    package var threads: Double?
    package var openFiles: Double?
    package var maximumFiles: Double?

    package init() {}

    /// One metric of the process, under the name that Prometheus's own clients use.
    struct Metric: Sendable {
        let name: String
        let type: String
        let help: String
        let value: @Sendable (ProcessStatistics) -> Double?

        static let all = [
            Metric(name: "process_cpu_seconds_total", type: "counter", help: "User and system CPU time in seconds.") {
                $0.cpuSeconds
            },
            Metric(name: "process_max_fds", type: "gauge", help: "How many file descriptors may be open.") {
                $0.maximumFiles
            },
            Metric(name: "process_open_fds", type: "gauge", help: "How many file descriptors are open.") {
                $0.openFiles
            },
            Metric(name: "process_resident_memory_bytes", type: "gauge", help: "Memory in use, in bytes.") {
                $0.residentBytes
            },
            Metric(name: "process_start_time_seconds", type: "gauge", help: "Start of the process, seconds since 1970.")
            {
                $0.startSeconds
            },
            Metric(name: "process_threads", type: "gauge", help: "How many threads there are.") { $0.threads },
            Metric(name: "process_virtual_memory_bytes", type: "gauge", help: "Address space in use, in bytes.") {
                $0.virtualBytes
            },
        ]
    }
}
