import ArgumentParser
import Bootstrap
import Environment
import Foundation
import Identity

/// `dragoman keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Makes, lists and revokes API keys.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an API key and prints it; it is shown this once."
        )

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address of the account.") var email: String
        @Option(help: "What to call the key.") var name = "command line"
        @Option(help: "What it opens: all that its owner may, or scopes with commas between them.") var scopes: String?
        @Option(name: .customLong("expires-days"), help: "Days until it ends; without: never.") var days: Int?

        mutating func run() async throws {
            let installation = try await Installation.open(try await settings.values())
            let identity = installation.identity
            let user = try await identity.user(email: email)
            let now = installation.environment.now()
            let (secret, key) = try await identity.createKey(
                for: user.id,
                name: name,
                scopes: try wantedScopes() ?? user.role.scopes,
                expiresAt: days.map { now + .seconds($0 * 86_400) },
                by: .console
            )
            print(secret)
            FileHandle.standardError.write(Data("Made the key \(key.id). It is shown this once.\n".utf8))
        }

        private func wantedScopes() throws -> Set<Scope>? {
            guard let scopes else { return nil }
            return Set(
                try scopes.split(separator: ",").map { name in
                    guard let scope = Scope(rawValue: String(name)) else {
                        let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                        throw ValidationError("--scopes has '\(name)', expected \(known).")
                    }
                    return scope
                }
            )
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists an account's keys, newest first.")

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address of the account.") var email: String

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            for key in try await identity.keys(of: try await identity.user(email: email).id, by: .console) {
                let scopes = key.scopes.map(\.rawValue).sorted().joined(separator: ",")
                print("\(key.id)\t\(key.hint)…\t\(key.name)\t\(scopes)")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a key at once.")

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address of the account.") var email: String
        @Argument(help: "The key's id.") var key: String

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            try await identity.revokeKey(key, of: try await identity.user(email: email).id, by: .console)
            print("Revoked \(key).")
        }
    }
}
