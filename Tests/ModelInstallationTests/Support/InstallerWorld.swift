import Environment
import Foundation
import InstallationFixtures
import ModelInstallation
import Synchronization
import TemporaryFolders

/// A folder of models and an installer that works on it, whose waits take no time.
struct InstallerWorld {
    let folder: TemporaryFolder
    /// What the installer reported and how long it would have waited.
    let log = Log()

    final class Log: Sendable {
        private let state = Mutex((progress: [InstallProgress](), waits: [Duration]()))

        var progress: [InstallProgress] { state.withLock { $0.progress } }
        var waits: [Duration] { state.withLock { $0.waits } }
        var reasons: [String] {
            progress.compactMap { if case .interrupted(let reason, _) = $0 { reason } else { nil } }
        }

        /// How much of a file was there each time that its download stopped.
        var stops: [Int] {
            let progress = progress
            return progress.indices.compactMap { index in
                guard case .interrupted = progress[index] else { return nil }
                return progress[..<index].reversed().lazy
                    .compactMap { if case .downloading(_, let received, _) = $0 { received } else { nil } }.first
            }
        }

        func add(_ progress: InstallProgress) { state.withLock { $0.progress.append(progress) } }
        func add(_ wait: Duration) { state.withLock { $0.waits.append(wait) } }
    }

    init() throws { folder = try TemporaryFolder() }

    var models: String { folder.path + "/models" }

    /// Names of what lies in the folder of models, hidden names too.
    var contents: [String] { folder.contents("models") }

    func installer(_ change: (inout ModelInstaller.Configuration) -> Void = { _ in }) -> ModelInstaller {
        var configuration = ModelInstaller.Configuration(programVersion: "0.1.0")
        configuration.cacheFolder = nil
        change(&configuration)
        let log = log
        return ModelInstaller(
            folder: models,
            configuration: configuration,
            environment: ServiceEnvironment(
                now: { .now() },
                sleep: {
                    log.add($0)
                    try Task.checkCancellation()
                },
                random: { 0 }
            )
        )
    }

    @discardableResult
    func install(
        _ model: String,
        with installer: ModelInstaller? = nil,
        _ change: (inout InstallRequest) -> Void = { _ in }
    ) async throws -> InstalledModel {
        var request = InstallRequest(model)
        change(&request)
        let log = log
        return try await (installer ?? self.installer()).install(request) { log.add($0) }
    }

    /// The error that installing ends in; nil where it succeeds.
    func refusal(
        of model: String,
        with installer: ModelInstaller? = nil,
        _ change: (inout InstallRequest) -> Void = { _ in }
    ) async throws -> ModelInstallationError? {
        do {
            try await install(model, with: installer, change)
            return nil
        } catch let error as ModelInstallationError {
            return error
        }
    }

    /// Checks a model that is there against its receipt.
    func isIntact(_ name: String) async throws -> Bool {
        guard case .intact = try await installer().verify(name).first?.outcome else { return false }
        return true
    }
}

extension SampleModel {
    /// Writes the model's files below a folder.
    static func write(to folder: TemporaryFolder, under name: String = "sample") throws {
        for (path, data) in try files { try folder.write(data, "\(name)/\(path)") }
    }
}
