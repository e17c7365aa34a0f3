internal import AsyncHTTPClient
package import Environment
internal import Foundation
internal import MachineTranslation
internal import NIOCore
internal import NIOSSL

/// Installs, removes and verifies models in a folder.
///
/// Nothing is trusted: what comes is bounded, compared with its checksum where one is known, unpacked without leaving
/// its folder, and loaded by the engine before it takes its place, in one step. Processes that work on the same name
/// exclude each other.
package struct ModelInstaller: Sendable {
    package struct Configuration: Sendable {
        /// The version of this program, which an index may ask for.
        package var programVersion: String
        /// Most bytes of a download, and of an installed model.
        package var largestModel = 8_000_000_000
        package var limits = DownloadLimits()
        /// File of the certificates that servers are trusted by, in PEM; nil means the system's.
        package var trustedCertificates: String?
        /// For packed weights, which checking a model makes ready for the first translation; nil keeps them in memory.
        package var cacheFolder: String? = ModelLocator.defaultCacheFolder
        /// Bytes that can be written at a path.
        package var availableBytes: @Sendable (String) throws -> Int = { try DiskSpace.available(at: $0) }

        package init(programVersion: String) { self.programVersion = programVersion }
    }

    /// The folder of models.
    package let folder: String
    package let configuration: Configuration
    let environment: ServiceEnvironment

    package init(folder: String, configuration: Configuration, environment: ServiceEnvironment = .live) {
        self.folder = folder
        self.configuration = configuration
        self.environment = environment
    }

    /// Installs a model. The folder of models is made where it is not there.
    ///
    /// Cancellation, and the end of the process, leave what has been downloaded; the same request goes on from there.
    /// - Parameter report: told what is going on, from any thread, but one call after the other.
    /// - Throws: `ModelInstallationError`, `CancellationError`; the folder of models is then as it was.
    package func install(
        _ request: InstallRequest,
        report: @escaping @Sendable (InstallProgress) -> Void = { _ in }
    ) async throws -> InstalledModel {
        let name = try request.name.map { try ModelName($0) }
        return try await HTTPClient.withHTTPClient(configuration: try clientConfiguration()) { client in
            let downloader = Downloader(
                client: client,
                limits: configuration.limits,
                environment: environment,
                availableBytes: configuration.availableBytes,
                report: report
            )
            let planner = InstallationPlanner(installer: self, downloader: downloader)
            let plan = try await planner.plan(request, name: name)
            let installation = Installation(installer: self, plan: plan, downloader: downloader, report: report)
            return try await installation.run(replaces: request.replaces)
        }
    }

    private func clientConfiguration() throws -> HTTPClient.Configuration {
        func amount(_ span: Duration) -> TimeAmount { .nanoseconds(span.wholeMicroseconds * 1000) }
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: amount(self.configuration.limits.connectTimeout),
                read: amount(self.configuration.limits.silence)
            ),
            decompression: .disabled
        )
        if let file = self.configuration.trustedCertificates {
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
                throw ModelInstallationError(.unreadable, "'\(file)' holds no certificates in PEM.")
            }
            configuration.tlsConfiguration = .makeClientConfiguration()
            configuration.tlsConfiguration?.trustRoots = .certificates(certificates)
        }
        // A refused connection is told and tried again by the downloader.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Removes an installed model: out of its place in one step, then file by file.
    /// - Parameter wish: the model's folder, or as it calls itself.
    /// - Returns: the folder that was removed.
    /// - Throws: `.notFound`, `.invalidRequest` for what is no model, `.busy`, `.unwritable`.
    package func remove(_ wish: String) async throws -> String {
        try await BlockingWork.run { [folder] _ in
            let models = try ModelFolder(folder)
            let name = try models.folder(of: wish)
            let workspace = try Workspace(models: folder, name: name)
            defer { workspace.close(keepingDownloads: false) }
            try workspace.removePlaced()
            return "\(folder)/\(name)"
        }
    }

    /// Compares models with what was installed.
    /// - Parameters:
    ///   - wish: a model's folder, or as it calls itself; nil means all.
    ///   - report: told how far it is, from any thread, but one call after the other.
    /// - Throws: `.notFound`, `.invalidRequest`; damage is an outcome, not an error.
    package func verify(
        _ wish: String? = nil,
        report: @escaping @Sendable (InstallProgress) -> Void = { _ in }
    ) async throws -> [Verification] {
        try await BlockingWork.run { [folder, configuration] cancellation in
            let models = try ModelFolder(folder)
            let names = try wish.map { [try models.folder(of: $0).description] } ?? models.names
            return try names.map { name in
                let verifier = Verifier(folder: folder, name: name, cacheFolder: configuration.cacheFolder)
                return try verifier.verify { done, total in
                    try cancellation.check()
                    report(.checking(done: done, total: total))
                }
            }
        }
    }
}
