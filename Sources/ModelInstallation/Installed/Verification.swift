internal import Foundation
package import MachineTranslation

/// What became of checking an installed model.
package struct Verification: Sendable {
    package enum Outcome: Sendable {
        /// Every file is as the receipt says.
        case intact(Receipt)
        /// There is no receipt, but the model can be loaded.
        case unrecorded(ModelDescription)
        /// What is wrong, file by file.
        case damaged([String])
    }

    /// The model's folder.
    package var name: String
    package var outcome: Outcome

    package var isDamaged: Bool { if case .damaged = outcome { true } else { false } }
}

/// Compares a model's folder with its receipt.
struct Verifier {
    let folder: String
    let name: String
    let cacheFolder: String?

    /// Damage is an outcome, not an error.
    /// - Parameter onBytes: told how many bytes were read; what it throws ends the checking.
    func verify(onProgress: (_ done: Int, _ total: Int) throws -> Void) throws -> Verification {
        let path = "\(folder)/\(name)"
        do {
            guard let receipt = try Receipt.read(in: path) else {
                let model = try ModelCheck(cacheFolder: cacheFolder).load(path)
                return Verification(name: name, outcome: .unrecorded(model))
            }
            let problems = try problems(path, receipt, onProgress)
            return Verification(name: name, outcome: problems.isEmpty ? .intact(receipt) : .damaged(problems))
        } catch let error as ModelInstallationError {
            return Verification(name: name, outcome: .damaged([error.message]))
        }
    }

    private func problems(
        _ path: String,
        _ receipt: Receipt,
        _ onProgress: (Int, Int) throws -> Void
    ) throws -> [String] {
        let total = receipt.files.reduce(0) { $0 &+ $1.size }
        var done = 0
        var problems: [String] = []
        for file in receipt.files {
            let problem = try problem(of: file, in: path) { count in
                done += count
                try onProgress(done, total)
            }
            if let problem { problems.append(problem) }
        }
        let known = Set(receipt.files.map(\.path) + [Receipt.fileName])
        for file in try FolderListing(path).files where !known.contains(file.path) {
            problems.append("'\(file.path)' was not installed")
        }
        return problems
    }

    private func problem(of file: Receipt.File, in path: String, onBytes: (Int) throws -> Void) throws -> String? {
        do {
            let found = try RegularFile("\(path)/\(file.path)")
            guard found.size == file.size else {
                return "'\(file.path)' has \(found.size) bytes, expected \(file.size)"
            }
            let sum = try found.checksum(onBytes: onBytes)
            return sum == file.sha256 ? nil : "'\(file.path)' has the SHA-256 \(sum), expected \(file.sha256)"
        } catch let error as ModelInstallationError {
            return error.code == .notFound ? "'\(file.path)' is missing" : error.message
        }
    }
}
