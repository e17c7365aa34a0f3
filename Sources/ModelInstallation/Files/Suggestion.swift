internal import MachineTranslation

/// Words that help whoever mistyped a name.
enum Suggestion {
    private static let mostListed = 12

    /// " Did you mean 'x'? There are: …." with a space before it.
    /// - Parameters:
    ///   - names: what is listed.
    ///   - aliases: what can be meant, too.
    static func hint(for wish: String, among names: [String], aliases: [String] = []) -> String {
        guard !names.isEmpty else { return " There are none." }
        let nearest = LanguageCodes.suggestion(for: wish, among: names + aliases).map { " Did you mean '\($0)'?" } ?? ""
        let listed = names.prefix(mostListed).joined(separator: ", ")
        let more = names.count > mostListed ? " and \(names.count - mostListed) more" : ""
        return "\(nearest) There are: \(listed)\(more)."
    }
}
