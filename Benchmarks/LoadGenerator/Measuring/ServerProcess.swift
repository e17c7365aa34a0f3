internal import Telemetry

/// The server's process as the kernel describes it.
struct ServerProcess: Sendable {
    struct Missing: Error, CustomStringConvertible {
        var id: Int32
        var description: String { "There is no process \(id), or this system does not describe it in /proc." }
    }

    let id: Int32

    /// - Throws: `Missing`.
    func statistics() throws -> (memory: Double, files: Double) {
        let statistics = ProcessFiles.of(process: String(id)).statistics()
        guard let memory = statistics?.residentBytes, let files = statistics?.openFiles else { throw Missing(id: id) }
        return (memory, files)
    }
}
