/// Largest sizes of what is stored with a job.
package struct JobLimits: Sendable {
    /// UTF-8 bytes of the input's JSON.
    package var inputBytes = 8 << 20
    /// UTF-8 bytes of the metadata's JSON.
    package var metadataBytes = 16 << 10
    /// UTF-8 bytes of the result's JSON. A larger result fails its job.
    package var resultBytes = 64 << 20
    /// Largest number of segments, and of words.
    package var count = 100_000_000

    package init() {}

    /// A short text that names something: not empty, no control characters, bounded.
    func checkName(_ value: String, _ field: String, most: Int) throws(JobError) {
        guard value.utf8.count <= most else {
            throw JobError(.tooLarge, "The \(field) has \(value.utf8.count) bytes, expected at most \(most).")
        }
        guard !value.isEmpty else { throw JobError(.invalid, "The \(field) is empty, expected 1 to \(most) bytes.") }
        guard !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            let shown = value.unicodeScalars.map { $0.isASCII ? $0.escaped(asASCII: true) : String($0) }.joined()
            throw JobError(.invalid, "The \(field) '\(shown)' holds control characters, expected none.")
        }
    }

    /// JSON: bounded, and without the one character that no database keeps (JSON writes it as `\u0000`).
    func checkText(_ value: String, _ field: String, most: Int) throws(JobError) {
        guard value.utf8.count <= most else {
            throw JobError(.tooLarge, "The \(field) has \(value.utf8.count) bytes, expected at most \(most).")
        }
        guard !value.utf8.contains(0) else {
            throw JobError(
                .invalid,
                "The \(field) holds the character U+0000, expected JSON, which writes it as '\\u0000'."
            )
        }
    }
}
