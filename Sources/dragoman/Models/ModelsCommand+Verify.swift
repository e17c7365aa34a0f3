import ArgumentParser
import Foundation
import MachineTranslation
import ModelInstallation

extension ModelsCommand {
    /// `dragoman models verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares installed models with what was installed.",
            discussion: """
                Every file is compared with the checksum in the model's 'installed.json'. A model that was not \
                installed by this program has none; it is loaded instead, to see that it runs. Exits with 65 where a \
                model is damaged.
                """
        )

        @OptionGroup
        var models: ModelsFolderOption

        @Argument(help: "Name of an installed model; all of them if there is none.")
        var model: String?

        mutating func run() async throws {
            let display = InstallationDisplay()
            let results = try await withExitCodes {
                defer { display.finish() }
                let installer = models.installer()
                return try await Interruptible.run(message: "Interrupted.") { [model] in
                    try await installer.verify(model, report: display.show)
                }
            }
            if results.isEmpty { print("No models in '\(models.resolved)'.") }
            for result in results { print(VerificationReport(result)) }
            if results.contains(where: \.isDamaged) { throw ExitCode(CommandFailure.Code.data) }
        }
    }
}

/// What became of checking a model, for people: a line for it, and one for each thing that is wrong.
private struct VerificationReport: CustomStringConvertible {
    let result: Verification

    init(_ result: Verification) { self.result = result }

    var description: String {
        switch result.outcome {
        case .intact(let receipt):
            let size = ByteCount(receipt.files.reduce(0) { $0 + $1.size })
            return "\(result.name): intact, \(receipt.files.count) files, \(size), from '\(PlainText(receipt.source))'"
        case .unrecorded(let model):
            return "\(result.name): no receipt to compare with; it loads: \(PairList(model.pairs))"
        case .damaged(let problems):
            return (["\(result.name): damaged"] + problems.map { "  \(PlainText($0))" }).joined(separator: "\n")
        }
    }
}
