internal import Foundation

/// The address of something to download: `https`, or `http` where that is allowed.
///
/// Plain `http` is taken only from this machine itself, unless the user allows it: what comes that way can be exchanged
/// by anyone in between.
package struct ModelAddress: Hashable, Sendable, CustomStringConvertible {
    let url: URL
    private let allowsPlainHTTP: Bool

    private static let longest = 8192

    /// - Parameter allowsPlainHTTP: whether `http` is taken from other machines, too.
    /// - Throws: `.invalidRequest` that says what is wrong with the address.
    package init(_ text: String, allowsPlainHTTP: Bool = false) throws {
        let isPlain = text.utf8.count <= Self.longest && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPlain, let url = URL(string: text) else {
            throw Self.refusal(text, "expected one such as 'https://example.org/model.zip'")
        }
        try self.init(url, text, allowsPlainHTTP: allowsPlainHTTP)
    }

    private init(_ url: URL, _ text: String, allowsPlainHTTP: Bool) throws {
        guard let scheme = url.scheme?.lowercased(), let host = url.host(percentEncoded: false), !host.isEmpty else {
            throw Self.refusal(text, "expected one such as 'https://example.org/model.zip'")
        }
        guard url.user == nil, url.password == nil else {
            throw Self.refusal(url.host() ?? "", "which carries a user's name; that is not supported")
        }
        guard ["https", "http"].contains(scheme) else {
            throw Self.refusal(text, "expected 'https://'")
        }
        guard scheme == "https" || allowsPlainHTTP || Self.isLoopback(host) else {
            throw Self.refusal(
                text,
                "whose content anyone in between could exchange; expected 'https://', or --allow-http if you trust the "
                    + "network"
            )
        }
        self.url = url
        self.allowsPlainHTTP = allowsPlainHTTP
    }

    private static func refusal(_ text: String, _ words: String) -> ModelInstallationError {
        ModelInstallationError(.invalidRequest, "Cannot download from '\(text.prefix(200))', \(words).")
    }

    private var isSecure: Bool { url.scheme?.lowercased() == "https" }

    /// This machine by name or number, in the spellings that cannot mean another one.
    private static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Where a server sends on to.
    /// - Throws: `.unreachable` for a way from `https` to `http`, and what `init` refuses.
    package func redirected(to location: String) throws -> ModelAddress {
        let next = try resolve(location)
        guard next.isSecure || !isSecure else {
            throw ModelInstallationError(
                .unreachable,
                "'\(self)' redirects from https to '\(next)'; that is not followed."
            )
        }
        return next
    }

    /// An address as written in a document at this one: absolute, or relative to it.
    package func resolve(_ reference: String) throws -> ModelAddress {
        let isPlain = reference.utf8.count <= Self.longest && reference.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPlain, let url = URL(string: reference, relativeTo: url)?.absoluteURL else {
            throw Self.refusal(reference, "expected an address")
        }
        return try ModelAddress(url, reference, allowsPlainHTTP: allowsPlainHTTP)
    }

    /// The last component of the path, decoded; empty where there is none.
    var fileName: String { url.path(percentEncoded: false).split(separator: "/").last.map(String.init) ?? "" }

    /// Without query and fragment, which can carry secrets.
    package var description: String {
        var components = URLComponents(url: url, resolvingAgainstBaseURL: true)
        components?.query = nil
        components?.fragment = nil
        return components?.string ?? url.scheme ?? ""
    }

    /// What goes over the line.
    var request: String {
        var components = URLComponents(url: url, resolvingAgainstBaseURL: true)
        components?.fragment = nil
        return components?.string ?? url.absoluteString
    }
}
