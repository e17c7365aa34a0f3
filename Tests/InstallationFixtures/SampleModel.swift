package import Foundation

/// A real model that is small and quickly loaded: the transliterator of the fixtures, with a tokenizer and descriptions
/// that make it one of ours, or of Argos.
package enum SampleModel {
    package static let ownDescription = Data(
        #"""
        {"name": "sample", "version": "2.1", "licence": "MIT", "languages": [{"source": "ar", "target": "en"}]}
        """#.utf8
    )

    private static let fixture = "Tests/Fixtures/transliteration-ar-en/v2/i8"

    private static func weights(below folder: String) throws -> [String: Data] {
        try ["model.bin", "source_vocabulary.txt", "target_vocabulary.txt"].reduce(into: [:]) { files, name in
            files[folder + name] = try repositoryFile("\(fixture)/\(name)")
        }
    }

    /// The files of a model with a `model.json`.
    package static var files: [String: Data] {
        get throws {
            var files = try weights(below: "")
            files["model.json"] = ownDescription
            files["sentencepiece.model"] = try repositoryFile("Models/starter/sentencepiece.model")
            return files
        }
    }

    /// The files of a package of Argos.
    package static var argosFiles: [String: Data] {
        get throws {
            var files = try weights(below: "model/")
            files["metadata.json"] = Data(
                #"{"package_version": "1.9", "argos_version": "1.9", "from_code": "ar", "to_code": "en"}"#.utf8
            )
            files["sentencepiece.model"] = try repositoryFile("Models/starter/sentencepiece.model")
            files["README.md"] = Data("A package.\n".utf8)
            return files
        }
    }

    /// A package with the model in a folder, as they are published.
    package static var archive: Data {
        get throws { try madeArchive.get() }
    }

    private static let madeArchive = Result { ZipFile(try files, below: "sample/").data }

    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    private static func repositoryFile(_ name: String) throws -> Data {
        try Data(contentsOf: root.appending(path: name))
    }
}
