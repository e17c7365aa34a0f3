internal import Environment
internal import Foundation
internal import JobSystem
internal import Storage
internal import WebServer

/// Whether what is stored can be read and written, and whether anybody works on what waits.
struct StorageHealth {
    /// What a disk must have left, in bytes.
    private static let leastRoom = 64 << 20

    /// How long a job may wait while no worker is alive.
    private static let longestWait = Duration.seconds(60)

    let installation: Installation
    let registry: SQLWorkerRegistry
    /// Where this process keeps segments on its disk; nil where it does not.
    let segments: SQLiteDatabase?
    /// Jobs that may wait.
    let maximumQueue: Int

    var checks: [HealthCheck] {
        var checks = [
            HealthCheck("database") { [database = installation.database] in try await Self.read("jobs", in: database) },
            HealthCheck("storage", isEssential: false) { [installation] in try Self.checkRoom(installation) },
            HealthCheck("queue", isEssential: false) { try await checkQueue() },
        ]
        if let segments {
            checks.append(HealthCheck("cache", isEssential: false) { try await Self.read("segments", in: segments) })
        }
        return checks
    }

    /// Whether a table is there and can be read.
    private static func read(_ table: SQLStatement, in database: any Database) async throws {
        _ = try await database.read { try $0.query("SELECT 1 AS one FROM \(table) LIMIT 1").count }
    }

    private static func checkRoom(_ installation: Installation) throws {
        try installation.roomWatch.check()
        guard case .sqlite(let path) = installation.choice else { return }
        let folder = (path as NSString).deletingLastPathComponent
        var status = statvfs()
        guard statvfs(folder.isEmpty ? "." : folder, &status) == 0 else { return }
        let (room, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize)
        )
        guard !overflow, room < Self.leastRoom else { return }
        throw StorageError(.storageFull, "The disk of '\(path)' has \(room) bytes left, expected \(Self.leastRoom).")
    }

    private func checkQueue() async throws {
        let status = try await installation.jobs.queueStatus()
        let waiting = status.waitingJobs
        guard waiting < maximumQueue else {
            throw JobError(.overloaded, "'\(waiting)' jobs wait, and more than \(maximumQueue) may not.")
        }
        let now = installation.environment.now()
        let oldest = status.waiting.values.map(\.oldest).min()
        guard let oldest, now - oldest > Self.longestWait, try await registry.workers(at: now).isEmpty else { return }
        throw JobError(.unavailable, "'\(waiting)' jobs wait, the oldest for \(now - oldest), and no worker is alive.")
    }
}
