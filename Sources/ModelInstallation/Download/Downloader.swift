internal import AsyncHTTPClient
internal import Environment
internal import Foundation
internal import NIOCore

/// Downloads files over HTTP. What came before an interruption is kept, also over the end of the process, and gone on
/// from where the server still has the same.
struct Downloader {
    let client: HTTPClient
    var limits: DownloadLimits
    let environment: ServiceEnvironment
    /// Bytes that can be written at a path.
    let availableBytes: @Sendable (String) throws -> Int
    let report: @Sendable (InstallProgress) -> Void

    /// Downloads a file to its destination and checks size and checksum, where they were announced.
    /// - Throws: `.unreachable` after the last attempt; `.notFound`; `.damaged` for what is not as announced, which is
    ///   then removed; `.tooLarge`, `.noSpace`, `.unwritable`; `CancellationError`, which leaves what has come.
    func fetch(_ download: Download) async throws {
        let partial = PartialFile(path: download.destination)
        let wasResumed = try await transfer(download, partial)
        do {
            try await check(download)
        } catch let error as ModelInstallationError where error.code == .damaged {
            partial.discard()
            // Its parts may be of two versions, where the server says nothing that tells them apart.
            guard wasResumed else { throw error }
            try await transfer(download, partial)
            do {
                try await check(download)
            } catch {
                partial.discard()
                throw error
            }
        }
    }

    /// Makes attempts until all has come; true if one of them went on from where another had stopped.
    @discardableResult
    private func transfer(_ download: Download, _ partial: PartialFile) async throws -> Bool {
        let retries = limits.retries
        var (furthest, fruitless, wasResumed) = (0, 0, false)
        for _ in 0..<retries.attempts {
            try Task.checkCancellation()
            var reached = 0
            do {
                let attempt = DownloadAttempt(download: download, partial: partial, downloader: self)
                wasResumed = attempt.resumePoint != nil || wasResumed
                try await attempt.run { reached = max(reached, $0) }
                return wasResumed
            } catch let interruption as Interruption {
                fruitless = reached > furthest ? 1 : fruitless + 1
                furthest = max(furthest, reached)
                guard fruitless < retries.fruitlessAttempts else {
                    throw unreachable(download, interruption, reached: furthest)
                }
                let random = environment.random()
                let wait = retries.wait(fruitless: fruitless, random: random, asked: interruption.askedWait)
                report(.interrupted(reason: interruption.reason, wait: wait))
                try await environment.sleep(wait)
            }
        }
        let last = Interruption("it was interrupted \(retries.attempts) times")
        throw unreachable(download, last, reached: furthest)
    }

    private func unreachable(
        _ download: Download,
        _ interruption: Interruption,
        reached: Int
    ) -> ModelInstallationError {
        let kept = reached > 0 ? " What has come is kept; the same command goes on from there." : ""
        return ModelInstallationError(
            .unreachable,
            "Cannot download '\(download.address)': \(interruption.reason).\(kept)",
            cause: interruption
        )
    }

    private func check(_ download: Download) async throws {
        let label = "'\(download.label)' from '\(download.address)'"
        try await ContentCheck(path: download.destination, label: label, size: download.size, sha256: download.sha256)
            .run(report)
    }
}
