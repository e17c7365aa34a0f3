import ArgumentParser
import Bootstrap
import Foundation
import Identity
import Inference
import MachineTranslation
import Storage
import TextAnalysis

/// How an error leaves the program: its words on standard error and an exit code from sysexits.h.
struct CommandFailure {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    /// Codes from sysexits.h, which scripts know.
    enum Code {
        /// EX_DATAERR: the input is not what it should be.
        static let data: Int32 = 65
        /// EX_NOINPUT: an input file cannot be read.
        static let noInput: Int32 = 66
        /// EX_UNAVAILABLE: no model for what is asked.
        static let unavailable: Int32 = 69
        /// EX_SOFTWARE
        static let software: Int32 = 70
        /// EX_CANTCREAT: an output file cannot be written.
        static let cannotCreate: Int32 = 73
        /// EX_CONFIG: a model or its description is damaged.
        static let configuration: Int32 = 78
        /// EX_USAGE
        static let usage: Int32 = 64
    }

    /// Prints the error and ends the program. Help, version and usage errors are left to the argument parser.
    func exit() -> Never {
        guard let (message, code) = described else { Dragoman.exit(withError: error) }
        FileHandle.standardError.write(Data("dragoman: \(message)\n".utf8))
        Foundation.exit(code)
    }

    private var described: (message: String, code: Int32)? {
        switch error {
        case let error as CommandError: (error.message, error.code)
        case let error as MachineTranslationError: (error.message, code(error))
        case let error as InferenceError: (error.message, code(error))
        case let error as TextAnalysisError: (error.message, Code.configuration)
        case let error as ConfigurationError: (error.description, Code.configuration)
        case let error as InstallationError: (error.message, code(error))
        case let error as IdentityError: (error.message, error.code == .unfinished ? Code.unavailable : Code.usage)
        case let error as StorageError: (error.message, Code.unavailable)
        default: nil
        }
    }

    private func code(_ error: InstallationError) -> Int32 {
        switch error.code {
        case .missing: Code.noInput
        case .damaged: Code.data
        case .cannotCreate: Code.cannotCreate
        case .impossible: Code.usage
        case .unavailable: Code.unavailable
        }
    }

    private func code(_ error: MachineTranslationError) -> Int32 {
        switch error.code {
        case .modelMissing, .unknownLanguage, .modelUnsupported: Code.unavailable
        case .modelCorrupt: Code.configuration
        case .invalidRequest: Code.usage
        }
    }

    private func code(_ error: InferenceError) -> Int32 {
        switch error.code {
        case .missing, .unsupported: Code.unavailable
        case .corrupt: Code.configuration
        case .invalidRequest: Code.usage
        case .cancelled: Code.software
        }
    }
}

/// An error of the command line itself.
struct CommandError: Error {
    var message: String
    var code: Int32
}
