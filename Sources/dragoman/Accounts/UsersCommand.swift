import ArgumentParser
import Bootstrap
import Foundation
import Identity

/// `dragoman users`.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "Makes and looks after accounts.",
        discussion: """
            Works on the database of a server directly, whether that runs or not. What is changed counts in a running \
            server within ten seconds.
            """,
        subcommands: [
            Add.self, List.self, TierOfUser.self, Disable.self, Enable.self, Password.self, Erase.self,
        ]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an account.",
            discussion: """
                With the first one, the server asks everybody for credentials, those on its own machine too; one that \
                runs need not be restarted.
                """
        )

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String
        @Flag(help: "Make an administrator.") var admin = false
        @Option(help: "Tier: standard (no limit of requests), free, premium or enterprise.") var tier = Tier.standard
        @OptionGroup var password: PasswordOption

        mutating func run() async throws {
            let secret = try password.read("Password for \(email): ")
            let installation = try await Installation.open(try await settings.values())
            let isFirst = try await !installation.identity.hasUsers()
            let user = try await installation.identity.addUser(
                email: email,
                password: secret,
                role: admin ? .admin : .user,
                tier: tier,
                by: .console
            )
            print("Made the account \(user.email) (\(user.id), tier \(user.tier), role \(user.role.rawValue)).")
            if isFirst {
                print("It is the first one: the server asks for credentials from now on, also while it runs.")
            }
        }
    }

    struct TierOfUser: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tier",
            abstract: "Changes how much an account may do.",
            discussion: """
                standard: no limit of requests or characters, all priorities; for those who share a server of their own. \
                free, premium, enterprise: 10, 100 and 1,000 requests a minute, unless the settings say otherwise.
                """
        )

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String
        @Argument(help: "standard, free, premium or enterprise.") var tier: String

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            let user = try await identity.setTier(tier, of: try await identity.user(email: email).id, by: .console)
            print("\(user.email) has the tier \(user.tier).")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the accounts, newest first.")

        @OptionGroup var settings: SettingOptions

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            var cursor: ListCursor?
            var count = 0
            repeat {
                let page = try await identity.users(limit: 200, cursor: cursor)
                for user in page.elements {
                    let state = user.isDisabled ? "disabled" : "active"
                    print("\(user.email)\t\(user.id)\t\(user.role.rawValue)\t\(user.tier)\t\(state)")
                }
                count += page.elements.count
                cursor = page.next
            } while cursor != nil
            if count == 0 { FileHandle.standardError.write(Data("There are no accounts.\n".utf8)) }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Locks an account: its sessions and keys end.")

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            try await identity.setDisabled(true, of: try await identity.user(email: email).id, by: .console)
            print("Disabled \(email).")
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Opens a locked account again.")

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            try await identity.setDisabled(false, of: try await identity.user(email: email).id, by: .console)
            print("Enabled \(email).")
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "passwd",
            abstract: "Sets an account's password; its sessions end."
        )

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String
        @OptionGroup var password: PasswordOption

        mutating func run() async throws {
            let secret = try password.read("New password for \(email): ")
            let identity = try await Installation.open(try await settings.values()).identity
            try await identity.setPassword(secret, of: try await identity.user(email: email).id, by: .console)
            print("Changed the password of \(email).")
        }
    }

    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erases an account with its keys, jobs, notes and remembered segments."
        )

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String
        @Flag(help: "Do not ask.") var yes = false

        mutating func run() async throws {
            guard yes || Self.confirms("Erase \(email) and everything of theirs, for good? [y/N] ") else {
                throw CommandError(message: "Nothing was erased.", code: CommandFailure.Code.usage)
            }
            try await AccountEraser.erase(email: email, settings: try await settings.values())
            print("Erased \(email).")
        }

        private static func confirms(_ question: String) -> Bool {
            FileHandle.standardError.write(Data(question.utf8))
            return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
        }
    }
}

/// Where a password comes from: a file, or the terminal without showing it, or a line of standard input.
struct PasswordOption: ParsableArguments {
    @Option(name: .customLong("password-file"), help: "File with the password.", completion: .file())
    var file: String?

    func read(_ prompt: String) throws -> String {
        if let file {
            guard let data = FileManager.default.contents(atPath: file), data.count <= 4096 else {
                throw CommandError(message: "'\(file)' cannot be read.", code: CommandFailure.Code.noInput)
            }
            return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        guard isatty(STDIN_FILENO) == 1 else { return readLine() ?? "" }
        guard let typed = getpass(prompt) else { return "" }
        return String(cString: typed)
    }
}
