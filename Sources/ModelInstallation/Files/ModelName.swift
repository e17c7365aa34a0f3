/// The name of a model's folder: 1 to 100 letters, digits, `.`, `_`, `-` and `+` of ASCII, beginning with a letter or
/// digit, so that it is one path component everywhere.
package struct ModelName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Throws: `.invalidRequest` that says what a name may be.
    package init(_ text: String) throws {
        guard Self.isValid(text) else {
            throw ModelInstallationError(
                .invalidRequest,
                "'\(text.prefix(120))' cannot be a model's name, expected 1 to 100 letters, digits, '.', '_', '-' or "
                    + "'+', the first of them a letter or digit."
            )
        }
        description = text
    }

    static func isValid(_ text: String) -> Bool {
        guard (1...100).contains(text.utf8.count), let first = text.first else { return false }
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-+".contains($0)) }
        return isPlain && (first.isLetter || first.isNumber)
    }

    /// The name for what was called `fileName` where it came from: without the ending of a package.
    /// - Throws: `.invalidRequest` that asks for a name.
    init(fileName: String) throws {
        let ending = [".argosmodel", ".zip"].first { fileName.lowercased().hasSuffix($0) } ?? ""
        let base = String(fileName.dropLast(ending.count))
        guard Self.isValid(base) else {
            throw ModelInstallationError(
                .invalidRequest,
                "'\(fileName.prefix(120))' cannot be a model's name; give one with --name."
            )
        }
        description = base
    }
}
