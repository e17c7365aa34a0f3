import ArgumentParser
import Foundation
import MachineTranslation
import ModelInstallation

extension ModelsCommand {
    /// `dragoman models install`.
    struct Install: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Installs a model from a folder, a package, an address, or an index.",
            discussion: """
                Checksums are compared where they are known and kept for 'models verify'; the model is loaded before \
                it takes its place. An interrupted download is gone on from by the same command.

                Examples:
                  dragoman models install translate-en_de-1_0.argosmodel
                  dragoman models install https://example.org/models/opus-mt-en-de.zip
                  dragoman models install --index https://example.org/models/index.json en-de
                """
        )

        @OptionGroup
        var models: ModelsFolderOption

        @Option(
            help: """
                Index to look names up in, a file or an address (default: DRAGOMAN_MODEL_INDEX, else 'index.json' in \
                the folder of models).
                """
        )
        var index: String?

        @Option(help: "Name of the model's folder (default: as it is called where it comes from).")
        var name: String?

        @Flag(help: "Replace a model of that name.")
        var force = false

        @Flag(help: "Download by http, which anyone in between can change, from other machines, too.")
        var allowHttp = false

        @Option(help: "Largest download and largest model, in gigabytes.")
        var maxSize = 8.0

        @Argument(
            help: "A model directory, a package (.zip, .argosmodel), an address of one, or a name in the index.",
            completion: .file()
        )
        var model: String

        func validate() throws {
            guard maxSize > 0, maxSize <= 1000 else {
                throw ValidationError("--max-size is \(maxSize), expected a number of gigabytes up to 1000.")
            }
        }

        mutating func run() async throws {
            var request = InstallRequest(model)
            request.name = name
            request.replaces = force
            request.allowsPlainHTTP = allowHttp
            let display = InstallationDisplay()
            let installed = try await withExitCodes {
                defer { display.finish() }
                request.index = try indexLocation
                let installer = models.installer(largestModel: Int(maxSize * 1e9))
                return try await Interruptible.run(message: Self.interrupted) { [request] in
                    try await installer.install(request, report: display.show)
                }
            }
            print("Installed \(ModelTitle(installed.description)) in '\(installed.description.directory)'.")
            print("  \(PairList(installed.description.pairs))")
            if installed.receipt.licence.isEmpty {
                print("  Neither the model nor the index states a licence; see where it comes from.")
            }
        }

        private static let interrupted =
            "Interrupted. What has been downloaded is kept; the same command goes on from there."

        private var indexLocation: IndexLocation? {
            get throws {
                let environment = ProcessInfo.processInfo.environment["DRAGOMAN_MODEL_INDEX"] ?? ""
                guard let text = index ?? (environment.isEmpty ? nil : environment) else { return nil }
                return try IndexLocation(text, allowsPlainHTTP: allowHttp)
            }
        }
    }
}

extension ModelsFolderOption {
    /// Works on the folder that is meant.
    func installer(largestModel: Int? = nil) -> ModelInstaller {
        var configuration = ModelInstaller.Configuration(programVersion: Dragoman.configuration.version)
        let certificates = ProcessInfo.processInfo.environment["SSL_CERT_FILE"] ?? ""
        configuration.trustedCertificates = certificates.isEmpty ? nil : certificates
        if let largestModel { configuration.largestModel = largestModel }
        return ModelInstaller(folder: resolved, configuration: configuration)
    }
}
